// The health summary as SYSTEM_HEALTH_REPORT_v0_1.md: the same groups as tables. Names come from outside, and stay in
// their cells whatever they hold.

import type { HealthOptions, HealthRow, HealthSummary } from './health.ts'

type Cell = string | number | null
type Column = readonly [head: string, cell: (row: HealthRow) => Cell]

const ID: Column = ['operation_id', row => row.operation_id]
const OPTION: Column = ['option', row => row.option]
const LAST: Column = ['last_run_id', row => row.last_run_id]
const AGE: Column = ['staleness_days', row => row.staleness_days]

const RUNS: readonly Column[] = [
  ID,
  OPTION,
  LAST,
  ['run_root', row => row.last_run_root],
  AGE,
  ['manifest_state', row => row.manifest_state],
]
const DRIFTING: readonly Column[] = [
  ID,
  OPTION,
  ['op_drift_reasons', row => row.op_drift_reasons.join(', ')],
  LAST,
  AGE,
]
const COVERAGE: readonly Column[] = [ID, OPTION, ['coverage_level', row => row.coverage_level]]

/** Renders the report; the groups that `options` hide are counted all the same. */
export function renderHealthMarkdown(summary: HealthSummary, options: HealthOptions): string {
  const { counts, input_sources: inputs } = summary
  const table = (columns: readonly Column[], rows: readonly HealthRow[], total: number): string[] => [
    ...renderTable(columns, rows),
    ...(total > rows.length ? ['', `- truncated: showing first ${rows.length} of ${total}`] : []),
    '',
  ]
  const counted = (total: number): string[] => [`- count: **${total}**`, '']
  const lines = [
    '# System Health Report v0.1',
    '',
    `- generated_utc: \`${summary.generated_utc}\``,
    `- stale_threshold_days: \`${summary.stale_threshold_days}\``,
    `- status_table: \`${inputs.status_table}\``,
    ...(inputs.registry === null ? [] : [`- registry: \`${inputs.registry}\``]),
    ...(inputs.drift_signals === null ? [] : [`- drift_signals: \`${inputs.drift_signals}\``]),
    '',
    '## System Drift Summary',
    '',
    ...renderDrift(summary.system_drift),
    '',
    '## Counts',
    '',
    ...COUNTS.map(name => `- ${name}: **${counts[name]}**`),
    '',
    '## Observed',
    '',
    ...table(RUNS, summary.observed, counts.observed),
    '## Stale',
    '',
    ...table(RUNS, summary.stale, counts.stale),
    '## Drifting',
    '',
    ...table(DRIFTING, summary.drifting, counts.drifting),
    '## Legacy Only',
    '',
    ...counted(counts.legacy_only),
    ...(options.showLegacy ? table(COVERAGE, summary.legacy_only, counts.legacy_only) : []),
    '## Unobserved',
    '',
    ...counted(counts.unobserved),
    ...(options.showUnobserved ? table(COVERAGE, summary.unobserved, counts.unobserved) : []),
    '## Coverage Below C3',
    '',
    ...counted(counts.coverage_below_c3),
    ...table(COVERAGE, summary.coverage_below_c3, counts.coverage_below_c3),
  ]
  return `${lines.join('\n')}\n`
}

const COUNTS = [
  'total_ops',
  'observed',
  'stale',
  'drifting',
  'legacy_only',
  'unobserved',
  'coverage_below_c3',
] as const

function renderDrift(drift: HealthSummary['system_drift']): string[] {
  if ('drift_signals_missing' in drift) return ['- drift_signals_missing']
  return (['canon_dirty', 'schema_drift', 'threshold_drift'] as const).map(
    name => `- ${name}: \`${JSON.stringify(drift[name])}\``,
  )
}

function renderTable(columns: readonly Column[], rows: readonly HealthRow[]): string[] {
  if (rows.length === 0) return ['- (none)']
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(columns.map(([head]) => head)),
    `|${columns.map(() => '---').join('|')}|`,
    ...rows.map(row => line(columns.map(([, cell]) => escapeCell(cell(row))))),
  ]
}

function escapeCell(cell: Cell): string {
  return cell === null
    ? ''
    : String(cell).replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\s/gu, ' ')
}
