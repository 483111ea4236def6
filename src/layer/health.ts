// The health of the system as a value: the rows of a sealed status table in groups, counted, sorted and cut. Nothing is
// decided here that the table does not say.

import type { Static } from '@sinclair/typebox'
import { compareText } from './code-points.ts'
import type { DriftSignals } from './drift-signals.ts'
import { isBelowC3, type StatusRow } from './op-status.ts'
import type { RunRecord } from './run-record.ts'
import type { HealthSummary as Schema } from './schemas/builds.ts'
import { OPTIONS } from './schemas/words.ts'

export const HEALTH_REPORT = 'SYSTEM_HEALTH_REPORT_v0_1.md'
export const HEALTH_SUMMARY = 'SYSTEM_HEALTH_SUMMARY_v0_1.json'

export type HealthSummary = Static<typeof Schema>
export type HealthRow = HealthSummary['observed'][number]

/** What is shown, and from when on a run is stale. */
export interface HealthOptions {
  readonly staleDays: number
  readonly maxList: number
  readonly showLegacy: boolean
  readonly showUnobserved: boolean
}

export const HEALTH_DEFAULTS: HealthOptions = {
  staleDays: 2,
  maxList: 20,
  showLegacy: false,
  showUnobserved: false,
}

/** What the summary is made of; what is not pinned is `null`. */
export interface HealthSources {
  readonly rows: readonly StatusRow[]
  readonly records: readonly RunRecord[]
  readonly drift: DriftSignals | null
  readonly sources: HealthSummary['input_sources']
  readonly options: HealthOptions
  readonly generatedUtc: string
}

/** Builds the summary. */
export function buildHealthSummary(sources: HealthSources): HealthSummary {
  const { options, drift } = sources
  const groups = groupRows(withRoots(sources.rows, sources.records), options)
  const cut = (rows: readonly HealthRow[]): HealthRow[] => rows.slice(0, options.maxList)
  const drifting = cut(groups.drifting)
  const each = <Value>(of: (rows: readonly HealthRow[]) => Value) => ({
    observed: of(groups.observed),
    stale: of(groups.stale),
    drifting: of(groups.drifting),
    legacy_only: of(groups.legacy_only),
    unobserved: of(groups.unobserved),
    coverage_below_c3: of(groups.coverage_below_c3),
  })
  return {
    generated_utc: sources.generatedUtc,
    stale_threshold_days: options.staleDays,
    max_list: options.maxList,
    counts: { total_ops: sources.rows.length, ...each(rows => rows.length) },
    observed: cut(groups.observed),
    stale: cut(groups.stale),
    legacy_only: options.showLegacy ? cut(groups.legacy_only) : [],
    unobserved: options.showUnobserved ? cut(groups.unobserved) : [],
    coverage_below_c3: cut(groups.coverage_below_c3),
    drifting,
    drifting_ops: drifting,
    truncated: each(rows => rows.length > options.maxList),
    system_drift: drift === null ? { drift_signals_missing: true } : drift.system_drift,
    input_sources: sources.sources,
  }
}

/** Adds to each row the root that its last run lies under; `null` where the run registry does not know that run. */
function withRoots(rows: readonly StatusRow[], records: readonly RunRecord[]): HealthRow[] {
  const roots = new Map<string, RunRecord>()
  for (const record of records) {
    const key = JSON.stringify([record.operation_id, record.run_id])
    const known = roots.get(key)
    if (known === undefined || isLater(record, known)) roots.set(key, record)
  }
  return rows.map(row => ({
    ...row,
    last_run_root: roots.get(JSON.stringify([row.operation_id, row.last_run_id]))?.run_root ?? null,
  }))
}

function isLater(a: RunRecord, b: RunRecord): boolean {
  return (compareText(a.created_utc ?? '', b.created_utc ?? '') || compareText(a.run_key, b.run_key)) > 0
}

type Group = 'observed' | 'stale' | 'drifting' | 'legacy_only' | 'unobserved' | 'coverage_below_c3'

function groupRows(rows: readonly HealthRow[], { staleDays }: HealthOptions): Record<Group, HealthRow[]> {
  const evidence = (state: StatusRow['run_evidence_state']): HealthRow[] =>
    rows.filter(row => row.run_evidence_state === state)
  const observed = evidence('OBSERVED')
  const stale = observed.filter(row => row.staleness_days !== null && row.staleness_days >= staleDays)
  const byOption = (a: HealthRow, b: HealthRow): number => rank(a) - rank(b)
  const byAge = (a: HealthRow, b: HealthRow): number =>
    Number(a.staleness_days === null) - Number(b.staleness_days === null) ||
    (b.staleness_days ?? 0) - (a.staleness_days ?? 0)
  const byId = (a: HealthRow, b: HealthRow): number => compareText(a.operation_id, b.operation_id)
  return {
    observed: observed.sort((a, b) => byOption(a, b) || byAge(a, b) || byId(a, b)),
    stale: stale.sort((a, b) => byAge(a, b) || byId(a, b)),
    // Only what is known to drift; `null` is not counted as either.
    drifting: rows.filter(row => row.op_drift === true).sort((a, b) => byOption(a, b) || byId(a, b)),
    legacy_only: evidence('LEGACY_ONLY').sort(byId),
    unobserved: evidence('UNOBSERVED').sort(byId),
    coverage_below_c3: rows.filter(row => isBelowC3(row.coverage_level)).sort(byId),
  }
}

function rank({ option }: HealthRow): number {
  return OPTIONS.indexOf(option)
}
