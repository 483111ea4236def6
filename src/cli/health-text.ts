// The health of the system for a terminal: what drifts in a line each, then one table with a row for each operation,
// when it last ran, under which commit, and whether it drifts.

import { plain } from '../core/diagnostic.ts'
import type { Health } from '../layer/build.ts'
import type { HealthOptions, HealthRow } from '../layer/health.ts'
import type { WorkingDrift } from './working-drift.ts'

const COMMIT_LENGTH = 8

/** Renders the health as lines, without the last line end. */
export function renderHealthText(health: Health, options: HealthOptions, working: WorkingDrift): string {
  const { summary } = health
  const { counts, system_drift: drift } = summary
  const system =
    'drift_signals_missing' in drift
      ? 'unknown: no drift signals are pinned'
      : `tree ${word(drift.canon_dirty, 'dirty', 'clean')} · schemas ${drifts(drift.schema_drift)} · thresholds ${drifts(drift.threshold_drift)}`
  const shown = [...summary.observed, ...summary.legacy_only, ...summary.unobserved]
  const lines = [
    `status table  ${plain(summary.input_sources.status_table)}`,
    `system        ${system}`,
    `working copy  registry ${drifts(working.registry)} · changelog ${drifts(working.changelog)}`,
    `operations    ${counts.total_ops}: ${counts.observed} observed, ${counts.legacy_only} legacy only, ${counts.unobserved} unobserved`,
    `of those      ${counts.drifting} drifting, ${counts.stale} stale (${summary.stale_threshold_days} days), ${counts.coverage_below_c3} below C3`,
    '',
    ...renderRows(shown.map(row => cellsOf(row, health))),
    ...renderHints(health, options),
  ]
  return lines.join('\n')
}

const HEAD = ['OPERATION', 'NAME', 'LAST RUN', 'AGE', 'COMMIT', 'TREE', 'DRIFTS', 'COVERAGE']

function cellsOf(row: HealthRow, { records }: Health): string[] {
  const run = records.find(
    each =>
      each.run_id === row.last_run_id && each.run_root === row.last_run_root && row.last_run_id !== null,
  )
  return [
    plain(row.operation_id),
    plain(row.operation_name),
    plain(row.last_run_created_utc ?? row.last_run_id ?? '–'),
    row.staleness_days === null ? '–' : `${row.staleness_days} d`,
    plain(run?.git_commit?.slice(0, COMMIT_LENGTH) ?? '–'),
    run?.working_tree_state ?? '–',
    row.last_run_id === null ? '–' : word(row.op_drift, 'yes', 'no'),
    row.coverage_level ?? 'unknown',
  ]
}

function renderRows(rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['no operation was observed']
  const all = [HEAD, ...rows]
  const widths = HEAD.map((_, at) => Math.max(...all.map(cells => cells[at]!.length)))
  return all.map(cells =>
    cells
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  )
}

function renderHints({ summary }: Health, options: HealthOptions): string[] {
  const { counts, truncated } = summary
  const groups = [
    ['observed', 'observed', true, ''],
    ['legacy_only', 'legacy only', options.showLegacy, '--show-legacy'],
    ['unobserved', 'unobserved', options.showUnobserved, '--show-unobserved'],
  ] as const
  const hints = groups.flatMap(([group, name, shown, option]) => {
    if (!shown) return counts[group] === 0 ? [] : [`${counts[group]} ${name}: ${option}`]
    return truncated[group]
      ? [`showing ${summary[group].length} of ${counts[group]} ${name}: --max-list`]
      : []
  })
  return hints.length === 0 ? [] : ['', ...hints]
}

/** One of three words. */
function word(value: boolean | null, yes: string, no: string): string {
  return value === null ? 'unknown' : value ? yes : no
}

function drifts(value: boolean | null): string {
  return value === null ? 'unknown' : value ? 'DRIFTS' : 'as expected'
}
