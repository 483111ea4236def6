// OPERATION_STATUS_TABLE_v0_1.json: of each operation in the catalog, when it last ran, under which commit, and whether
// the code has moved since. What the evidence does not settle is `null`: an unknown commit is not an equal one.

import type { Static } from '@sinclair/typebox'
import { compareText } from './code-points.ts'
import type { RunRecord } from './run-record.ts'
import type { StatusMeta as MetaSchema, StatusRow as RowSchema } from './schemas/builds.ts'
import type { Operation } from './schemas/operations.ts'

export const STATUS_META = 'OPERATION_STATUS_TABLE_v0_1.meta.json'
export const STATUS_VERSION = '0.1'

export type StatusRow = Static<typeof RowSchema>
export type StatusMeta = Static<typeof MetaSchema>

/** What a table is made of. */
export interface StatusSources {
  readonly operations: readonly Operation[]
  readonly records: readonly RunRecord[]
  /** The commit that the runs are compared with. */
  readonly commit: string | null
  readonly now: Date
}

/** Returns one row for each operation, in the order of `operations`. */
export function buildStatusTable({ operations, records, commit, now }: StatusSources): StatusRow[] {
  const byOperation = Map.groupBy(
    records.filter(record => record.has_run_json && record.operation_id !== null),
    record => record.operation_id,
  )
  // A run that does not say what it was may have been any of them.
  const untold = records.some(record => !record.has_run_json || record.operation_id === null)
  return operations.map(operation => {
    const runs = byOperation.get(operation.operation_id) ?? []
    const last = runs.reduce<RunRecord | undefined>(
      (latest, run) => (latest !== undefined && compareRuns(latest, run) >= 0 ? latest : run),
      undefined,
    )
    return rowOf(operation, runs, last, untold, commit, now)
  })
}

function compareRuns(a: RunRecord, b: RunRecord): number {
  return compareText(a.created_utc ?? '', b.created_utc ?? '') || compareText(a.run_key, b.run_key)
}

function rowOf(
  { option, operation_id, operation_name, coverage_level }: Operation,
  runs: readonly RunRecord[],
  last: RunRecord | undefined,
  untold: boolean,
  commit: string | null,
  now: Date,
): StatusRow {
  const evidence = last !== undefined ? 'OBSERVED' : untold ? 'LEGACY_ONLY' : 'UNOBSERVED'
  const { drift, reasons } = driftOf(last, commit)
  const warnings: string[] = []
  if (evidence === 'UNOBSERVED') warnings.push('no attributable runs observed')
  if (evidence === 'LEGACY_ONLY') warnings.push('runs exist but are legacy/untyped')
  if (last?.has_manifest_sha256 === false) warnings.push('missing manifest on latest run')
  if (new Set(runs.map(run => run.run_root)).size > 1)
    warnings.push('multiple run roots observed; using latest by created_utc')
  if (coverage_level === null) warnings.push('coverage level is unknown')
  else if (isBelowC3(coverage_level)) warnings.push(`coverage level < C3 (actual: ${coverage_level})`)
  warnings.push(...reasons)
  if (last !== undefined && drift === null) warnings.push('op_drift_unknown')
  return {
    status_version: STATUS_VERSION,
    option,
    operation_id,
    operation_name,
    coverage_level,
    last_run_id: last?.run_id ?? null,
    last_run_created_utc: last?.created_utc ?? null,
    run_evidence_state: evidence,
    manifest_state: last === undefined ? 'UNKNOWN' : last.has_manifest_sha256 ? 'PRESENT' : 'MISSING',
    run_json_state: last === undefined ? 'UNKNOWN' : 'PRESENT',
    staleness_days: last === undefined ? null : daysSince(last.created_utc, now),
    op_drift: drift,
    op_drift_reasons: reasons,
    warnings,
  }
}

/** Tells whether a stated level is lower than C3; one that is not known is not. */
export function isBelowC3(level: string | null): boolean {
  return level !== null && ['C0', 'C1', 'C2'].includes(level)
}

/** The first reason that holds. `false` needs both commits, equal, and a tree that is known to have been clean. */
function driftOf(
  last: RunRecord | undefined,
  commit: string | null,
): { drift: boolean | null; reasons: string[] } {
  if (last === undefined) return { drift: null, reasons: [] }
  const known = last.git_commit !== null && commit !== null
  if (known && last.git_commit !== commit) return { drift: true, reasons: ['op_drift_commit_mismatch'] }
  if (last.working_tree_state === 'dirty') return { drift: true, reasons: ['op_drift_last_run_dirty'] }
  return { drift: known && last.working_tree_state === 'clean' ? false : null, reasons: [] }
}

const ZONED =
  /^(\d{4})-(\d\d)-(\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,]\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const DAY_MS = 86_400_000

/** Whole days from `time` to `now`, negative for a time to come; `null` for a time without a zone, or none at all. */
export function daysSince(time: string | null, now: Date): number | null {
  // `Date.parse` alone takes a time without a zone, and the 31st of February.
  const match = time === null ? null : ZONED.exec(time)
  if (match === null) return null
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number]
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day || month === 0 || month > 12) return null
  const then = Date.parse(match[0].replace(' ', 'T').replace(',', '.'))
  return Number.isNaN(then) ? null : Math.floor((now.getTime() - then) / DAY_MS)
}
