// The registries of the layer, each with the file that holds it; of those that are built, what a build is called.

/** The file that holds each registry; `null` for a set of files of which none is the first. */
export const REGISTRIES = {
  run_registry: 'RUN_REGISTRY_v0_1.jsonl',
  op_status_table: 'OPERATION_STATUS_TABLE_v0_1.json',
  drift_signals: 'DRIFT_SIGNALS_v0_1.json',
  system_health_report: 'SYSTEM_HEALTH_SUMMARY_v0_1.json',
  registry_delta_log: 'REGISTRY_DELTA_LOG_v0_1.jsonl',
  migration_ledger: 'applied_migrations_snapshot.json',
  expected_versions: 'EXPECTED_VERSIONS_v0_1_snapshot.json',
  derived_validation_reports: 'derived_validation_report.json',
  fingerprint_index: 'fingerprint_index_snapshot.csv',
  telemetry_registry: 'telemetry-registry.v2_snapshot.json',
  threshold_packs_file: null,
  validation_range_results: null,
  evidence_pack_registry: null,
} as const

export type Registry = keyof typeof REGISTRIES

/** Tells whether `text` names a registry of the layer. */
export function isRegistry(text: unknown): text is Registry {
  return typeof text === 'string' && Object.hasOwn(REGISTRIES, text)
}

/** The registries that are built, in the order in which each finds what it needs. */
export const BUILT = [
  'run_registry',
  'op_status_table',
  'drift_signals',
  'system_health_report',
  'registry_delta_log',
] as const

export type BuiltRegistry = (typeof BUILT)[number]

/** How a build is named in its run: the type of the run, which is the last part of its id too, and the operation. */
export const BUILDS: Readonly<
  Record<BuiltRegistry, { readonly runType: string; readonly operationId: string }>
> = {
  run_registry: { runType: 'run_registry_build', operationId: 'OP-QA07' },
  op_status_table: { runType: 'op_status_table_build', operationId: 'OP-QA08' },
  drift_signals: { runType: 'drift_signals_build', operationId: 'OP-QA09' },
  system_health_report: { runType: 'system_health_render', operationId: 'OP-QA10' },
  registry_delta_log: { runType: 'registry_delta_log_build', operationId: 'OP-QA11' },
}

/** Tells whether `text` names a registry that is built. */
export function isBuilt(text: string): text is BuiltRegistry {
  return (BUILT as readonly string[]).includes(text)
}
