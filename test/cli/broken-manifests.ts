// The corpus of broken manifests and mesh files: each is refused with its code at its line and column, nothing else is
// said, nothing is written, and no stack trace is shown.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { treeOf as filesOf } from '../fixtures/home-world.ts'
import { makeMesh } from '../fixtures/manifest-world.ts'

const PRESS = `apiVersion: infra/v1
project: press
provider: digitalocean
database:
  cluster: main
  name: orders
  user: writer
service:
  host: lime
  port: 8080
depends_on: [still]
`
const DEV =
  'apiVersion: infra/v1\nproject: press\nenvironment: dev\nprovider: mac\nservice: {host: fennel, port: 8080}\n'
const STILL = 'apiVersion: infra/v1\nproject: still\nprovider: mac\nservice:\n  host: fennel\n  port: 8081\n'
const MESH = `{
  "hosts": {
    "lime": { "addresses": ["203.0.113.7"] },
    "fennel": { "addresses": ["fennel.example.org"] }
  },
  "services": {
    "zebra": { "host": "lime", "port": 71 }
  }
}
`

type Case = readonly [name: string, content: string | Buffer, ...places: string[]]

const line = (number: number, text: string): string =>
  PRESS.split('\n')
    .map((old, at) => (at + 1 === number ? text : old))
    .join('\n')

/** What the prod manifest of press can be instead, and what is said of it. */
const MANIFESTS: readonly Case[] = [
  ['empty', '', '1:1 MANIFEST_WRONG_TYPE'],
  ['only a comment', '# nothing yet\n', '1:1 MANIFEST_WRONG_TYPE'],
  ['a list', '- a\n', '1:1 MANIFEST_WRONG_TYPE'],
  ['a word', 'press\n', '1:1 MANIFEST_WRONG_TYPE'],
  ['null', '~\n', '1:1 MANIFEST_WRONG_TYPE'],
  ['no apiVersion', line(1, '# none'), '1:1 MANIFEST_MISSING_KEY'],
  ['no provider', line(3, '# none'), '1:1 MANIFEST_MISSING_KEY'],
  ['another version', line(1, 'apiVersion: infra/v2'), '1:13 MANIFEST_BAD_VALUE'],
  ['another provider', line(3, 'provider: cloud'), '3:11 MANIFEST_BAD_VALUE'],
  ['another environment', `${PRESS}environment: staging\n`, '12:14 MANIFEST_BAD_VALUE'],
  ['a standing GPU', `${PRESS}gpu: {mode: standing}\n`, '12:13 MANIFEST_BAD_VALUE'],
  ['an unknown key', `${PRESS}replicas: 3\n`, '12:1 MANIFEST_UNKNOWN_KEY'],
  ['an unknown key, deep', line(10, '  prot: 8080'), '10:3 MANIFEST_UNKNOWN_KEY'],
  ['a prototype’s key', `${PRESS}__proto__: {}\n`, '12:1 MANIFEST_UNKNOWN_KEY'],
  ['a merge key', `${PRESS}<<: {}\n`, '12:1 MANIFEST_UNKNOWN_KEY'],
  ['a passcode', `${PRESS}passcode: "1234"\n`, '12:1 MANIFEST_RUN_ONLY_KEY'],
  ['a bind address', line(10, '  bind_address: 0.0.0.0'), '10:3 MANIFEST_RUN_ONLY_KEY'],
  ['a project that is a number', line(2, 'project: 7'), '2:10 MANIFEST_WRONG_TYPE'],
  ['a project that is nothing', line(2, 'project:'), '2:1 MANIFEST_WRONG_TYPE'],
  ['a project that is empty', line(2, 'project: ""'), '2:10 MANIFEST_BAD_NAME'],
  ['a project that moves the terminal', line(2, 'project: "\\e[2J"'), '2:10 MANIFEST_BAD_NAME'],
  ['a port that is a text', line(10, '  port: "8080"'), '10:9 MANIFEST_WRONG_TYPE'],
  ['a port that is a part', line(10, '  port: 80.5'), '10:9 MANIFEST_WRONG_TYPE'],
  ['a port that is too great', line(10, '  port: 80800'), '10:9 MANIFEST_BAD_PORT'],
  ['port zero', line(10, '  port: 0'), '10:9 MANIFEST_BAD_PORT'],
  ['a database without a user', line(7, '  # none'), '4:1 MANIFEST_MISSING_KEY'],
  ['dependencies that are a text', line(11, 'depends_on: still'), '11:13 MANIFEST_WRONG_TYPE'],
  ['a dependency that is a map', line(11, 'depends_on: [{still: 1}]'), '11:14 MANIFEST_WRONG_TYPE'],
  ['a key twice', `${PRESS}project: press\n`, '12:1 MANIFEST_DUPLICATE_KEY'],
  ['a key twice, once in quotes', `${PRESS}"project": press\n`, '12:1 MANIFEST_DUPLICATE_KEY'],
  ['a key twice, deep', line(10, '  port: 1\n  port: 2'), '11:3 MANIFEST_DUPLICATE_KEY'],
  ['two documents', `${PRESS}---\n${PRESS}`, '12:1 MANIFEST_SEVERAL_DOCUMENTS'],
  ['a tab', line(10, '\tport: 8080'), '10:1 MANIFEST_TAB'],
  ['no', line(9, '  host: no'), '9:9 MANIFEST_BOOLEAN'],
  ['on', line(7, '  user: on'), '7:9 MANIFEST_BOOLEAN'],
  ['true', line(2, 'project: true'), '2:10 MANIFEST_BOOLEAN'],
  ['an octal port', line(10, '  port: 08080'), '10:9 MANIFEST_AMBIGUOUS'],
  ['a time', line(9, '  host: 12:30'), '9:9 MANIFEST_AMBIGUOUS'],
  ['a tag', line(2, 'project: !!str press'), '2:10 MANIFEST_TAG'],
  ['a tag of somebody', line(2, 'project: !env PROJECT'), '2:10 MANIFEST_TAG'],
  ['an alias of nothing', line(7, '  user: *name'), '7:9 MANIFEST_ALIAS'],
  ['an alias of a list', line(11, 'depends_on: &d [*d]'), '11:17 MANIFEST_ALIAS'],
  ['too many aliases', line(11, `depends_on: [&s still${', *s'.repeat(16)}]`), '11:84 MANIFEST_ALIAS'],
  ['another YAML', `%YAML 1.1\n---\n${PRESS}`, '1:1 MANIFEST_DIRECTIVE'],
  ['a key that is a list', `${PRESS}? [a]\n: b\n`, '12:3 MANIFEST_BAD_KEY'],
  ['a bracket that is open', line(11, 'depends_on: [still'), '12:1 MANIFEST_NOT_YAML'],
  ['a quote that is open', line(11, 'depends_on: "'), '12:1 MANIFEST_NOT_YAML'],
  ['a map in a line', line(2, 'project: press: x'), '2:10 MANIFEST_NOT_YAML'],
  ['a reserved character', line(2, 'project: @press'), '2:10 MANIFEST_NOT_YAML'],
  ['NUL', line(2, 'project: pre\0ss'), '2:13 MANIFEST_BAD_CHARACTER'],
  ['bytes of another encoding', Buffer.from(line(2, 'project: préss'), 'latin1'), '2:12 MANIFEST_NOT_UTF8'],
  ['thousands of brackets', line(11, `depends_on: ${'['.repeat(20_000)}`), '11:45 MANIFEST_TOO_DEEP'],
  ['a huge file', PRESS + '# more\n'.repeat(10_000), '1:1 MANIFEST_TOO_LARGE'],
  ['a file that is huger', PRESS + '# more\n'.repeat(100_000), '1:1 MANIFEST_TOO_LARGE'],
  ['a host that is not in the mesh', line(9, '  host: lemon'), '9:9 RULE_HOST_IN_MESH'],
  ['a host by another case', line(9, '  host: Lime'), '9:9 RULE_HOST_IN_MESH'],
  ['a dependency on nobody', line(11, 'depends_on: [still, stlil]'), '11:21 RULE_HTTP_COUPLING'],
  ['the port of another', line(10, '  port: 71'), '10:9 RULE_PORT_TAKEN'],
  [
    'the name of somebody else',
    line(2, 'project: zebra'),
    '2:10 RULE_FOREIGN_SERVICE',
    '2:10 RULE_ENV_VARIANTS',
  ],
  ['a GPU without a mode', `${PRESS}gpu: {droplet: g}\n`, '12:1 RULE_GPU_ONDEMAND'],
  [
    'dev in the manifest of prod',
    `${PRESS}environment: dev\n`,
    '2:10 RULE_DUPLICATE_SERVICE',
    '12:14 RULE_ENV_VARIANTS',
  ],
]

const meshLine = (number: number, text: string): string =>
  MESH.split('\n')
    .map((old, at) => (at + 1 === number ? text : old))
    .join('\n')

const MESHES: readonly Case[] = [
  ['empty', '', '1:1 MESH_NOT_JSON'],
  ['a list', '[]', '1:1 MESH_WRONG_TYPE'],
  ['no hosts', '{}', '1:1 MESH_MISSING_KEY'],
  ['hosts that are a list', '{"hosts": []}', '1:2 MESH_WRONG_TYPE'],
  ['a host that is a text', meshLine(3, '    "lime": "203.0.113.7",'), '3:5 MESH_WRONG_TYPE'],
  ['a host without an address', meshLine(3, '    "lime": {},'), '3:5 MESH_MISSING_KEY'],
  ['a host with no address', meshLine(3, '    "lime": { "addresses": [] },'), '3:15 MESH_BAD_VALUE'],
  [
    'an address with a port',
    meshLine(3, '    "lime": { "addresses": ["::1", "a:80"] },'),
    '3:36 MESH_BAD_ADDRESS',
  ],
  ['an address that is a number', meshLine(3, '    "lime": { "addresses": [1] },'), '3:29 MESH_WRONG_TYPE'],
  [
    'attributes that are a list',
    meshLine(3, '    "lime": { "addresses": ["::1"], "attributes": [] },'),
    '3:37 MESH_WRONG_TYPE',
  ],
  ['a service that is a number', meshLine(7, '    "zebra": 1'), '7:5 MESH_WRONG_TYPE'],
  ['a port that is a text', meshLine(7, '    "zebra": { "port": "71" }'), '7:16 MESH_WRONG_TYPE'],
  ['a port that is too great', meshLine(7, '    "zebra": { "port": 71000 }'), '7:16 MESH_BAD_VALUE'],
  [
    'a mark without a digest',
    meshLine(7, '    "zebra": { "generated_from": { "manifest": "x" } }'),
    '7:16 MESH_MISSING_KEY',
  ],
  ['a host twice', meshLine(4, '    "lime": { "addresses": ["::1"] }'), '4:5 MESH_DUPLICATE_KEY'],
  ['a comma too many', meshLine(7, '    "zebra": {},'), '8:3 MESH_NOT_JSON'],
  ['a comment', `// the mesh\n${MESH}`, '1:1 MESH_NOT_JSON'],
  ['two documents', `${MESH}{}`, '10:1 MESH_TRAILING_TEXT'],
  ['a byte-order mark', `\ufeff${MESH}`, '1:1 MESH_BYTE_ORDER_MARK'],
  ['bytes of another encoding', Buffer.from(meshLine(7, '    "zébra": {}'), 'latin1'), '7:7 MESH_NOT_UTF8'],
  ['thousands of brackets', meshLine(7, `    "zebra": ${'['.repeat(20_000)}`), '7:76 MESH_TOO_DEEP'],
]

t.test('the corpus is large, and whole without the faults', async t => {
  t.ok(MANIFESTS.length + MESHES.length >= 60, `${MANIFESTS.length + MESHES.length} cases`)
  t.ok(MANIFESTS.length >= 55 && MESHES.length >= 20)
  const world = makeMesh(t, [], MESH)
  for (const [path, text] of [
    ['apps/press/.infra.yaml', PRESS],
    ['apps/press/.infra.dev.yaml', DEV],
  ] as const)
    world.write(path, text)
  world.write('apps/still/.infra.yaml', STILL)
  t.match(await world.mesh('plan', '--strict'), { code: 0, stdout: /3 to add, 0 to change, 0 to remove/ })
})

for (const [path, corpus] of [
  ['apps/press/.infra.yaml', MANIFESTS],
  ['mesh-hosts.json', MESHES],
] as const) {
  t.test(path, async t => {
    const world = makeMesh(t, [], MESH)
    world.write('apps/press/.infra.dev.yaml', DEV)
    world.write('apps/still/.infra.yaml', STILL)
    world.write('apps/press/.infra.yaml', PRESS)
    for (const [name, content, ...places] of corpus) {
      writeFileSync(join(world.top, path), content)
      const before = filesOf(world.top)
      const { code, stdout, stderr } = await world.mesh('apply', '--strict')
      const lines = stderr.trimEnd().split('\n')
      // The other manifest of the project is told too where both are concerned: its file says so.
      const said = lines.map(told => /^infra: ([^:]+:\d+:\d+ error \w+) ./.exec(told)?.[1] ?? told)
      const here = said.filter(told => told.startsWith(`${path}:`)).map(told => told.slice(path.length + 1))
      t.strictSame(here.map(told => told.replace('error ', '')).sort(), [...places].sort(), name)
      t.ok(
        said.every(told => /^[^ ]+:\d+:\d+ error (?:RULE|MESH|MANIFEST)_\w+$/.test(told)),
        `${name}: ${said}`,
      )
      t.strictSame([code, stdout], [1, ''], `${name}: refused, and nothing on stdout`)
      t.notMatch(stderr, /\n\s+at |INTERNAL/, `${name}: no stack trace`)
      t.strictSame(filesOf(world.top), before, `${name}: every file as it was`)
    }
  })
}
