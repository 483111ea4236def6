// What the builders of the layer make, as schemas: the run registry, the status of operations, drift, the delta log and
// the summary of health. Drift is true, false or `null`; where upstream turned an unknown into `false`, `null` is allowed.

import { Type } from '@sinclair/typebox'
import {
  closed,
  commit,
  count,
  digest,
  flag,
  nullable,
  OPTIONS,
  oneOf,
  operationId,
  registryId,
  runId,
  text,
  texts,
  time,
  treeState,
} from './words.ts'

/** One line of RUN_REGISTRY: one folder below a run root, sealed or not. What its run.json says is copied, not judged. */
export const RunRegistryLine = closed(
  {
    registry_version: Type.Literal('0.1'),
    run_id: Type.String({ minLength: 1, description: 'The name of the folder, whatever it is.' }),
    run_root: text,
    run_key: text,
    run_path: text,
    created_utc: nullable(text),
    run_type: nullable(text),
    option: nullable(text),
    operation_id: nullable(text),
    git_commit: nullable(text),
    working_tree_state: treeState,
    has_run_json: flag,
    has_manifest_sha256: flag,
    has_manifest_json: flag,
    manifest_root_sha256: nullable(text),
    files: Type.Array(
      closed({
        relpath: text,
        bytes: Type.Integer({ minimum: -1, description: '-1: the size cannot be read.' }),
      }),
    ),
    warnings: texts,
  },
  { title: 'Run registry, one line' },
)

const presence = oneOf(['PRESENT', 'MISSING', 'UNKNOWN'])

const statusMembers = {
  status_version: Type.Literal('0.1'),
  option: oneOf(OPTIONS),
  operation_id: operationId,
  operation_name: text,
  coverage_level: nullable(oneOf(['C0', 'C1', 'C2', 'C3', 'C4', 'C5'])),
  last_run_id: nullable(text),
  last_run_created_utc: nullable(text),
  run_evidence_state: oneOf(['OBSERVED', 'UNOBSERVED', 'LEGACY_ONLY']),
  manifest_state: presence,
  run_json_state: presence,
  staleness_days: nullable(Type.Integer({ description: 'Negative for a run of the future.' })),
  op_drift: nullable(flag),
  op_drift_reasons: texts,
  warnings: texts,
}

/** One operation and its last run. */
export const StatusRow = closed(statusMembers)

/** The whole status table. */
export const StatusTable = Type.Array(StatusRow, { title: 'Operation status table' })

const drift = {
  canon_dirty: nullable(flag),
  schema_drift: nullable(flag),
  threshold_drift: nullable(flag),
}

/** What a status table was made of. */
export const StatusMeta = closed(
  {
    generated_utc: time,
    git_commit: nullable(commit),
    working_tree_state: treeState,
    system_drift: closed(drift),
    drift_signals_run: nullable(text),
  },
  { title: 'Operation status table, its making' },
)

/** Drift of the whole system; each part is true, false, or `null` for unknown. */
const SystemDrift = closed({ ...drift, threshold_drift_computed: flag })

const expectation = <Observed extends Parameters<typeof closed>[0][string]>(observed: Observed) =>
  closed({ expected: nullable(text), computed: flag, observed, drift: nullable(flag), source_path: text })

/** The drift signals. */
export const DriftSignals = closed(
  {
    drift_version: Type.Literal('0.1'),
    expected_versions_source: text,
    generated_utc: time,
    git_commit: nullable(commit),
    working_tree_state: treeState,
    canon_tree_hash: nullable(digest),
    expected: closed({
      schema_version: expectation(
        closed({
          run_registry: Type.Optional(nullable(text)),
          op_status_table: Type.Optional(nullable(text)),
          run_envelope: Type.Optional(nullable(text)),
        }),
      ),
      threshold_pack: expectation(nullable(text)),
    }),
    system_drift: SystemDrift,
    op_drift_policy: closed({ op_drift_requires_evidence: flag, rules: texts }),
    warnings: texts,
  },
  { title: 'Drift signals' },
)

/** A sealed set, named so that no other can be taken for it. */
const SealedRef = closed({
  run_id: runId,
  run_root: text,
  relpath: nullable(text),
  manifest_sha256: digest,
})

/** One line of the delta log: how one sealed set of a registry differs from the one before it. */
export const DeltaLine = closed(
  {
    delta_version: Type.Literal('0.1'),
    registry_id: registryId,
    from_ref: nullable(SealedRef),
    to_ref: SealedRef,
    delta_basis: oneOf(['manifest_diff', 'unknown']),
    added_paths: texts,
    removed_paths: texts,
    modified_paths: texts,
    counts: closed({ added: count, removed: count, modified: count }),
    created_utc: time,
    derivation_run_id: runId,
  },
  { title: 'Registry delta log, one line' },
)

const healthRows = Type.Array(closed({ ...statusMembers, last_run_root: nullable(text) }))
const groups = ['observed', 'stale', 'drifting', 'legacy_only', 'unobserved', 'coverage_below_c3'] as const
const each = <Value extends Parameters<typeof closed>[0][string]>(value: Value) =>
  Object.fromEntries(groups.map(group => [group, value])) as Record<(typeof groups)[number], Value>

/** The summary of system health: the status table in groups. */
export const HealthSummary = closed(
  {
    generated_utc: time,
    stale_threshold_days: Type.Integer(),
    max_list: Type.Integer(),
    counts: closed({ total_ops: count, ...each(count) }),
    ...each(healthRows),
    drifting_ops: healthRows,
    truncated: closed(each(flag)),
    system_drift: Type.Union([SystemDrift, closed({ drift_signals_missing: Type.Literal(true) })]),
    input_sources: closed({ status_table: text, registry: nullable(text), drift_signals: nullable(text) }),
  },
  { title: 'System health summary' },
)
