// The rules over all manifests at once: each bites at its place, says who else is concerned, and lets a whole tree by.

import t from 'tap'
import { checkRules, type Surroundings, withStrictness } from '../../src/manifest/rules.ts'
import type { Manifest } from '../../src/manifest/schema.ts'
import { fileOf, manifestOf, meshOf, treeOf } from '../fixtures/manifest-world.ts'

const world: Surroundings = { hosts: meshOf().hosts, services: meshOf().services, broken: new Set() }

const found = (manifests: Readonly<Record<string, Partial<Manifest>>>, over: Partial<Surroundings> = {}) =>
  checkRules(
    Object.entries(manifests).map(([path, manifest]) => fileOf(manifestOf(manifest), path)),
    { ...world, ...over },
  )

/** The findings as `file:line:column severity code`. */
const told = (...args: Parameters<typeof found>): string[] =>
  found(...args).map(
    ({ file, line, column, severity, code }) => `${file}:${line}:${column} ${severity} ${code}`,
  )

t.test('a whole tree has nothing against it', async t => {
  t.strictSame(checkRules(treeOf(), world), [])
})

t.test('own_db: a database and a user belong to one project of a cluster', async t => {
  const database = { cluster: 'main', name: 'orders', user: 'writer' }
  const a = { project: 'a', database }
  t.strictSame(told({ 'a/.infra.yaml': a, 'b/.infra.yaml': { project: 'b', database } }), [
    'b/.infra.yaml:7:9 error RULE_OWN_DB',
    'b/.infra.yaml:8:9 error RULE_OWN_DB',
  ])
  t.match(
    found({ 'a/.infra.yaml': a, 'b/.infra.yaml': { project: 'b', database } })[0]!.message,
    '"a" (a/.infra.yaml)',
  )
  t.strictSame(
    told({ 'a/.infra.yaml': a, 'b/.infra.yaml': { project: 'b', database: { ...database, cluster: 'x' } } }),
    [],
    'another cluster',
  )
  t.strictSame(
    told({ 'a/.infra.yaml': a, 'b/.infra.yaml': { project: 'b', database: { ...database, name: 'other' } } }),
    ['b/.infra.yaml:8:9 error RULE_OWN_DB'],
    'the user alone',
  )
  t.strictSame(
    told({ 'a/.infra.yaml': a, 'a/.infra.dev.yaml': { ...a, environment: 'dev' } }),
    [],
    'one project, twice',
  )
  const user = { project: 'b', database: { cluster: 'main', name: 'writer', user: 'orders' } }
  t.strictSame(told({ 'a/.infra.yaml': a, 'b/.infra.yaml': user }), [], 'a name is no user')
})

t.test('http_coupling: a dependency is a declared service', async t => {
  const b = { project: 'b', depends_on: ['a', 'prss', 'zebra'] }
  const a = { project: 'a' }
  const press = { project: 'press' }
  t.strictSame(told({ 'a/.infra.yaml': a, 'b/.infra.yaml': b, 'c/.infra.yaml': press }), [
    'b/.infra.yaml:7:5 error RULE_HTTP_COUPLING',
  ])
  const [finding] = found({ 'a/.infra.yaml': a, 'b/.infra.yaml': b, 'c/.infra.yaml': press })
  t.match(finding!.message, /"prss" .* did you mean "press"\?$/)
  const dev = { project: 'a', environment: 'dev' as const }
  t.strictSame(
    told({ 'a/.infra.dev.yaml': dev, 'b/.infra.yaml': { project: 'b', depends_on: ['a', 'a.dev'] } }),
    [],
    'a project that has another environment only',
  )
  const { service: _service, ...bare } = manifestOf({ project: 'a' })
  const files = [
    fileOf(bare, 'a/.infra.yaml'),
    fileOf(manifestOf({ project: 'b', depends_on: ['a'] }), 'b/.infra.yaml'),
  ]
  t.match(checkRules(files, world), [{ code: 'RULE_HTTP_COUPLING', message: /without a service/ }])
  const broken = { broken: new Set(['prss']) }
  t.strictSame(told({ 'b/.infra.yaml': { project: 'b', depends_on: ['prss', 'prss.dev'] } }, broken), [])
})

t.test('circles of dependencies are a note, strict or not', async t => {
  const circle = {
    'a/.infra.yaml': { project: 'a', depends_on: ['b'] },
    'b/.infra.yaml': { project: 'b', depends_on: ['c', 'a'] },
    'c/.infra.yaml': { project: 'c', depends_on: ['b', 'c'] },
  }
  const notes = found(circle)
  t.strictSame(told(circle), ['a/.infra.yaml:5:1 note RULE_DEPENDENCY_CYCLE'])
  t.match(notes[0]!.message, '"a" → "b" → "a"')
  t.strictSame(withStrictness(notes, true), notes)
  t.strictSame(told({ 'a/.infra.yaml': { project: 'a', depends_on: ['a'] } }), [
    'a/.infra.yaml:5:1 note RULE_DEPENDENCY_CYCLE',
  ])
})

t.test('gpu_ondemand: a GPU says that it is on demand', async t => {
  t.strictSame(told({ '.infra.yaml': { gpu: { droplet: 'g' } } }), [
    '.infra.yaml:5:1 warning RULE_GPU_ONDEMAND',
  ])
  t.strictSame(told({ '.infra.yaml': { gpu: { mode: 'on-demand' } } }), [])
})

t.test('host_in_mesh: a host is one of the mesh file, or the nearest is named', async t => {
  const service = { host: 'lmie' }
  t.strictSame(told({ '.infra.yaml': { service } }), ['.infra.yaml:5:9 error RULE_HOST_IN_MESH'])
  t.match(found({ '.infra.yaml': { service } })[0]!.message, /did you mean "lime"\?$/)
  t.notMatch(found({ '.infra.yaml': { service: { host: 'quince' } } })[0]!.message, 'did you mean')
  t.strictSame(told({ '.infra.yaml': { service } }, { hosts: undefined }), [], 'nothing to hold it against')
  t.strictSame(told({ '.infra.yaml': { service: { host: 'constructor' } } }), [
    '.infra.yaml:5:9 error RULE_HOST_IN_MESH',
  ])
})

t.test('env_variants: name of the file and content agree', async t => {
  const dev = { environment: 'dev' as const }
  t.strictSame(told({ 'a/.infra.dev.yaml': dev, 'a/.infra.prod.yaml': {} }), [])
  t.strictSame(told({ 'a/.infra.yaml': dev }), ['a/.infra.yaml:5:14 warning RULE_ENV_VARIANTS'])
  t.strictSame(told({ 'a/.infra.dev.yaml': {} }), ['a/.infra.dev.yaml:1:1 warning RULE_ENV_VARIANTS'])
  t.strictSame(told({ '.infra.staging.yaml': {}, 'a/.infra-old.yaml': { project: 'b' } }), [
    '.infra.staging.yaml:1:1 warning RULE_ENV_VARIANTS',
    'a/.infra-old.yaml:1:1 warning RULE_ENV_VARIANTS',
  ])
  t.strictSame(told({ 'a/.infra.dev.yaml': dev, 'a/.infra.yaml': { project: 'other' } }), [
    'a/.infra.yaml:2:10 warning RULE_ENV_VARIANTS',
  ])
  t.strictSame(told({ 'candidate.yaml': dev }), [], 'a file of another name says nothing by it')
  const warnings = found({ 'a/.infra.yaml': dev })
  t.match(withStrictness(warnings, true), [{ severity: 'error' }])
  t.strictSame(withStrictness(warnings, false), warnings)
})

t.test('a project appears once for each environment', async t => {
  t.strictSame(told({ 'a/.infra.yaml': {}, 'b/.infra.yaml': {} }), [
    'b/.infra.yaml:2:10 error RULE_DUPLICATE_SERVICE',
  ])
  t.strictSame(
    told({ 'a/.infra.dev.yaml': { environment: 'dev' }, 'b/.infra.yaml': { project: 'press.dev' } }),
    ['b/.infra.yaml:2:10 error RULE_DUPLICATE_SERVICE'],
    'under whatever name',
  )
})

t.test('an entry of somebody else is not taken over', async t => {
  t.strictSame(told({ '.infra.yaml': { project: 'zebra' } }), ['.infra.yaml:2:10 error RULE_FOREIGN_SERVICE'])
})

t.test('a port of a host answers for one service', async t => {
  const service = { host: 'lime', port: 80 }
  const files = { 'a/.infra.yaml': { project: 'a', service }, 'b/.infra.yaml': { project: 'b', service } }
  t.strictSame(told(files), ['b/.infra.yaml:6:9 error RULE_PORT_TAKEN'])
  t.match(found(files)[0]!.message, '"a" (a/.infra.yaml)')
  t.strictSame(told({ '.infra.yaml': { service: { host: 'lime', port: 71 } } }), [
    '.infra.yaml:6:9 error RULE_PORT_TAKEN',
  ])
  t.strictSame(told({ '.infra.yaml': { service: { host: 'fennel', port: 71 } } }), [], 'another host')
})

t.test('findings are the same in any order of reading, by file and place', async t => {
  const files = treeOf().map((file, at) =>
    fileOf({ ...file.manifest, project: `p${at % 5}`, depends_on: ['nobody'] }, file.path),
  )
  const once = checkRules(files, world)
  t.ok(once.length > 50)
  t.strictSame(checkRules(files.toReversed(), world), once)
  t.strictSame(
    once,
    once.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)),
  )
})
