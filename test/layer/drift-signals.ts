// Drift has three values: each answer is shown as true, as false, and as unknown, and never as another.

import t, { type Test } from 'tap'
import { buildArtifacts } from '../../src/layer/build.ts'
import type { DriftSignals } from '../../src/layer/drift-signals.ts'
import { renderLine } from '../../src/layer/python-json.ts'
import { readRecord } from '../../src/layer/run-record.ts'
import { contextOf, putSealed, TABLE } from '../fixtures/layer-world.ts'

interface World {
  readonly expected?: { schema_version: string | null; threshold_pack_version: string | null }
  readonly packs?: readonly unknown[]
  readonly records?: number
  readonly rows?: readonly unknown[]
  /** The operation that the builds name; `null` as upstream's do. */
  readonly operation?: string | null
  readonly state?: 'clean' | 'dirty' | null
}

const PACK = { scope: 's', thresholds: {}, weights: {}, y_map: {}, columns: {}, source_views: [] }
const pack = (version: string) => ({ version, ...PACK })
const plain = { lookback: 1, min_range_bp: 1, min_direction_ratio_bp: 1, min_hh_ll_count: 1 }

/** Seals what `world` says and builds the signals of it. */
function signalsOf(t: Test, world: World = {}): DriftSignals {
  const home = t.testdir()
  const named = new Map<string, string>()
  const seal = (registry: string, payload: Record<string, unknown>, over = {}): void => {
    named.set(registry, putSealed(home, registry, payload, over).runId)
  }
  const operation_id = (world.operation === undefined ? 'OP-QA07' : world.operation) as string
  const line = renderLine(readRecord('.codex/RUNS', 'r', `${home}/nothing`))
  const lines = Array.from({ length: world.records ?? 1 }, () => `${line}\n`).join('') || '\n'
  seal('run_registry', { 'RUN_REGISTRY_v0_1.jsonl': lines }, { operation_id })
  const meta = {
    generated_utc: '2026-03-01T00:00:00Z',
    git_commit: null,
    working_tree_state: null,
    system_drift: { canon_dirty: null, schema_drift: null, threshold_drift: null },
    drift_signals_run: null,
  }
  seal(
    'op_status_table',
    {
      'OPERATION_STATUS_TABLE_v0_1.json': world.rows ?? TABLE,
      'OPERATION_STATUS_TABLE_v0_1.meta.json': meta,
    },
    { operation_id },
  )
  if (world.expected !== undefined)
    seal('expected_versions', {
      'EXPECTED_VERSIONS_v0_1_snapshot.json': { version: '0.1', expected: world.expected },
    })
  if (world.packs !== undefined) {
    const files = Object.fromEntries(world.packs.map((each, at) => [`p${at}.json`, each]))
    seal('threshold_packs_file', files, { extra: { source_registry: 'threshold_packs_file' } })
  }
  const state = world.state === undefined ? 'clean' : world.state
  const { files } = buildArtifacts('drift_signals', contextOf(home, { named, working_tree_state: state }))
  return JSON.parse(files.get('DRIFT_SIGNALS_v0_1.json')!)
}

const expect = (schema_version: string | null, threshold_pack_version: string | null = null) => ({
  schema_version,
  threshold_pack_version,
})

t.test('nothing expected, nothing known', async t => {
  const signals = signalsOf(t)
  t.match(signals, {
    expected_versions_source: 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json#expected_versions',
    canon_tree_hash: null,
    expected: {
      schema_version: {
        expected: null,
        computed: false,
        observed: { run_registry: '0.1', op_status_table: '0.1', run_envelope: '0.1' },
        drift: null,
      },
      threshold_pack: { expected: null, computed: false, observed: null, drift: null },
    },
    system_drift: {
      canon_dirty: false,
      schema_drift: null,
      threshold_drift: null,
      threshold_drift_computed: false,
    },
  })
  t.strictSame(signals.warnings, [
    'expected_versions_missing_or_unreadable',
    'expected_threshold_null',
    'observed_threshold_version_not_found',
    'schema_drift_unknown',
    'threshold_drift_unknown',
    'canon_tree_hash_unknown',
  ])
})

t.test('the schemas against what is expected', async t => {
  const driftOf = (world: World) => signalsOf(t, world).expected.schema_version
  t.match(driftOf({ expected: expect('0.1') }), { computed: true, drift: false })
  t.match(driftOf({ expected: expect('0.2') }), { computed: true, drift: true })
  t.match(driftOf({ expected: expect(null) }), { computed: false, drift: null })
  t.match(
    driftOf({ expected: expect('0.1'), records: 0 }),
    { observed: { run_registry: null }, drift: null },
    'a registry without a line shows no version, and none is assumed',
  )
  t.match(driftOf({ expected: expect('0.1'), rows: [] }), {
    observed: { op_status_table: null },
    drift: null,
  })
  t.match(
    driftOf({ expected: expect('0.1'), operation: null }),
    { observed: { run_envelope: null }, drift: null },
    'nor of an envelope that lacks what the standard asks for',
  )
})

t.test('the threshold packs against what is expected', async t => {
  const driftOf = (world: World) => {
    const { expected, warnings } = signalsOf(t, world)
    return [
      expected.threshold_pack.observed,
      expected.threshold_pack.drift,
      warnings.filter(word => /observed/.test(word)),
    ]
  }
  const expected = expect(null, 'v1')
  t.strictSame(driftOf({ expected, packs: [plain, pack('v1')] }), ['v1', false, []])
  t.strictSame(driftOf({ expected, packs: [pack('v2')] }), ['v2', true, []])
  t.strictSame(driftOf({ expected, packs: [pack('v1'), pack('v1')] }), ['v1', false, []])
  t.strictSame(driftOf({ expected, packs: [plain] }), [null, null, ['observed_threshold_version_not_found']])
  t.strictSame(driftOf({ expected, packs: [pack('v1'), pack('v2')] }), [
    null,
    null,
    ['observed_threshold_version_ambiguous'],
  ])
})

t.test('the tree against its commit', async t => {
  t.equal(signalsOf(t, { state: 'clean' }).system_drift.canon_dirty, false)
  t.equal(signalsOf(t, { state: 'dirty' }).system_drift.canon_dirty, true)
  const unknown = signalsOf(t, { state: null })
  t.equal(unknown.system_drift.canon_dirty, null, 'a state that is not known is not clean')
  t.ok(unknown.warnings.includes('canon_dirty_unknown'))
})
