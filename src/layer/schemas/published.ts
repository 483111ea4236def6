// Which schema is published under which name; `schema_id` of the catalog is one of these names.

import type { TSchema } from '@sinclair/typebox'
import { DeltaLine, DriftSignals, HealthSummary, RunRegistryLine, StatusMeta, StatusTable } from './builds.ts'
import { CatalogFile } from './catalog.ts'
import { OperationCatalog } from './operations.ts'
import { PointerFile, RunEnvelope, SetManifest } from './sets.ts'
import {
  DerivedReport,
  EvidenceManifest,
  EvidenceMeta,
  ExpectedVersions,
  FingerprintRow,
  MigrationLedger,
  RangeResultLine,
  ThresholdPack,
} from './sources.ts'

/** Every schema of the layer by its id, with a sentence on what it describes. */
export const LAYER_SCHEMAS: Readonly<Record<string, readonly [schema: TSchema, description: string]>> = {
  REGISTRY_run_registry_v0_1: [RunRegistryLine, 'One line of RUN_REGISTRY_v0_1.jsonl.'],
  REGISTRY_op_status_table_v0_1: [StatusTable, 'OPERATION_STATUS_TABLE_v0_1.json.'],
  'REGISTRY_op_status_table_v0_1.meta': [StatusMeta, 'OPERATION_STATUS_TABLE_v0_1.meta.json.'],
  REGISTRY_drift_signals_v0_1: [
    DriftSignals,
    'DRIFT_SIGNALS_v0_1.json. Drift is true, false or null: unknown.',
  ],
  REGISTRY_registry_delta_log_v0_1: [DeltaLine, 'One line of REGISTRY_DELTA_LOG_v0_1.jsonl.'],
  REGISTRY_system_health_report_v0_1: [HealthSummary, 'SYSTEM_HEALTH_SUMMARY_v0_1.json.'],
  REGISTRY_migration_ledger_v0_1: [MigrationLedger, 'applied_migrations_snapshot.json.'],
  REGISTRY_expected_versions_v0_1: [ExpectedVersions, 'EXPECTED_VERSIONS_v0_1_snapshot.json.'],
  REGISTRY_threshold_packs_file_v0_1: [ThresholdPack, 'Each file of a set of threshold packs.'],
  REGISTRY_fingerprint_index_v0_1: [
    FingerprintRow,
    'One row of fingerprint_index_snapshot.csv, numbers read as numbers and an empty cell as null.',
  ],
  REGISTRY_derived_validation_reports_v0_1: [DerivedReport, 'derived_validation_report.json.'],
  REGISTRY_validation_range_results_v0_1: [RangeResultLine, 'One line of the results of a range validation.'],
  REGISTRY_evidence_pack_v0_2: [EvidenceManifest, 'manifest.json of an evidence pack.'],
  'REGISTRY_evidence_pack_v0_2.meta': [EvidenceMeta, 'meta.json of an evidence pack.'],
  pointers: [PointerFile, 'ACTIVE_REGISTRY_POINTERS_v0_1.json: which run of each registry is active.'],
  'run-envelope': [RunEnvelope, 'run.json of a run folder, by its run_type.'],
  manifest: [SetManifest, 'manifest.json of a sealed set.'],
  operations: [OperationCatalog, 'OPERATION_CATALOG_v0_1.json: what can be done, and how each is enforced.'],
  catalog: [CatalogFile, 'REGISTRY_CATALOG_v0_1.json: which registries there are, and where they come from.'],
}
