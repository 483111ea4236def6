// The health of the system: the golden summaries and reports, byte for byte, then the groups.

import t from 'tap'
import { buildArtifacts, summarize } from '../../src/layer/build.ts'
import { buildHealthSummary, HEALTH_DEFAULTS, type HealthOptions } from '../../src/layer/health.ts'
import type { StatusRow } from '../../src/layer/op-status.ts'
import { contextOf, miniChain, TABLE } from '../fixtures/layer-world.ts'

t.test('the golden chain', async t => {
  const chain = miniChain(t)
  if (chain === undefined) return
  for (const step of ['01', '02', '03', '04']) chain.place(step)
  const named = new Map([
    ['op_status_table', '2026-03-01__100300__op_status_table_build'],
    ['run_registry', '2026-03-01__100000__run_registry_build'],
    ['drift_signals', '2026-03-01__100200__drift_signals_build'],
  ])
  const agree = (step: string, health: HealthOptions): void => {
    const { files } = buildArtifacts(
      'system_health_report',
      contextOf(chain.home, { named, now: chain.clock(step), health }),
    )
    for (const name of ['SYSTEM_HEALTH_SUMMARY_v0_1.json', 'SYSTEM_HEALTH_REPORT_v0_1.md'])
      t.equal(files.get(name), String(chain.golden(step, name)), `step ${step}: ${name}`)
  }
  agree('05', HEALTH_DEFAULTS)
  agree('06', { staleDays: 3, maxList: 1, showLegacy: true, showUnobserved: true })
  t.test('without drift signals and registry says that they are missing', async t => {
    const only = new Map([['op_status_table', named.get('op_status_table')!]])
    const { summary } = summarize(contextOf(chain.home, { named: only }))
    t.strictSame(summary.system_drift, { drift_signals_missing: true })
    t.match(summary.input_sources, { registry: null, drift_signals: null })
    t.match(summary.observed, [{ last_run_root: null }])
  })
})

const row = (over: Partial<StatusRow>): StatusRow => ({ ...(TABLE[0] as StatusRow), ...over })
const seen = (id: string, over: Partial<StatusRow> = {}): StatusRow =>
  row({
    operation_id: id,
    run_evidence_state: 'OBSERVED',
    last_run_id: id,
    staleness_days: 0,
    op_drift: false,
    ...over,
  })

const summaryOf = (rows: readonly StatusRow[], options: Partial<HealthOptions> = {}) =>
  buildHealthSummary({
    rows,
    records: [],
    drift: null,
    sources: { status_table: 't', registry: null, drift_signals: null },
    options: { ...HEALTH_DEFAULTS, ...options },
    generatedUtc: '2026-03-01T00:00:00Z',
  })
const idsOf = (rows: readonly StatusRow[]): string => rows.map(({ operation_id }) => operation_id).join(' ')

t.test('the groups are sorted', async t => {
  const rows = [
    seen('OP-B1', { option: 'B', staleness_days: 9 }),
    seen('OP-A3', { staleness_days: null }),
    seen('OP-A2', { staleness_days: 1 }),
    seen('OP-A1', { staleness_days: 1 }),
    seen('OP-A4', { staleness_days: 5 }),
    seen('OP-Q', { option: 'QA', staleness_days: 2 }),
  ]
  const { observed, stale } = summaryOf(rows)
  t.equal(idsOf(observed), 'OP-A4 OP-A1 OP-A2 OP-A3 OP-B1 OP-Q', 'by option, age and id; of unknown age last')
  t.equal(idsOf(stale), 'OP-B1 OP-A4 OP-Q', 'two days are stale; an unknown age is not')
})

t.test('what is not known to drift is not counted as drifting', async t => {
  const rows = [seen('OP-A1', { op_drift: true }), seen('OP-A2', { op_drift: null }), seen('OP-A3')]
  const { counts, drifting, drifting_ops } = summaryOf(rows)
  t.strictSame([counts.drifting, idsOf(drifting), idsOf(drifting_ops)], [1, 'OP-A1', 'OP-A1'])
})

t.test('what is hidden is counted, what is cut is said', async t => {
  const rows = ['1', '2', '3'].flatMap(id => [
    row({ operation_id: `OP-L${id}`, run_evidence_state: 'LEGACY_ONLY', coverage_level: 'C0' }),
    row({ operation_id: `OP-U${id}`, coverage_level: null }),
  ])
  t.match(summaryOf(rows), {
    counts: { total_ops: 6, legacy_only: 3, unobserved: 3, coverage_below_c3: 3, observed: 0 },
    legacy_only: { length: 0 },
    unobserved: { length: 0 },
    truncated: { legacy_only: false },
  })
  const shown = summaryOf(rows, { maxList: 2, showLegacy: true, showUnobserved: true })
  t.strictSame([idsOf(shown.legacy_only), idsOf(shown.unobserved)], ['OP-L1 OP-L2', 'OP-U1 OP-U2'])
  t.match(shown.truncated, { legacy_only: true, unobserved: true, coverage_below_c3: true, observed: false })
})
