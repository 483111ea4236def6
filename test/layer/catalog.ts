// The registry catalog: the project's own is sound, and each way in which one can be wrong has its code and its place.

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  CATALOG_PATH,
  CatalogError,
  checkCatalog,
  isReservedName,
  parseCatalog,
  readCatalog,
} from '../../src/layer/catalog.ts'
import { OWN_CATALOG, PROMOTIONS } from '../fixtures/promotion-world.ts'
import { hasVectors, readJson, thrownCode, VECTORS } from '../fixtures/seal-world.ts'

const own = readFileSync(OWN_CATALOG, 'utf8')

// biome-ignore lint/suspicious/noExplicitAny: a test bends whatever it likes
type Bend = (catalog: any) => void

const bent = (bend: Bend): Buffer => {
  const catalog = JSON.parse(own)
  bend(catalog)
  return Buffer.from(`${JSON.stringify(catalog, null, 2)}\n`)
}

const index = (id: string): number =>
  (JSON.parse(own) as { registries: { registry_id: string }[] }).registries.findIndex(
    one => one.registry_id === id,
  )

const LEDGER = index('migration_ledger')
const PACKS = index('threshold_packs_file')
const RUNS = index('run_registry')

t.test("the project's own catalog", async t => {
  const { catalog, faults } = checkCatalog(Buffer.from(own), CATALOG_PATH)
  t.strictSame(faults, [])
  const promoted = catalog!.registries.filter(({ promotion }) => promotion !== undefined)
  t.strictSame(promoted.map(({ registry_id }) => registry_id).sort(), Object.keys(PROMOTIONS).sort())
  for (const { registry_id, promotion } of promoted)
    t.equal(promotion!.run_tag, PROMOTIONS[registry_id]!.tag, 'the tag by which the field knows the run')
})

t.test('agrees with the catalog of the field on what a registry is', async t => {
  if (!hasVectors(t)) return
  const facts = readJson(join(VECTORS, '../facts/upstream_registry_catalog_facts.json')) as {
    registries: Record<string, unknown>[]
  }
  const mine = new Map(parseCatalog(Buffer.from(own), '').registries.map(one => [one.registry_id, one]))
  const absent: string[] = []
  for (const theirs of facts.registries) {
    const ours = mine.get(String(theirs.registry_id))
    if (ours === undefined) absent.push(String(theirs.registry_id))
    else {
      const keys = ['schema_id', 'artifact_type', 'write_policy'] as const
      for (const key of keys) t.equal(ours[key], theirs[key], `${ours.registry_id}: ${key}`)
      const version = ours.registry_id === 'validation_range_results' ? 'unknown' : ours.schema_version
      t.equal(version, theirs.schema_version)
    }
  }
  t.strictSame(absent, ['threshold_registry_db'], 'a database is no file of a home')
})

const CASES: readonly (readonly [what: string, bend: Bend, code: string, pointer: string])[] = [
  ['no registries', all => (all.registries = []), 'bad_value', '/registries'],
  ['a key of its own', all => (all.more = 1), 'unknown_key', '/more'],
  ['a version to come', all => (all.catalog_version = '0.2'), 'bad_value', '/catalog_version'],
  [
    'an id twice',
    all => all.registries.push(all.registries[RUNS]),
    'duplicate_registry_id',
    '/registries/13/registry_id',
  ],
  [
    'an id in capitals',
    all => (all.registries[RUNS].registry_id = 'Runs'),
    'bad_value',
    `/registries/${RUNS}/registry_id`,
  ],
  [
    'a schema nobody publishes',
    all => (all.registries[RUNS].schema_id = 'REGISTRY_x'),
    'unknown_schema',
    `/registries/${RUNS}/schema_id`,
  ],
  [
    'a kind of artifact',
    all => (all.registries[RUNS].artifact_type = 'table'),
    'bad_value',
    `/registries/${RUNS}/artifact_type`,
  ],
  [
    'no source at all',
    all => (all.registries[RUNS].authoritative_sources = []),
    'bad_value',
    `/registries/${RUNS}/authoritative_sources`,
  ],
  [
    'a tag twice',
    all => (all.registries[PACKS].promotion.run_tag = 'seal_migration_ledger'),
    'duplicate_run_tag',
    `/registries/${PACKS}/promotion/run_tag`,
  ],
  [
    'a tag that is a path',
    all => (all.registries[PACKS].promotion.run_tag = '../x'),
    'bad_value',
    `/registries/${PACKS}/promotion/run_tag`,
  ],
  [
    'a kind of source',
    all => (all.registries[LEDGER].promotion.kind = 'database'),
    'bad_value',
    `/registries/${LEDGER}/promotion/kind`,
  ],
  [
    'a file without a name in the set',
    all => delete all.registries[LEDGER].promotion.snapshot,
    'missing_key',
    `/registries/${LEDGER}/promotion/snapshot`,
  ],
  [
    'a name of the seal',
    all => (all.registries[LEDGER].promotion.snapshot = 'RUN.json'),
    'reserved_name',
    `/registries/${LEDGER}/promotion/snapshot`,
  ],
  [
    'a source outside',
    all => (all.registries[LEDGER].promotion.source = '../x.json'),
    'bad_value',
    `/registries/${LEDGER}/promotion/source`,
  ],
  [
    'an absolute source',
    all => (all.registries[LEDGER].promotion.source = '/etc/passwd'),
    'bad_value',
    `/registries/${LEDGER}/promotion/source`,
  ],
  [
    'a source that is none of the registry',
    all => (all.registries[LEDGER].promotion.source = 'schema/other.json'),
    'undeclared_source',
    `/registries/${LEDGER}/promotion/source`,
  ],
  [
    'a source that is derived',
    all => (all.registries[LEDGER].authoritative_sources[0].authority_class = 'derived'),
    'undeclared_source',
    `/registries/${LEDGER}/promotion/source`,
  ],
  [
    'a pattern',
    all => (all.registries[PACKS].promotion.members = '**/x'),
    'bad_pattern',
    `/registries/${PACKS}/promotion/members`,
  ],
  [
    'a registry that cannot be judged',
    all =>
      (all.registries[0].promotion = {
        ...all.registries[LEDGER].promotion,
        run_tag: 'x',
        source: 'changelog/infra-changelog.jsonl',
      }),
    'no_artifact_schema',
    '/registries/0/promotion',
  ],
  [
    'a gap of nobody',
    all => all.gap_summary.registries_without_build_operation.push('nobody'),
    'unknown_registry',
    '/gap_summary/registries_without_build_operation/7',
  ],
]

t.test('each fault has its code and its place', async t => {
  for (const [what, bend, code, pointer] of CASES) {
    const { catalog, faults } = checkCatalog(bent(bend), 'catalog.json')
    t.equal(catalog, undefined)
    t.strictSame(
      faults.map(fault => [fault.code, fault.pointer]),
      [[code, pointer]],
      what,
    )
    t.ok(faults[0]!.line > 1 || pointer.split('/').length === 2, `on line ${faults[0]!.line}`)
  }
})

t.test('several faults are told together, and the error says how many', async t => {
  const bytes = bent(all => {
    all.registries[LEDGER].promotion.source = 'a'
    all.registries[RUNS].schema_id = 'x'
  })
  t.throws(() => parseCatalog(bytes, 'catalog.json'), {
    code: 'CATALOG_INVALID',
    message: /^catalog\.json:\d+:\d+ error unknown_schema .* \(and 1 more\)$/,
    faults: [{ code: 'unknown_schema' }, { code: 'undeclared_source' }],
  })
})

t.test('from a home', async t => {
  const home = t.testdir({ registry: {} })
  t.equal(
    thrownCode(() => readCatalog(home)),
    'CATALOG_MISSING',
  )
  const path = join(home, CATALOG_PATH)
  writeFileSync(path, own)
  t.equal(readCatalog(home).catalog.catalog_version, '0.1')
  t.equal(Buffer.from(readCatalog(home).bytes).toString(), own)
  writeFileSync(path, '{')
  t.equal(
    thrownCode(() => readCatalog(home)),
    'CATALOG_INVALID',
  )
  writeFileSync(path, ' '.repeat(1024 * 1024 + 1))
  t.equal(
    thrownCode(() => readCatalog(home)),
    'CATALOG_UNREADABLE',
    'too large',
  )
  rmSync(path)
  symlinkSync(OWN_CATALOG, path)
  t.equal(
    thrownCode(() => readCatalog(home)),
    'CATALOG_UNREADABLE',
    'a link',
  )
  rmSync(path)
  mkdirSync(path)
  t.throws(() => readCatalog(home), CatalogError)
})

t.test('the names of the seal, in any case', async t => {
  for (const name of ['run.json', 'Run.JSON', 'manifest.json', 'MANIFEST.json', 'manifest.sha256'])
    t.ok(isReservedName(name), name)
  for (const name of ['x/run.json', 'runs.json']) t.notOk(isReservedName(name), name)
})
