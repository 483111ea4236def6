// The report as Markdown. Its golden bytes are in health.ts; here is what a hostile name would do to a table.

import t from 'tap'
import { buildHealthSummary, HEALTH_DEFAULTS } from '../../src/layer/health.ts'
import { renderHealthMarkdown } from '../../src/layer/health-markdown.ts'
import type { StatusRow } from '../../src/layer/op-status.ts'
import { TABLE } from '../fixtures/layer-world.ts'

const reportOf = (rows: readonly StatusRow[], options = HEALTH_DEFAULTS): string =>
  renderHealthMarkdown(
    buildHealthSummary({
      rows,
      records: [],
      drift: null,
      sources: { status_table: 't', registry: null, drift_signals: null },
      options,
      generatedUtc: '2026-03-01T00:00:00Z',
    }),
    options,
  )

t.test('of nothing', async t => {
  const report = reportOf([])
  t.match(report, '## System Drift Summary\n\n- drift_signals_missing\n')
  t.match(report, '## Observed\n\n- (none)\n\n## Stale\n\n- (none)\n')
  t.ok(report.endsWith('- count: **0**\n\n- (none)\n\n'), 'ends with two line ends')
  t.notMatch(report, '- registry:')
})

t.test('names stay in their cells', async t => {
  const row = {
    ...(TABLE[0] as StatusRow),
    run_evidence_state: 'OBSERVED',
    last_run_id: 'a|b\n# c\\',
  } as const
  t.match(reportOf([row]), '| OP-A01 | A | a\\|b # c\\\\ |  |  | UNKNOWN |\n')
})
