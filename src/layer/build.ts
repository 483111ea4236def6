// One build, as a function of what is there: from the inputs to the files of a run and what its envelope says of them.
// The files are text; who made them when is decided by the caller, and read from no clock here.

import { buildDeltaLines, DELTA_VERSION, renderDeltaLog, scanSeals } from './delta-log.ts'
import { buildDriftSignals, type DriftSignals } from './drift-signals.ts'
import {
  buildHealthSummary,
  HEALTH_REPORT,
  HEALTH_SUMMARY,
  type HealthOptions,
  type HealthSummary,
} from './health.ts'
import { renderHealthMarkdown } from './health-markdown.ts'
import { type Input, type InputSource, jsonOf, readInput, readOptionalInput } from './inputs.ts'
import {
  buildStatusTable,
  STATUS_META,
  STATUS_VERSION,
  type StatusMeta,
  type StatusRow,
} from './op-status.ts'
import { OPERATION_CATALOG, readOperations } from './operations.ts'
import { renderDocument } from './python-json.ts'
import { type BuiltRegistry, REGISTRIES } from './registries.ts'
import { REGISTRY_VERSION, type RunRecord } from './run-record.ts'
import { parseRunRegistry, renderRunRegistry, scanRuns } from './run-registry.ts'
import { hashTree, type TrackedTree } from './tree-hash.ts'

/** What every builder is given. */
export interface BuildContext extends InputSource {
  readonly runId: string
  readonly now: Date
  /** `now`, as the layer writes a time. */
  readonly createdUtc: string
  readonly git_commit: string | null
  readonly working_tree_state: 'clean' | 'dirty' | null
  /** What git tracks; `null` outside a repository. */
  readonly tree: TrackedTree | null
  readonly health: HealthOptions
}

/** What a builder makes. */
export interface Built {
  /** File by name, in no promised order. */
  readonly files: ReadonlyMap<string, string>
  /** For `inputs` of the envelope: each input with the ROOT it was verified by; `null` for one that is not pinned. */
  readonly inputs: Readonly<Record<string, unknown>>
  /** Further members of the envelope. */
  readonly extra: Readonly<Record<string, unknown>>
}

/** Builds `registryId`. Throws `LayerError`, `PointerError` or `SealError`; writes nothing. */
export function buildArtifacts(registryId: BuiltRegistry, context: BuildContext): Built {
  return BUILDERS[registryId](context)
}

const BUILDERS: Readonly<Record<BuiltRegistry, (context: BuildContext) => Built>> = {
  run_registry: ({ home }) => ({
    files: new Map([[REGISTRIES.run_registry, renderRunRegistry(scanRuns(home))]]),
    inputs: {},
    extra: { registry_version: REGISTRY_VERSION },
  }),

  op_status_table: context => {
    const registry = readInput(context, 'run_registry')
    const drift = readOptionalInput(context, 'drift_signals')
    const { operations, digest } = readOperations(context.home)
    const rows = buildStatusTable({
      operations,
      records: parseRunRegistry(registry.bytes ?? new Uint8Array()),
      commit: context.git_commit,
      now: context.now,
    })
    return {
      files: new Map([
        [REGISTRIES.op_status_table, renderDocument(rows)],
        [STATUS_META, renderDocument(metaOf(context, drift))],
      ]),
      inputs: {
        run_registry: registry.ref,
        drift_signals: drift?.ref ?? null,
        [OPERATION_CATALOG]: { sha256: digest },
      },
      extra: { status_version: STATUS_VERSION },
    }
  },

  drift_signals: context => {
    const runRegistry = readInput(context, 'run_registry')
    const statusTable = readInput(context, 'op_status_table')
    const expectedVersions = readOptionalInput(context, 'expected_versions')
    const thresholdPacks = readOptionalInput(context, 'threshold_packs_file')
    const { git_commit, working_tree_state, createdUtc: generatedUtc } = context
    const treeHash = context.tree === null ? null : hashTree(context.tree).hash
    const sources = { runRegistry, statusTable, expectedVersions, thresholdPacks }
    const made = { treeHash, git_commit, working_tree_state, generatedUtc }
    return {
      files: new Map([
        [REGISTRIES.drift_signals, renderDocument(buildDriftSignals({ ...sources, ...made }))],
      ]),
      inputs: {
        run_registry: runRegistry.ref,
        op_status_table: statusTable.ref,
        expected_versions: expectedVersions?.ref ?? null,
        threshold_packs_file: thresholdPacks?.ref ?? null,
      },
      extra: {},
    }
  },

  system_health_report: context => {
    const { summary, inputs } = summarize(context)
    return {
      files: new Map([
        [HEALTH_REPORT, renderHealthMarkdown(summary, context.health)],
        [HEALTH_SUMMARY, renderDocument(summary)],
      ]),
      inputs,
      extra: {},
    }
  },

  registry_delta_log: context => {
    const { runs, skipped } = scanSeals(context.home)
    const lines = buildDeltaLines(runs, {
      created_utc: context.createdUtc,
      derivation_run_id: context.runId,
    })
    const covered = [...new Set(lines.map(line => line.registry_id))]
    return {
      files: new Map([[REGISTRIES.registry_delta_log, renderDeltaLog(lines)]]),
      inputs: {},
      extra: {
        delta_version: DELTA_VERSION,
        summary: {
          total_delta_records: lines.length,
          registries_covered: covered,
          registries_skipped: skipped,
        },
      },
    }
  },
}

function metaOf(context: BuildContext, drift: Input | null): StatusMeta {
  const system = drift === null ? null : (jsonOf(drift) as DriftSignals).system_drift
  return {
    generated_utc: context.createdUtc,
    git_commit: context.git_commit,
    working_tree_state: context.working_tree_state,
    system_drift: {
      canon_dirty: system?.canon_dirty ?? null,
      schema_drift: system?.schema_drift ?? null,
      threshold_drift: system?.threshold_drift ?? null,
    },
    drift_signals_run: drift?.path ?? null,
  }
}

/** The health of the system, with what it was made of. */
export interface Health {
  readonly summary: HealthSummary
  /** The runs that the registry tells of; none where it is not pinned. */
  readonly records: readonly RunRecord[]
  readonly inputs: Built['inputs']
}

/** Reads the pinned registries and sums up their health. Throws as `buildArtifacts` does. */
export function summarize(context: Pick<BuildContext, 'home' | 'named' | 'createdUtc' | 'health'>): Health {
  const table = readInput(context, 'op_status_table')
  const registry = readOptionalInput(context, 'run_registry')
  const drift = readOptionalInput(context, 'drift_signals')
  const records = registry === null ? [] : parseRunRegistry(registry.bytes ?? new Uint8Array())
  const summary = buildHealthSummary({
    rows: jsonOf(table) as StatusRow[],
    records,
    drift: drift === null ? null : (jsonOf(drift) as DriftSignals),
    sources: {
      status_table: table.path ?? '',
      registry: registry?.path ?? null,
      drift_signals: drift?.path ?? null,
    },
    options: context.health,
    generatedUtc: context.createdUtc,
  })
  return {
    summary,
    records,
    inputs: {
      op_status_table: table.ref,
      run_registry: registry?.ref ?? null,
      drift_signals: drift?.ref ?? null,
    },
  }
}
