// The table for a terminal: every word of drift has three forms, and a hostile name cannot write to the screen.

import t from 'tap'
import { renderHealthText } from '../../src/cli/health-text.ts'
import { buildHealthSummary, HEALTH_DEFAULTS, type HealthOptions } from '../../src/layer/health.ts'
import type { StatusRow } from '../../src/layer/op-status.ts'
import { TABLE } from '../fixtures/layer-world.ts'

const same = { registry: false, changelog: false }
const seen = (over: Partial<StatusRow>): StatusRow => ({
  ...(TABLE[0] as StatusRow),
  run_evidence_state: 'OBSERVED',
  last_run_id: 'r',
  last_run_created_utc: '2026-01-01T00:00:00Z',
  ...over,
})

function textOf(
  rows: readonly StatusRow[],
  over: Partial<HealthOptions> = {},
  working = same as { registry: boolean | null; changelog: boolean | null },
): string {
  const options = { ...HEALTH_DEFAULTS, ...over }
  const summary = buildHealthSummary({
    rows,
    records: [],
    drift: null,
    sources: { status_table: 't', registry: null, drift_signals: null },
    options,
    generatedUtc: '2026-03-01T00:00:00Z',
  })
  return renderHealthText({ summary, records: [], inputs: {} }, options, working)
}

t.test('an operation drifts, does not, or that is not known', async t => {
  for (const [drift, word] of [
    [true, 'yes'],
    [false, 'no'],
    [null, 'unknown'],
  ] as const)
    t.match(textOf([seen({ op_drift: drift })]), new RegExp(` ${word} +C4$`, 'm'))
  t.match(textOf([seen({ coverage_level: null })]), / unknown$/m, 'so is a level')
})

t.test('so does the working copy', async t => {
  t.match(textOf([], {}, { registry: true, changelog: null }), 'registry DRIFTS · changelog unknown')
  t.match(textOf([]), 'registry as expected · changelog as expected')
  t.match(textOf([]), 'system        unknown: no drift signals are pinned')
})

t.test('nothing observed is said, and what is not shown is counted', async t => {
  const legacy = seen({ run_evidence_state: 'LEGACY_ONLY', last_run_id: null })
  t.match(textOf([legacy]), 'no operation was observed\n\n1 legacy only: --show-legacy')
  t.notMatch(textOf([legacy], { showLegacy: true }), '--show-legacy')
  t.match(
    textOf([seen({}), seen({ operation_id: 'OP-A02' })], { maxList: 1 }),
    'showing 1 of 2 observed: --max-list',
  )
})

t.test('a name cannot write to the screen', async t => {
  const text = textOf([seen({ operation_name: 'a\u001b[2Jb', last_run_created_utc: '\u202ex' })])
  t.notOk(text.includes('\u001b') || text.includes('\u202e'))
  t.match(text, '"a\\u001b[2Jb"')
})
