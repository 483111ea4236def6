// Builds as an operator has them: sealed, verified, valid by their schemas, the same of the same tree; and of a build
// that fails there is nothing among the runs, and every pointer is as it was.

import fs, { readdirSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { checkRunArtifacts } from '../../src/layer/artifacts.ts'
import { BUILDS, BUILT, type BuiltRegistry } from '../../src/layer/registries.ts'
import { type BuildRequest, buildRegistry, planBuild } from '../../src/publish/build-registry.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { treeOf } from '../fixtures/home-world.ts'
import {
  buildAndPin,
  buildOf,
  CHAIN_OPERATIONS,
  linesOf,
  makeLayerHome,
  miniChain,
  putFile,
  putRun,
} from '../fixtures/layer-world.ts'
import { readJson, thrownCode, VECTORS } from '../fixtures/seal-world.ts'

const runsIn = (home: string): string[] => readdirSync(join(home, '.codex/RUNS')).sort()
const textOf = (files: ReadonlyMap<string, Uint8Array>, name: string): string => String(files.get(name))

t.test('every build', async t => {
  const home = await makeLayerHome(t)
  for (const registryId of BUILT) {
    t.test(`${registryId} is a sealed run, valid by every schema`, async t => {
      const before = treeOf(home)
      const { run, seal } = await buildRegistry(buildOf(home, registryId))
      t.equal(seal.root, run.root)
      t.match(seal.run, {
        run_type: BUILDS[registryId].runType,
        option: 'QA',
        operation_id: BUILDS[registryId].operationId,
      })
      const verdict = checkRunArtifacts(seal.files)
      t.strictSame(verdict.violations, [])
      t.ok(verdict.registries.includes(registryId))
      const after = treeOf(home)
      for (const [path, state] of before) t.equal(after.get(path), state, `${path} is as it was`)
    })
  }
  t.test('names its inputs with the ROOT that each was verified by', async t => {
    const { run } = planBuild(buildOf(home, 'system_health_report'))
    const { inputs } = JSON.parse(textOf(run.files, 'run.json'))
    t.strictSame(Object.keys(inputs).sort(), ['drift_signals', 'op_status_table', 'run_registry'])
    for (const ref of Object.values(inputs) as { run_id: string; manifest_sha256: string }[])
      t.equal(checkSeal(readRunFolder(join(home, '.codex/RUNS', ref.run_id))).seal?.root, ref.manifest_sha256)
  })
  t.test('reads the clock once', async t => {
    let reads = 0
    const now = () => {
      reads += 1
      return new Date(Date.UTC(2027, 0, 1, 0, 0, reads))
    }
    for (const registryId of BUILT) {
      reads = 0
      const { run } = await buildRegistry(
        buildOf(home, registryId, {
          now: () => new Date(now().getTime() + BUILT.indexOf(registryId) * 60_000),
        }),
      )
      t.equal(reads, 1, registryId)
      const { created_utc } = JSON.parse(textOf(run.files, 'run.json'))
      const stated = [...run.files.values()]
        .map(String)
        .flatMap(text => text.match(/"(?:generated_utc|created_utc)": ?"2027[^"]*"/g) ?? [])
      t.ok(stated.length > 0 && stated.every(word => word.includes(created_utc)), 'and states one time')
    }
  })
})

t.test('the golden chain, built by us', async t => {
  const chain = miniChain(t)
  if (chain === undefined) return
  const { home } = chain
  putFile(home, 'registry/OPERATION_CATALOG_v0_1.json', JSON.stringify(CHAIN_OPERATIONS))
  const tree = { top: home, paths: chain.tracked.map(path => Buffer.from(path)) }
  const over = (step: string): Partial<BuildRequest> => ({
    now: () => chain.clock(step),
    git_commit: chain.commit,
    working_tree_state: 'clean',
    tree,
  })
  const registry = await buildRegistry(buildOf(home, 'run_registry', over('01')))
  const named = new Map([['run_registry', registry.run.runId]])
  const table = await buildRegistry(buildOf(home, 'op_status_table', { ...over('02'), named }))
  named.set('op_status_table', table.run.runId)
  chain.place('07')
  named.set('expected_versions', '2026-03-01__100600__seal_expected_versions')
  named.set('threshold_packs_file', '2026-03-01__100600__seal_threshold_packs')
  const drift = await buildRegistry(buildOf(home, 'drift_signals', { ...over('03'), named }))
  const ours = JSON.parse(textOf(drift.run.files, 'DRIFT_SIGNALS_v0_1.json'))
  const golden = JSON.parse(String(chain.golden('03', 'DRIFT_SIGNALS_v0_1.json')))
  t.ok(ours.op_drift_policy.rules.every((rule: string) => !golden.op_drift_policy.rules.includes(rule)))
  ours.op_drift_policy.rules = golden.op_drift_policy.rules
  t.equal(
    JSON.stringify(ours),
    JSON.stringify(golden),
    'the drift signals agree in all but the wording of the rules',
  )
  t.test('and each artifact is valid by the schema of upstream, but for what is not known', async t => {
    const skeletons = readJson(join(VECTORS, '../facts/upstream_schema_skeletons_no_prose.json')) as Record<
      string,
      object
    >
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    const faultsOf = (schema: string, value: unknown) => {
      const check = ajv.compile(skeletons[`REGISTRY_${schema}.schema.json`]!)
      return check(value)
        ? []
        : check.errors!.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)
    }
    for (const line of linesOf(textOf(registry.run.files, 'RUN_REGISTRY_v0_1.jsonl')))
      t.strictSame(faultsOf('run_registry_v0_1', line), [], line.run_id)
    const rows = JSON.parse(textOf(table.run.files, 'OPERATION_STATUS_TABLE_v0_1.json'))
    t.strictSame(
      faultsOf('op_status_table_v0_1.array', rows),
      // Of two operations no level is known: `null`, where upstream says C0.
      [1, 4].flatMap(at => [`/${at}/coverage_level type`, `/${at}/coverage_level enum`]),
    )
    t.strictSame(
      faultsOf('drift_signals_v0_1', JSON.parse(textOf(drift.run.files, 'DRIFT_SIGNALS_v0_1.json'))),
      [],
    )
    const log = await buildRegistry(buildOf(home, 'registry_delta_log', over('09')))
    const lines = linesOf(textOf(log.run.files, 'REGISTRY_DELTA_LOG_v0_1.jsonl'))
    t.ok(lines.length >= 8)
    for (const line of lines) t.strictSame(faultsOf('registry_delta_log_v0_1', line), [])
  })
  t.test('a row of health agrees with the golden one in what is known', async t => {
    named.set('drift_signals', drift.run.runId)
    const health = await buildRegistry(buildOf(home, 'system_health_report', { ...over('05'), named }))
    const summary = JSON.parse(textOf(health.run.files, 'SYSTEM_HEALTH_SUMMARY_v0_1.json'))
    const theirs = JSON.parse(String(chain.golden('05', 'SYSTEM_HEALTH_SUMMARY_v0_1.json')))
    t.strictSame(summary.system_drift, theirs.system_drift)
    // Of two operations no level of coverage is known, which upstream counts as the lowest.
    t.strictSame(summary.counts, { ...theirs.counts, coverage_below_c3: theirs.counts.coverage_below_c3 - 2 })
    t.strictSame(summary.drifting, theirs.drifting)
    t.strictSame(summary.truncated, theirs.truncated)
  })
})

/** Times and ids that a run declares. */
const DECLARED = /"(?:generated_utc|created_utc|derivation_run_id|run_id)": ?"[^"]*"|`20\d\d-[^`]*`/g

/** The files of a run without what it declares of its own making. */
function essence(files: ReadonlyMap<string, Uint8Array>, runId: string): Record<string, string> {
  const kept = [...files].filter(([name]) => name !== 'manifest.json' && name !== 'MANIFEST.sha256')
  return Object.fromEntries(
    kept.map(([name, bytes]) => [
      name,
      name === 'RUN_REGISTRY_v0_1.jsonl'
        ? String(bytes)
        : String(bytes).replaceAll(runId, 'RUN').replaceAll(DECLARED, 'DECLARED'),
    ]),
  )
}

t.test('two builds of the same tree differ in declared times and ids only', async t => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'B', 'é', '\ue000', '😀', '-', '_'),
    minLength: 1,
    maxLength: 5,
  })
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('2026-01-01T00:00:00Z', 'OP-A01', 'OP-QA01', 'clean', 'dirty', '\ud800'),
  )
  const runJson = fc.oneof(
    fc
      .record(
        {
          created_utc: text,
          operation_id: text,
          git_commit: text,
          working_tree_state: text,
          option: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map(value => JSON.stringify(value)),
    fc.string(),
  )
  const tree = fc.uniqueArray(fc.tuple(name, runJson, fc.uniqueArray(name, { maxLength: 4 })), {
    selector: ([id]) => id,
    minLength: 1,
    maxLength: 6,
  })
  const root = t.testdir()
  let at = 0
  await fc.assert(
    fc.asyncProperty(tree, async folders => {
      at += 1
      const [one, other] = [join(root, `${at}`), join(root, `${at}b`)]
      const builds = []
      for (const [home, order] of [
        [one, folders],
        [other, folders.toReversed()],
      ] as const) {
        putFile(home, 'registry/OPERATION_CATALOG_v0_1.json', JSON.stringify(CHAIN_OPERATIONS))
        for (const [id, run, names] of order) {
          const ordered = home === one ? names : names.toReversed()
          putRun(
            home,
            id,
            run,
            Object.fromEntries(ordered.filter(each => each !== '-').map(each => [`f${each}`, each])),
          )
        }
        builds.push(await buildChain(home))
      }
      t.equal(builds[0], builds[1])
    }),
    { numRuns: 15 },
  )
  t.ok(at >= 15)
})

/** Builds the chain at a fixed time, each step from the one before, and returns the essence of each. */
async function buildChain(home: string): Promise<string> {
  const named = new Map<string, string>()
  const made: Record<string, Record<string, string>> = {}
  for (const registryId of BUILT) {
    // Seconds of their own make the ids of both chains different, days would be staleness.
    seconds += 1
    const now = () => new Date(Date.UTC(2026, 2, 1, 0, 0, seconds))
    const { run } = await buildRegistry(
      buildOf(home, registryId, {
        named: new Map(named),
        now,
        git_commit: 'c'.repeat(40),
        working_tree_state: 'clean',
      }),
    )
    made[registryId] = essence(run.files, run.runId)
    named.set(registryId, run.runId)
  }
  // Runs are named by their time, and a ROOT commits to it.
  return JSON.stringify(made, null, 1)
    .replaceAll(/2026-03-01__\d{6}/g, 'T')
    .replaceAll(/[0-9a-f]{64}/g, 'H')
}
let seconds = 0

/** The calls by which a build writes. */
const WRITES = ['mkdirSync', 'openSync', 'writeSync', 'fsyncSync', 'renameSync'] as const

/** Runs `act` with the `nth` write failing, and returns how many writes there were. */
async function withFault(
  nth: number,
  code: string,
  act: () => Promise<unknown>,
): Promise<{ count: number; thrown: unknown }> {
  const real = Object.fromEntries(WRITES.map(name => [name, fs[name]]))
  let count = 0
  for (const name of WRITES) {
    const original = fs[name] as (...args: unknown[]) => unknown
    const faulty = (...args: unknown[]): unknown => {
      // Reading opens files too.
      const writes =
        name !== 'openSync' || (typeof args[1] === 'number' && (args[1] & fs.constants.O_WRONLY) !== 0)
      if (writes) count += 1
      if (writes && count === nth) throw Object.assign(new Error(`${code}: injected`), { code })
      return original(...args)
    }
    Object.assign(fs, { [name]: faulty })
  }
  syncBuiltinESMExports()
  try {
    await act()
    return { count, thrown: undefined }
  } catch (thrown) {
    return { count, thrown }
  } finally {
    Object.assign(fs, real)
    syncBuiltinESMExports()
  }
}

t.test('a failure at any write leaves no run, and every pointer as it was', async t => {
  const home = await makeLayerHome(t)
  for (const registryId of BUILT) {
    await t.test(registryId, async t => failEverywhere(t, home, registryId))
  }
})

async function failEverywhere(t: Test, home: string, registryId: BuiltRegistry): Promise<void> {
  const pointer = () => readFileSync(join(home, 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json'), 'utf8')
  const pinned = pointer()
  let durable = 0
  let faults = 0
  for (let nth = 1; ; nth += 1) {
    const before = runsIn(home)
    const code = nth % 2 === 0 ? 'ENOSPC' : 'EIO'
    const { thrown } = await withFault(nth, code, () => buildRegistry(buildOf(home, registryId)))
    t.equal(pointer(), pinned, 'no build moves a pointer')
    const made = runsIn(home).filter(name => !before.includes(name))
    if (thrown === undefined) {
      t.equal(made.length, 1, 'and when no write fails there is a run')
      break
    }
    faults += 1
    const got = (thrown as { code?: string }).code
    // The folder was moved in whole, and only its survival of a power loss is not known.
    if (got === 'PUBLISH_NOT_DURABLE') durable += 1
    else t.strictSame([got, made], ['PUBLISH_WRITE_FAILED', []], `write ${nth}`)
    for (const name of made)
      t.strictSame(checkSeal(readRunFolder(join(home, '.codex/RUNS', name))).faults, [])
  }
  t.ok(faults > 15, `${faults} writes failed`)
  t.equal(durable, 1, 'one of them after the run was in its place')
}

t.test('a build whose input is refused leaves nothing either', async t => {
  const home = t.testdir()
  putRun(home, 'a', {})
  const before = treeOf(home)
  for (const registryId of ['op_status_table', 'drift_signals', 'system_health_report'] as const) {
    await t.rejects(buildRegistry(buildOf(home, registryId)), { code: 'POINTER_MISSING' })
    t.strictSame(treeOf(home), before, registryId)
  }
  t.equal(
    thrownCode(() => planBuild(buildOf(join(home, 'registry'), 'run_registry'))),
    'LAYER_RUNS_MISSING',
  )
})

t.test('the next chain observes the one before it', async t => {
  const home = t.testdir()
  putFile(home, '.codex/RUNS/README', '')
  const ours = readFileSync(
    join(import.meta.dirname, '../../infra/registry/OPERATION_CATALOG_v0_1.json'),
    'utf8',
  )
  putFile(home, 'registry/OPERATION_CATALOG_v0_1.json', ours)
  const commit = 'c'.repeat(40)
  const tree = { git_commit: commit, working_tree_state: 'clean' } as const
  for (const registryId of BUILT) await buildAndPin(home, registryId, tree)
  await buildAndPin(home, 'run_registry', tree)
  const rowsAt = async (over: Partial<BuildRequest>) => {
    const { run } = await buildRegistry(buildOf(home, 'op_status_table', over))
    const rows = JSON.parse(textOf(run.files, 'OPERATION_STATUS_TABLE_v0_1.json'))
    return rows.filter((row: { last_run_id: string | null }) => row.last_run_id !== null)
  }
  const rows = await rowsAt(tree)
  t.strictSame(
    rows.map(({ operation_id }: { operation_id: string }) => operation_id),
    BUILT.map(registryId => BUILDS[registryId].operationId),
  )
  for (const row of rows)
    t.match(row, { op_drift: false, manifest_state: 'PRESENT', run_evidence_state: 'OBSERVED' })
  for (const row of await rowsAt({ ...tree, git_commit: 'd'.repeat(40) }))
    t.match(row, { op_drift: true, op_drift_reasons: ['op_drift_commit_mismatch'] })
  for (const row of await rowsAt({})) t.match(row, { op_drift: null, warnings: ['op_drift_unknown'] })
})
