// The house rules, executed: which room may import which, who alone may touch the disk, the network and the process,
// and how a file looks at its door. Each rule is also shown a breach, so that a rule that stopped biting is noticed.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Which rooms each room may import; its own files it always may. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  registry: ['core'],
  seal: ['core'],
  changelog: ['core', 'registry'],
  live: ['core', 'registry', 'seal', 'changelog'],
  page: ['core', 'registry', 'changelog'],
  server: ['core', 'registry', 'changelog', 'live', 'page'],
  client: ['core', 'registry'],
  action: ['core', 'client'],
  edit: ['core', 'registry', 'changelog'],
  layer: ['core', 'registry', 'seal'],
  publish: ['core', 'registry', 'changelog', 'seal', 'layer'],
  git: ['core'],
  manifest: ['core'],
  cli: ['core', 'registry', 'changelog', 'seal', 'layer', 'edit', 'publish', 'git', 'manifest'],
  bin: [
    ...['core', 'registry', 'changelog', 'seal', 'live', 'page', 'server', 'client', 'action'],
    ...['layer', 'edit', 'publish', 'git', 'manifest', 'cli'],
  ],
}

/** What a room may import only as types. */
const TYPES_ONLY: readonly (readonly [room: string, other: string])[] = [['client', 'registry']]

/** Who alone may import what; a name that ends in `/` stands for all that begins with it. */
const ALONE: readonly (readonly [specifier: string, rooms: readonly string[]])[] = [
  ['chokidar', ['live']],
  ['node:worker_threads', ['live']],
  ['fastify', ['server']],
  ['@fastify/', ['server']],
  ['negotiator', ['server']],
  ['prom-client', ['server']],
  ['pino', ['bin']],
  ['close-with-grace', ['bin']],
  ['node:process', ['bin']],
  ['node:child_process', ['git']],
  ['node:crypto', ['core']],
  // The probe asks, with a deadline over every step (docs/decisions/probe.md); nobody answers but through fastify.
  ['node:http', ['manifest']],
  ['node:https', []],
  ['node:http2', []],
  ['node:dgram', []],
  ['yaml', ['manifest']],
  ['commander', ['cli']],
  ['node:fs', ['live', 'seal', 'layer', 'publish', 'cli', 'bin', 'manifest']],
  ['node:fs/', ['live', 'seal', 'layer', 'publish', 'cli', 'bin', 'manifest']],
]

/** Who alone may say what. */
const ALONE_SAY: readonly (readonly [what: string, pattern: RegExp, rooms: readonly string[]])[] = [
  ['process.env', /(?<![.\w])process\s*(?:\??\.\s*|\[\s*['"`])env\b/, ['bin']],
  [
    'process.exit',
    /(?<![.\w])process\s*(?:\??\.\s*|\[\s*['"`])(?:exit|exitCode|abort|kill|reallyExit)\b/,
    ['bin'],
  ],
  // The lock of `publish` is a socket without a port.
  ['a port', /\bcreate(?:Secure)?Server\b|\.listen\s*\(/, ['bin', 'publish']],
  ['fetch', /(?<![.\w])(?:globalThis\.)?fetch\s*\(/, ['client', 'action', 'bin']],
  [
    'open for writing',
    /\bO_(?:WRONLY|RDWR|CREAT|APPEND|TRUNC)\b|\bopen(?:Sync)?\([^(),]*(?:\([^()]*\))?[^(),]*,\s*['"`](?!rs?['"`])/,
    ['publish'],
  ],
  ['require', /\b(?:createRequire|require)\s*\(|\bgetBuiltinModule\b/, []],
  ['an import that cannot be read', /\bimport\s*\(\s*(?!['"`\s])|\bimport\s*\(\s*`[^`]*\$\{/, []],
]

/** Files outside `publish` that write all the same, with the reason; each is a decision that is written down. */
const MAY_WRITE: Readonly<Record<string, string>> = {
  'live/memory.ts':
    'keeps the last good pin, in a folder given to the service for it (docs/decisions/live-pin.md)',
  'bin/action.ts':
    "appends to the runner's own files, which is how a step answers (docs/decisions/action.md)",
}

/** What may be taken from `node:fs` outside `publish`: all that reads. Types begin with a capital letter. */
const READS =
  /^(?:[A-Z]\w*|constants|(?:read|readFile|readdir|readlink|readv|stat|lstat|fstat|realpath|open|opendir|close|exists|access)(?:Sync)?|createReadStream)$/

const SERVER_ROOTS = ['server/', 'bin/serve.ts']
const CLI_ROOTS = ['cli/', 'bin/infra.ts']

/** Files that a test of another name covers, with the reason. */
const COVERED: Readonly<Record<string, readonly [test: string, reason: string]>> = {
  'registry/snapshot.ts': [
    'registry/map-snapshot.ts',
    'types only: what they promise is tested on what keeps them',
  ],
  ...Object.fromEntries(
    ['fault', 'pair'].map(name => [
      `cli/gate-${name}.ts`,
      ['cli/gates.ts', 'a part of the gates, tested on whole homes'],
    ]),
  ),
  'client/contract.ts': ['client/client.ts', 'types only'],
  'client/outcome.ts': ['client/resolve.ts', 'types only: what they promise is tested on what makes them'],
  'client/engine-record.ts': ['client/engine.ts', 'the question under the functions of the engines'],
  'client/error.ts': ['client/engine.ts', 'codes only: each is tested where it is thrown'],
  'client/exchange.ts': ['client/ask.ts', 'one try of a call, tested on calls over real sockets'],
  ...Object.fromEntries(
    ['judge', 'refusal', 'shapes'].map(name => [
      `client/${name}.ts`,
      ['client/resolve.ts', 'what an answer comes to, tested on everything that an answer can be'],
    ]),
  ),
  'action/error.ts': ['action/run.ts', 'codes only: each is tested where it is thrown'],
  'action/token.ts': ['action/run.ts', 'tested where it matters: in the process that must not tell it'],
  'server/routes/page-answers.ts': [
    'integration/conformance.ts',
    'descriptions: every answer of the running service is held to them',
  ],
  'page/view.ts': ['page/service-panel.ts', 'types only: what they say is tested where it is shown'],
  'page/script.ts': ['page/assets.ts', 'a text: what it does is tested in a browser (integration/page.ts)'],
  'page/stylesheet.ts': [
    'page/assets.ts',
    'a text: how it looks is tested in a browser (integration/page.ts)',
  ],
  'live/live-view.ts': ['live/live.ts', 'types only: what they promise is tested on what keeps them'],
  'live/edition-lost.ts': ['live/thread-view.ts', 'half of one thing: what is thrown where a view is lost'],
  'live/next-load.ts': ['live/live.ts', 'half of one thing: what is kept from one load for the next'],
  'live/edition.ts': [
    'live/relay.ts',
    'types only: what threads say to each other is tested where it is said',
  ],
  'core/json-faults.ts': ['core/json.ts', 'half of one thing: what is told of a text that is refused'],
  'cli/carry-out.ts': ['cli/mutate.ts', 'half of one thing: what follows once the words are judged'],
  'manifest/dependency-rule.ts': ['manifest/rules.ts', 'one of the rules, tested among them'],
  'manifest/yaml-reader.ts': ['manifest/yaml-text.ts', 'half of one thing: a text and its nodes'],
  'manifest/manifest-code.ts': ['manifest/check.ts', 'types only: each code is tested where it is told'],
  'layer/promotion-error.ts': ['layer/promotion-source.ts', 'codes only: each is tested where it is thrown'],
  ...Object.fromEntries(
    ['builds', 'catalog', 'sets', 'sources', 'words'].map(name => [
      `layer/schemas/${name}.ts`,
      ['layer/schemas/published.ts', 'schemas only: held against the field and against broken artifacts'],
    ]),
  ),
  'page/reference-style.ts': ['page/reference.ts', 'a stylesheet: looked at, and let in by its hash'],
  'layer/error.ts': ['layer/run-registry.ts', 'codes only: each is tested where it is thrown'],
}

interface Import {
  readonly specifier: string
  readonly names: string
  readonly types: boolean
}

type Sources = ReadonlyMap<string, string>

const roomOf = (path: string): string => path.slice(0, path.indexOf('/'))

/** Takes out the lines that are comments from end to end; none of them is code, and some quote code. */
function withoutComments(text: string): string {
  return text
    .split('\n')
    .map(line => (/^\s*(?:\/\/|\/\*|\*)/.test(line) ? '' : line))
    .join('\n')
}

function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const imports: Import[] = []
  for (const [, type, names, specifier] of code.matchAll(
    /(?:^|[;}\n])[ \t]*(?:import|export)\b(?:[ \t\n]+(type)\b(?!\s*(?:,|from)))?([\w$*{}\s,]*?)\bfrom\s*['"]([^'"\n]+)['"]/g,
  )) {
    const inner = /\{([^}]*)\}/
      .exec(names!)?.[1]
      ?.split(',')
      .map(name => name.trim())
      .filter(name => name !== '')
    const inline =
      inner !== undefined && /^\s*\{/.test(names!) && inner.every(name => name.startsWith('type '))
    imports.push({ specifier: specifier!, names: names!, types: type !== undefined || inline })
  }
  const bare = [
    /(?:^|[;}\n])[ \t]*import\s*['"]([^'"\n]+)['"]/g,
    /\bimport\s*\(\s*['"`]([^'"`\n]+)['"`]/g,
    /\bnew URL\(\s*['"`](\.{1,2}\/[^'"`\n]*)['"`]/g,
  ]
  for (const pattern of bare) {
    for (const [, specifier] of code.matchAll(pattern)) {
      // A worker is named with the ending of the file that starts it.
      imports.push({ specifier: specifier!.replace(/\$\{.*\}$/, '.ts'), names: '*', types: false })
    }
  }
  return imports
}

/** Returns the file of `src` that `specifier` names in `path`, or `undefined` if it is not in `src`. */
function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const target = join(dirname(path), specifier).replace(/\.js$/, '.ts')
  return target.startsWith('..') || !target.endsWith('.ts') ? undefined : target
}

/** Returns every breach of a house rule in `sources`, as `rule path: what`. */
function breaches(sources: Sources): string[] {
  const found: string[] = []
  for (const [path, text] of sources) {
    const add = (rule: string, what: string) => found.push(`${rule} ${path}: ${what}`)
    checkDoor(path, text, add)
    checkImports(path, text, sources, add)
    for (const [what, pattern, rooms] of ALONE_SAY) {
      if (what === 'open for writing' && Object.hasOwn(MAY_WRITE, path)) continue
      if (!rooms.includes(roomOf(path)) && pattern.test(withoutComments(text))) add('alone', what)
    }
  }
  const reach = (from: readonly string[], never: readonly string[], rule: string) => {
    for (const [target, way] of closure(sources, from)) {
      if (never.includes(roomOf(target))) found.push(`${rule} ${way.join(' -> ')}`)
    }
  }
  reach(SERVER_ROOTS, ['publish', 'edit', 'git', 'cli'], 'server-reaches-writer')
  reach(CLI_ROOTS, ['live', 'server'], 'cli-reaches-service')
  return found
}

function checkImports(
  path: string,
  text: string,
  sources: Sources,
  add: (rule: string, what: string) => void,
): void {
  const room = roomOf(path)
  for (const { specifier, names, types } of importsOf(text)) {
    const target = targetOf(path, specifier)
    const other = target === undefined ? undefined : roomOf(target)
    if (target !== undefined && !sources.has(target)) add('import', `${specifier} is no file`)
    if (specifier.startsWith('.') && target === undefined && names !== '*')
      add('import', `${specifier} is not in src`)
    if (other !== undefined && other !== room && !MAY_IMPORT[room]?.includes(other)) add('import', specifier)
    if (!types && TYPES_ONLY.some(([who, what]) => who === room && what === other))
      add('types-only', specifier)
    for (const [name, rooms] of ALONE) {
      const meant = name.endsWith('/')
        ? specifier.startsWith(name)
        : specifier === name || specifier === name.replace('node:', '')
      if (meant && !rooms.includes(room)) add('alone', specifier)
    }
    if (
      /^(?:node:)?fs(?:\/promises)?$/.test(specifier) &&
      room !== 'publish' &&
      !Object.hasOwn(MAY_WRITE, path)
    ) {
      const inner = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]
      const taken = inner?.split(',').map(
        name =>
          name
            .trim()
            .replace(/^type /, '')
            .split(' as ', 1)[0]!,
      )
      const writes = taken?.filter(name => name !== '' && !READS.test(name)) ?? ['the whole module']
      for (const name of writes) add('writes', name)
    }
  }
}

/** What a reader meets first: the file's name, its prose, and a sentence over each function and class it gives away. */
function checkDoor(path: string, text: string, add: (rule: string, what: string) => void): void {
  if (!Object.hasOwn(MAY_IMPORT, roomOf(path))) add('room', 'is not in the table')
  if (path.endsWith('/index.ts')) add('index', 'imports name the file')
  if (!/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)+[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(path)) add('kebab-case', path)
  const lines = text.split('\n')
  if (lines[0]?.startsWith('#!')) lines.shift()
  const end = lines.findIndex(line => !line.startsWith('// '))
  const prose = lines
    .slice(0, Math.max(0, end))
    .map(line => line.slice(3))
    .join(' ')
  if (end < 1 || end > 8 || !/[.:]$/.test(prose) || prose.split(' ').length < 5)
    add('prose', 'opens with one to eight lines of it')
  const given = new Set<string>()
  for (const [at, line] of lines.entries()) {
    const name = /^export (?:default )?(?:async )?(?:function\*?|(?:abstract )?class) (\w+)/.exec(line)?.[1]
    if (name === undefined || given.has(name)) continue
    given.add(name)
    if (!lines[at - 1]?.endsWith('*/')) add('jsdoc', name)
  }
}

/** Returns what can be reached from the files that begin with one of `from`, each with the way there. */
function closure(sources: Sources, from: readonly string[]): Map<string, string[]> {
  const ways = new Map<string, string[]>()
  const open = [...sources.keys()]
    .filter(path => from.some(start => path.startsWith(start)))
    .map(path => [path])
  for (let way = open.pop(); way !== undefined; way = open.pop()) {
    const path = way.at(-1)!
    if (ways.has(path)) continue
    ways.set(path, way)
    for (const { specifier } of importsOf(sources.get(path) ?? '')) {
      const target = targetOf(path, specifier)
      if (target !== undefined) open.push([...way, target])
    }
  }
  return ways
}

function readSources(): Sources {
  const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(path =>
    path.includes('.'),
  )
  return new Map(paths.sort().map(path => [path, readFileSync(join(root, 'src', path), 'utf8')]))
}

t.test('the source keeps the house rules', async t => {
  const sources = readSources()
  t.ok(sources.size > 40, 'there is a house')
  t.strictSame(breaches(sources), [])

  t.test('and every way to the service and to the tool was walked', async t => {
    for (const [roots, rooms] of [
      [SERVER_ROOTS, ['registry', 'live', 'server']],
      [CLI_ROOTS, ['cli', 'publish', 'seal']],
    ] as const) {
      const reached = new Set([...closure(sources, roots).keys()].map(roomOf))
      if (sources.has(roots[1]!))
        for (const room of rooms) t.ok(reached.has(room), `${roots[0]} reaches ${room}`)
    }
    for (const thread of ['live/load-worker.ts', 'bin/serving-thread.ts'])
      t.ok(closure(sources, SERVER_ROOTS).has(thread), `${thread} too`)
  })
})

t.test('every file of the source has a test of its own', async t => {
  const sources = readSources()
  const missing = [...sources.keys()].filter(
    path => roomOf(path) !== 'bin' && !existsSync(join(root, 'test', path)) && !Object.hasOwn(COVERED, path),
  )
  t.strictSame(missing, [])
  for (const [path, [test]] of Object.entries(COVERED)) {
    t.ok(sources.has(path) && existsSync(join(root, 'test', test)), `${path} is covered by ${test}`)
    t.notOk(existsSync(join(root, 'test', path)), `and has none of its own`)
  }
})

t.test('each rule bites', async t => {
  const prose = '// A file that is here to break one rule.\n\n'
  const innocent: Sources = new Map(
    ['core/a.ts', 'registry/a.ts', 'live/a.ts', 'server/a.ts', 'publish/a.ts', 'cli/a.ts', 'edit/a.ts'].map(
      path => [path, prose],
    ),
  )
  t.strictSame(breaches(innocent), [], 'files that do nothing break nothing')

  const planted: readonly (readonly [rule: string, path: string, code: string])[] = [
    ['import', 'core/x.ts', "import { a } from '../registry/a.ts'"],
    ['import', 'core/x.ts', "import type { A } from '../registry/a.ts'"],
    ['import', 'core/x.ts', "import {\n  a,\n  b,\n} from '../registry/a.ts'"],
    ['import', 'core/x.ts', "import a, { type B } from '../registry/a.ts'"],
    ['import', 'core/x.ts', "import * as a from '../registry/a.ts'"],
    ['import', 'core/x.ts', "import '../registry/a.ts'"],
    ['import', 'core/x.ts', "export { a } from '../registry/a.ts'"],
    ['import', 'core/x.ts', "export * from '../registry/a.ts'"],
    ['import', 'core/x.ts', "export * as a from '../registry/a.ts'"],
    ['import', 'core/x.ts', "export type { A } from '../registry/a.ts'"],
    ['import', 'core/x.ts', "const a = await import('../registry/a.ts')"],
    ['import', 'core/x.ts', "const a = new URL('../registry/a.ts', import.meta.url)"],
    ['import', 'core/x.ts', 'const a = new URL(`../registry/a$' + '{ending}`, import.meta.url)'],
    ['import', 'core/x.ts', "import { a } from './nowhere.ts'"],
    ['import', 'core/x.ts', "import { a } from '../../test/a.ts'"],
    ['import', 'registry/x.ts', "import { a } from '../live/a.ts'"],
    ['import', 'server/x.ts', "import { a } from '../publish/a.ts'"],
    ['import', 'live/x.ts', "import { a } from '../server/a.ts'"],
    ['import', 'cli/x.ts', "import { a } from '../live/a.ts'"],
    ['types-only', 'client/x.ts', "import { a } from '../registry/a.ts'"],
    ['types-only', 'client/x.ts', "import { type A, b } from '../registry/a.ts'"],
    ['alone', 'server/x.ts', "import { watch } from 'chokidar'"],
    ['alone', 'server/x.ts', "import { Worker } from 'node:worker_threads'"],
    ['alone', 'live/x.ts', "import fastify from 'fastify'"],
    ['alone', 'live/x.ts', "import type { A } from '@fastify/under-pressure'"],
    ['alone', 'registry/x.ts', "import Negotiator from 'negotiator'"],
    ['alone', 'server/x.ts', "import { pino } from 'pino'"],
    ['alone', 'server/x.ts', "import close from 'close-with-grace'"],
    ['alone', 'cli/x.ts', "import { env } from 'node:process'"],
    ['alone', 'cli/x.ts', "import { spawn } from 'node:child_process'"],
    ['alone', 'cli/x.ts', "import { spawn } from 'child_process'"],
    ['alone', 'seal/x.ts', "import { createHash } from 'node:crypto'"],
    ['alone', 'cli/x.ts', "import { parse } from 'yaml'"],
    ['alone', 'bin/x.ts', "import { Command } from 'commander'"],
    ['alone', 'server/x.ts', "import { readFileSync } from 'node:fs'"],
    ['alone', 'git/x.ts', "import { readFile } from 'node:fs/promises'"],
    ['alone', 'cli/x.ts', 'const a = process.env.HOME'],
    ['alone', 'live/x.ts', "const a = process['env']"],
    ['alone', 'cli/x.ts', 'process.exitCode = 1'],
    ['alone', 'server/x.ts', 'process.exit()'],
    ['alone', 'server/x.ts', "await fetch('http://x')"],
    ['alone', 'manifest/x.ts', "await fetch('http://x')"],
    ['alone', 'cli/x.ts', "import { request } from 'node:http'"],
    ['alone', 'manifest/x.ts', "import { request } from 'node:https'"],
    ['alone', 'manifest/x.ts', "import { createServer } from 'node:http'"],
    ['alone', 'cli/x.ts', "import { createServer } from 'node:net'"],
    ['alone', 'manifest/x.ts', 'new Server().listen(8_080)'],
    ['alone', 'live/x.ts', "const fd = openSync(file, 'w')"],
    ['alone', 'live/x.ts', "const fd = openSync(file, 'r+')"],
    ['alone', 'live/x.ts', 'const fd = openSync(file, constants.O_RDWR)'],
    ['alone', 'bin/x.ts', "const a = createRequire(import.meta.url)('x')"],
    ['alone', 'bin/x.ts', "process.getBuiltinModule('fs')"],
    ['alone', 'bin/x.ts', 'await import(name)'],
    ['alone', 'bin/x.ts', 'await import(`../$' + '{room}/a.ts`)'],
    ['writes', 'cli/x.ts', "import { writeFileSync } from 'node:fs'"],
    ['writes', 'cli/x.ts', "import { readFileSync, renameSync as move } from 'node:fs'"],
    ['writes', 'live/x.ts', "import { mkdir } from 'node:fs/promises'"],
    ['writes', 'bin/x.ts', "import * as fs from 'node:fs'"],
    ['writes', 'bin/x.ts', "import fs from 'node:fs'"],
    ['writes', 'bin/x.ts', "import { promises } from 'node:fs'"],
    ['writes', 'bin/x.ts', "const fs = await import('node:fs')"],
    ['room', 'attic/x.ts', ''],
    ['index', 'core/index.ts', ''],
    ['kebab-case', 'core/mapSnapshot.ts', ''],
    ['kebab-case', 'core/map_snapshot.ts', ''],
    ['kebab-case', 'core/x.js', ''],
    ['jsdoc', 'core/x.ts', 'export function a() {}'],
    ['jsdoc', 'core/x.ts', 'export async function a() {}'],
    ['jsdoc', 'core/x.ts', '// not this\nexport class A {}'],
    ['jsdoc', 'core/x.ts', 'export abstract class A {}'],
  ]
  for (const [rule, path, code] of planted) {
    const got = breaches(new Map([...innocent, [path, `${prose}${code}\n`]]))
    t.ok(
      got.some(breach => breach.startsWith(`${rule} ${path}`)),
      `${rule}: ${path} ${code.split('\n', 1)[0]}`,
    )
  }

  const doors = [
    '',
    'const a = 1\n',
    '// Why.\n',
    '// no stop at the end of this\n',
    `${'// A line that is long.\n'.repeat(9)}`,
    '/* Some other kind of comment here. */\n',
  ]
  for (const text of doors) {
    const got = breaches(new Map([['core/x.ts', `${text}\nconst b = 1\n`]]))
    t.match(got, [/^prose /], `prose: ${text.split('\n', 1)[0]}`)
  }

  t.test('over any number of steps', async t => {
    const steps = new Map(innocent)
    steps.set('server/a.ts', `${prose}import '../registry/a.ts'\n`)
    steps.set('registry/a.ts', `${prose}export * from '../core/a.ts'\n`)
    steps.set('core/a.ts', `${prose}import type { A } from '../publish/a.ts'\n`)
    t.ok(
      breaches(steps).includes(
        'server-reaches-writer server/a.ts -> registry/a.ts -> core/a.ts -> publish/a.ts',
      ),
    )
    steps.set('core/a.ts', `${prose}const a = await import('../live/a.ts')\n`)
    steps.set('bin/infra.ts', `${prose}import '../core/a.ts'\n`)
    t.ok(breaches(steps).includes('cli-reaches-service bin/infra.ts -> core/a.ts -> live/a.ts'))
  })

  t.test('and none bites what is allowed', async t => {
    const allowed = new Map([
      ...innocent,
      ['bin/x.ts', `#!/usr/bin/env node\n${prose}import { pino } from 'pino'\nprocess.exitCode = 1\n`],
      ['client/x.ts', `${prose}import type { A } from '../registry/a.ts'\nawait fetch('http://x')\n`],
      [
        'live/x.ts',
        `${prose}import { openSync, readSync, type Stats } from 'node:fs'\nopenSync(file, 'r')\n`,
      ],
      ['manifest/x.ts', `${prose}import { request } from 'node:http'\n`],
      ['publish/x.ts', `${prose}import { renameSync } from 'node:fs'\nopenSync(file, 'wx')\n`],
      ['core/x.ts', `${prose}/** Tells. */\nexport function process() {}\n// import x from '../live/a.ts'\n`],
      [
        'core/y.ts',
        `${prose}/** One. */\nexport function a(b: string): void\nexport function a(b: number): void\n`,
      ],
    ])
    t.strictSame(breaches(allowed), [])
  })
})

t.test('no file of the repository tells on which machine it was made', async t => {
  let names: string[]
  try {
    const out = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    })
    names = out
      .toString()
      .split('\0')
      .filter(name => name !== '' && existsSync(join(root, name)))
  } catch {
    t.comment('NOT A GIT CHECKOUT: the files were not looked through')
    return t.pass('skipped', { skip: 'no git' })
  }
  // Built from parts, or this file would be the first to be found.
  const paths = new RegExp(`(?<![\\w.~$}-])/(?:${['work', 'home', 'root', 'Users'].join('|')})/`)
  const told = names.filter(name => paths.test(readFileSync(join(root, name), 'latin1')))
  t.strictSame(told, [], 'no absolute path of somebody')
  t.ok(
    paths.test(`cd /${'work'}/main`) && paths.test(`"/${'home'}/x"`) && !paths.test('infra/home/x'),
    'the pattern bites',
  )

  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const source = /"resolved": "(?:https?|git|file|ssh)[+:]/
  t.notMatch(lock, source, 'the lock file names no server')
  t.match('"resolved": "https://registry.example/x.tgz"', source, 'the pattern bites')
})

t.test('every package that the source imports is a dependency, and every dependency is imported', async t => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: object
  }
  const used = new Set<string>()
  for (const text of readSources().values()) {
    for (const { specifier } of importsOf(text)) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
      used.add(
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      )
    }
  }
  t.strictSame([...used].sort(), Object.keys(dependencies).sort())
})
