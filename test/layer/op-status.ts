// The status of operations: the golden table but for what it did not know, then rule by rule.

import t from 'tap'
import { buildArtifacts } from '../../src/layer/build.ts'
import { buildStatusTable, daysSince, isBelowC3 } from '../../src/layer/op-status.ts'
import { renderDocument } from '../../src/layer/python-json.ts'
import type { RunRecord } from '../../src/layer/run-record.ts'
import type { Operation } from '../../src/layer/schemas/operations.ts'
import { CHAIN_OPERATIONS, contextOf, miniChain, putFile } from '../fixtures/layer-world.ts'

t.test('the golden chain', async t => {
  const chain = miniChain(t)
  if (chain === undefined) return
  for (const step of ['01', '02', '03']) chain.place(step)
  putFile(chain.home, 'registry/OPERATION_CATALOG_v0_1.json', JSON.stringify(CHAIN_OPERATIONS))
  const named = new Map([
    ['run_registry', '2026-03-01__100000__run_registry_build'],
    ['drift_signals', '2026-03-01__100200__drift_signals_build'],
  ])
  const over = {
    named,
    now: chain.clock('04'),
    git_commit: chain.commit,
    working_tree_state: 'clean',
  } as const
  const { files } = buildArtifacts('op_status_table', contextOf(chain.home, over))
  const golden = JSON.parse(String(chain.golden('04', 'OPERATION_STATUS_TABLE_v0_1.json')))
  // Where upstream takes an unknown for a known, and what ours says instead.
  const corrected = new Map<string, object>([
    [
      'OP-A02',
      { coverage_level: null, warnings: ['runs exist but are legacy/untyped', 'coverage level is unknown'] },
    ],
    [
      'OP-X09',
      { coverage_level: null, warnings: ['runs exist but are legacy/untyped', 'coverage level is unknown'] },
    ],
    ['OP-B02', { op_drift: null, warnings: [...golden[3].warnings, 'op_drift_unknown'] }],
  ])
  const expected = golden.map((row: { operation_id: string }) => ({
    ...row,
    ...corrected.get(row.operation_id),
  }))
  t.equal(files.get('OPERATION_STATUS_TABLE_v0_1.json'), renderDocument(expected), 'byte for byte')
  t.equal(
    files.get('OPERATION_STATUS_TABLE_v0_1.meta.json'),
    String(chain.golden('04', 'OPERATION_STATUS_TABLE_v0_1.meta.json')),
    'and what it was made of',
  )
})

const operation: Operation = {
  operation_id: 'OP-A01',
  option: 'A',
  operation_name: 'An operation',
  coverage_level: 'C4',
  enforced_by: [],
}
const record = (over: Partial<RunRecord> = {}): RunRecord => ({
  registry_version: '0.1',
  run_id: 'r',
  run_root: '.codex/RUNS',
  run_key: '.codex/RUNS::r',
  run_path: '.codex/RUNS/r/',
  created_utc: '2026-02-27T10:00:00Z',
  run_type: 'op_run',
  option: 'A',
  operation_id: 'OP-A01',
  git_commit: 'aa',
  working_tree_state: 'clean',
  has_run_json: true,
  has_manifest_sha256: true,
  has_manifest_json: true,
  manifest_root_sha256: null,
  files: [],
  warnings: [],
  ...over,
})
const now = new Date('2026-03-01T10:00:00Z')
const rowOf = (records: readonly RunRecord[], commit: string | null = 'aa', over: Partial<Operation> = {}) =>
  buildStatusTable({ operations: [{ ...operation, ...over }], records, commit, now })[0]!

t.test('a row', async t => {
  t.strictSame(rowOf([record()]), {
    status_version: '0.1',
    option: 'A',
    operation_id: 'OP-A01',
    operation_name: 'An operation',
    coverage_level: 'C4',
    last_run_id: 'r',
    last_run_created_utc: '2026-02-27T10:00:00Z',
    run_evidence_state: 'OBSERVED',
    manifest_state: 'PRESENT',
    run_json_state: 'PRESENT',
    staleness_days: 2,
    op_drift: false,
    op_drift_reasons: [],
    warnings: [],
  })
})

t.test('drift has three values', async t => {
  const driftOf = (over: Partial<RunRecord>, commit: string | null = 'aa') => {
    const { op_drift, op_drift_reasons } = rowOf([record(over)], commit)
    return [op_drift, ...op_drift_reasons]
  }
  t.strictSame(driftOf({}), [false])
  t.strictSame(driftOf({ git_commit: 'bb' }), [true, 'op_drift_commit_mismatch'])
  t.strictSame(driftOf({ working_tree_state: 'dirty' }), [true, 'op_drift_last_run_dirty'])
  t.strictSame(driftOf({ git_commit: 'bb', working_tree_state: 'dirty' }), [true, 'op_drift_commit_mismatch'])
  t.strictSame(driftOf({ git_commit: null, working_tree_state: 'dirty' }), [true, 'op_drift_last_run_dirty'])
  t.strictSame(driftOf({ git_commit: null }), [null], 'a commit that is not known is no equal one')
  t.strictSame(driftOf({}, null), [null], 'nor is one of ours')
  t.strictSame(driftOf({ working_tree_state: null }), [null], 'and a state that is not known is not clean')
  t.ok(rowOf([record({ git_commit: null })]).warnings.includes('op_drift_unknown'))
  t.match(rowOf([]), { op_drift: null, op_drift_reasons: [], warnings: ['no attributable runs observed'] })
})

t.test('evidence', async t => {
  t.match(rowOf([]), {
    run_evidence_state: 'UNOBSERVED',
    manifest_state: 'UNKNOWN',
    run_json_state: 'UNKNOWN',
  })
  const other = record({ operation_id: 'OP-B01' })
  t.equal(rowOf([other]).run_evidence_state, 'UNOBSERVED', 'runs that all say what they were')
  for (const untold of [
    record({ operation_id: null }),
    record({ has_run_json: false, operation_id: null }),
  ]) {
    const { run_evidence_state, warnings } = rowOf([other, untold])
    t.strictSame([run_evidence_state, warnings], ['LEGACY_ONLY', ['runs exist but are legacy/untyped']])
  }
  t.equal(
    rowOf([record({ has_run_json: false })]).run_evidence_state,
    'LEGACY_ONLY',
    'without run.json, no claim',
  )
  t.match(rowOf([record({ has_manifest_sha256: false })]), {
    manifest_state: 'MISSING',
    warnings: ['missing manifest on latest run'],
  })
})

t.test('the latest run is the one of the latest time, then of the last key', async t => {
  const runs = [
    record({ run_id: 'none', created_utc: null, run_key: 'z' }),
    record({ run_id: 'old', created_utc: '2026-01-01T00:00:00Z', run_key: 'y' }),
    record({ run_id: 'one', run_root: 'reports/runs', run_key: 'reports/runs::r' }),
    record({ run_id: 'two' }),
  ]
  for (const order of [runs, runs.toReversed()]) {
    const { last_run_id, warnings } = rowOf(order)
    t.strictSame(
      [last_run_id, warnings],
      ['one', ['multiple run roots observed; using latest by created_utc']],
    )
  }
})

t.test('coverage', async t => {
  t.strictSame(rowOf([record()], 'aa', { coverage_level: 'C2' }).warnings, [
    'coverage level < C3 (actual: C2)',
  ])
  t.strictSame(rowOf([record()], 'aa', { coverage_level: null }).warnings, ['coverage level is unknown'])
  t.strictSame(['C0', 'C2', 'C3', 'C5', null].map(isBelowC3), [true, true, false, false, false])
})

t.test('staleness', async t => {
  const days = (time: string | null) => daysSince(time, now)
  t.equal(days('2026-03-01T10:00:00Z'), 0)
  t.equal(days('2026-02-28T10:00:01Z'), 0)
  t.equal(days('2026-02-28T10:00:00Z'), 1)
  t.equal(days('2026-03-01T10:00:01Z'), -1, 'a run of the future')
  t.equal(days('2026-02-28T12:00:00+02:00'), 1)
  t.equal(days('2026-02-28 10:00:00.500Z'), 0)
  for (const odd of [
    null,
    '',
    'yesterday',
    '2026-02-28',
    '2026-02-28T10:00:00',
    '2026-02-30T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-00-01T10:00:00Z',
    '2026-02-28T24:00:00Z',
    'Sat, 28 Feb 2026 10:00:00 GMT',
  ])
    t.equal(days(odd), null, String(odd))
})
