// `infra promote`: each registry without a builder, from outside: what is sealed is the source, byte for byte, and what is
// refused leaves nothing.

import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { verifySeal } from '../../src/seal/verify.ts'
import { infra, infraHere, initRepository, makeHome, sealAndPin, treeOf } from '../fixtures/home-world.ts'
import {
  editCatalog,
  makePromotionHome,
  PROMOTIONS,
  SOURCE_RUN,
  writeSource,
} from '../fixtures/promotion-world.ts'

const PREFIX = '2026-08-09__'

for (const [registry, { words = [], tag, payload }] of Object.entries(PROMOTIONS)) {
  t.test(`promotes ${registry}`, async t => {
    const home = makePromotionHome(t)
    const before = treeOf(home.path)
    const said = await infraHere(['promote', registry, ...words, '--home', home.path, '--json'])
    t.strictSame([said.code, said.stderr], [0, ''])
    const told = JSON.parse(said.stdout)
    t.match(told, { registry_id: registry, dry_run: false, members: Object.keys(payload).length })
    const seal = verifySeal(readRunFolder(join(home.runs, told.run_id)))
    t.equal(seal.root, told.root_sha256)
    t.ok(told.run_id.startsWith(PREFIX) && told.run_id.endsWith(`__${tag}`), told.run_id)

    t.test('the payload is the source, byte for byte, and nothing else', async t => {
      const names = seal.entries.map(entry => entry.relpath).filter(name => name !== 'run.json')
      t.strictSame(names.sort(), Object.keys(payload).sort())
      for (const [name, source] of Object.entries(payload))
        t.strictSame(seal.files.get(name), readFileSync(join(home.path, source)), name)
    })
    t.test('the envelope is full', async t => {
      t.match(seal.run, { run_type: 'seal_promotion', option: 'QA', operation_id: 'OP-QA13' })
      const members = Object.fromEntries(seal.run.members)
      t.match(members, { seal_promotion: true, source_registry: registry })
      t.strictSame(members.outputs, [...seal.files.keys()].sort())
      t.equal(members.source_run_id, registry === 'derived_validation_reports' ? SOURCE_RUN : undefined)
      t.equal(members.pack_count, registry === 'threshold_packs_file' ? 3 : undefined)
      const collection = ['validation_range_results', 'evidence_pack_registry'].includes(registry)
      t.equal(members.collection, collection ? true : undefined)
      t.equal(members.member_count, collection ? Object.keys(payload).length : undefined)
    })
    t.test('nothing else of the home has changed', async t => {
      const after = treeOf(home.path)
      for (const [path, what] of before) t.equal(after.get(path), what, path)
      const added = [...after.keys()].filter(path => !before.has(path))
      t.strictSame(
        added.filter(path => !path.startsWith('.codex/')),
        [],
      )
    })
    t.test('and the schemas agree, of the run as of the source', async t => {
      const verified = await infraHere(['verify', '--schema', told.run_id, '--json'], { cwd: home.runs })
      t.equal(verified.code, 0, verified.stdout)
      t.match(JSON.parse(verified.stdout).verdicts, [{ valid: true, registries: [registry] }])
    })
  })
}

t.test('the whole text, of the program itself, in a repository', async t => {
  const home = makePromotionHome(t)
  initRepository(home.top)
  const { code, stdout, stderr } = infra(['promote', 'evidence_pack_registry'], { cwd: home.path })
  t.strictSame([code, stderr], [0, ''])
  const [runId] = readdirSync(home.runs)
  const seal = verifySeal(readRunFolder(join(home.runs, runId!)))
  const size = (name: string) => `  ${name}  ${seal.files.get(name)!.byteLength} bytes\n`
  const names = Object.keys(PROMOTIONS.evidence_pack_registry!.payload).sort()
  t.equal(
    stdout,
    `promoted evidence_pack_registry as ${runId}\n  ROOT_SHA256  ${seal.root}\n${[
      ...names,
      ...['run.json', 'manifest.json', 'MANIFEST.sha256'],
    ]
      .map(size)
      .join('')}next: infra activate ${runId} --registry evidence_pack_registry --reason '<why>'\n`,
  )
  t.match(seal.run, { git_commit: /^[0-9a-f]{40}$/, working_tree_state: 'clean' })
})

t.test('a dry run says the same and writes nothing', async t => {
  const home = makePromotionHome(t)
  const before = treeOf(home.top)
  const said = await infraHere(['promote', 'migration_ledger', '-n', '--home', home.path])
  t.equal(said.code, 0)
  t.match(
    said.stdout,
    /^would promote migration_ledger as 2026-08-09__\d{6}__seal_migration_ledger\n {2}ROOT_SHA256 {2}[0-9a-f]{64}\n/,
  )
  t.notMatch(said.stdout, 'next:')
  t.strictSame(treeOf(home.top), before)
})

interface Refusal {
  readonly code: string
  readonly words: readonly string[]
  readonly exit?: number
  readonly break?: (home: ReturnType<typeof makePromotionHome>) => void
}

const remove = (path: string) => (home: ReturnType<typeof makePromotionHome>) =>
  rmSync(join(home.path, path), { recursive: true })

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'a registry that the catalog does not know': { code: 'PROMOTE_UNKNOWN_REGISTRY', words: ['nothing'] },
  'a registry that is built': { code: 'PROMOTE_NOT_PROMOTABLE', words: ['drift_signals'] },
  'a home without a catalog': {
    code: 'CATALOG_MISSING',
    words: ['migration_ledger'],
    break: remove('registry/REGISTRY_CATALOG_v0_1.json'),
  },
  'a catalog with a fault': {
    code: 'unknown_key',
    words: ['migration_ledger'],
    break: home => editCatalog(home, catalog => (catalog.extra = 1)),
  },
  'a source that is not there': {
    code: 'PROMOTE_SOURCE_MISSING',
    words: ['migration_ledger'],
    break: remove('schema/applied_migrations.json'),
  },
  'a folder that is not there': {
    code: 'PROMOTE_SOURCE_MISSING',
    words: ['threshold_packs_file'],
    break: remove('configs'),
  },
  'an empty collection': {
    code: 'PROMOTE_SOURCE_EMPTY',
    words: ['validation_range_results'],
    break: home => {
      remove('reports/validation')(home)
      mkdirSync(join(home.path, 'reports/validation'))
    },
  },
  'a collection without a member among its files': {
    code: 'PROMOTE_SOURCE_EMPTY',
    words: ['validation_range_results'],
    break: home =>
      ['r1', 'r2'].forEach(run => void remove(`reports/validation/validate_range_${run}_days.jsonl`)(home)),
  },
  'a source that its schema refuses': {
    code: 'PROMOTE_SOURCE_INVALID',
    words: ['expected_versions'],
    break: home => writeSource(home, 'docs/governance/EXPECTED_VERSIONS_v0_1.json', '{"version": 1}'),
  },
  'a link in place of the source': {
    code: 'PROMOTE_SOURCE_NOT_PLAIN',
    words: ['migration_ledger'],
    break: home => {
      remove('schema/applied_migrations.json')(home)
      symlinkSync(
        '../docs/governance/EXPECTED_VERSIONS_v0_1.json',
        join(home.path, 'schema/applied_migrations.json'),
      )
    },
  },
  'no run, where one has to be named': { code: 'PROMOTE_RUN_MISSING', words: ['derived_validation_reports'] },
  'a run that is a way out': {
    code: 'PROMOTE_RUN_BAD',
    words: ['derived_validation_reports', '--source-run', '..'],
  },
  'a run where there is none to choose': {
    code: 'PROMOTE_RUN_UNWANTED',
    words: ['migration_ledger', '--source-run', 'x'],
  },
  'a run that is not there': {
    code: 'PROMOTE_SOURCE_MISSING',
    words: ['derived_validation_reports', '--source-run', 'nobody'],
  },
}

t.test('refuses, with a code, and leaves nothing', async t => {
  for (const [name, { code, words, exit = 1, break: act }] of Object.entries(REFUSALS)) {
    t.test(name, async t => {
      const home = makePromotionHome(t)
      act?.(home)
      const before = treeOf(home.top)
      for (const dry of [[], ['--dry-run']]) {
        const said = await infraHere(['promote', ...words, ...dry, '--home', home.path])
        t.strictSame([said.code, said.stdout], [exit, ''])
        t.match(said.stderr, code)
        t.strictSame(treeOf(home.top), before)
      }
    })
  }
})

t.test('every violation of a source is told, with its line and pointer', async t => {
  const home = makePromotionHome(t)
  const text = '{\n  "version": "0.1",\n  "expected": {\n    "schema_version": 1\n  },\n  "more": 1\n}\n'
  writeSource(home, 'docs/governance/EXPECTED_VERSIONS_v0_1.json', text)
  const { stderr } = await infraHere(['promote', 'expected_versions', '--home', home.path])
  t.equal(
    stderr.split('\n').slice(1).join('\n'),
    `infra:   EXPECTED_VERSIONS_v0_1_snapshot.json:3:3 error missing_key /expected/threshold_pack_version: is missing
infra:   EXPECTED_VERSIONS_v0_1_snapshot.json:4:5 error wrong_type /expected/schema_version: want string or null, got 1
infra:   EXPECTED_VERSIONS_v0_1_snapshot.json:6:3 error unknown_key /more: is not a key of the schema
`,
  )
})

t.test('a promotion changes no pin, and one that fails neither', async t => {
  const home = makePromotionHome(t)
  await sealAndPin(home)
  const pointer = readFileSync(home.pointer)
  t.equal((await infraHere(['promote', 'fingerprint_index', '--home', home.path])).code, 0)
  t.equal((await infraHere(['promote', 'nothing', '--home', home.path])).code, 1)
  t.strictSame(readFileSync(home.pointer), pointer)
})

t.test('this project declares every source and has none: each is refused by its own name', async t => {
  const home = makeHome(t)
  editCatalog(home, () => {})
  for (const [registry, { words = [] }] of Object.entries(PROMOTIONS)) {
    const { code, stderr } = await infraHere(['promote', registry, ...words, '--home', home.path])
    t.equal(code, 1)
    t.match(stderr, /^infra: PROMOTE_SOURCE_MISSING /, registry)
  }
})
