// DRIFT_SIGNALS_v0_1.json: what is expected against what the pinned registries show, and the work tree against its
// commit. Each answer is true, false or `null`; nothing that was not seen is taken for granted.

import type { Static } from '@sinclair/typebox'
import { isMembers, memberOf } from '../core/value.ts'
import { type Input, jsonOf } from './inputs.ts'
import type { StatusRow } from './op-status.ts'
import { parseRunRegistry } from './run-registry.ts'
import type { DriftSignals as Schema } from './schemas/builds.ts'

const DRIFT_VERSION = '0.1'

export type DriftSignals = Static<typeof Schema>

/** What the signals are made of; an input that is not pinned is `null`. */
export interface DriftSources {
  readonly runRegistry: Input
  readonly statusTable: Input
  readonly expectedVersions: Input | null
  readonly thresholdPacks: Input | null
  readonly treeHash: string | null
  readonly git_commit: string | null
  readonly working_tree_state: 'clean' | 'dirty' | null
  /** When they are made, as the layer writes a time. */
  readonly generatedUtc: string
}

/** What is looked at for expectations that no pin gives. */
const NO_SOURCE = 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json#expected_versions'

/** Our wording of the rules that op-status.ts applies. */
const RULES = [
  'an operation drifts when its last run names another commit than the present one',
  'an operation drifts when its last run names a dirty work tree',
  'an operation whose last run or present commit is not known is neither drifting nor not: null',
]

/** Builds the signals. */
export function buildDriftSignals(sources: DriftSources): DriftSignals {
  const { expectedVersions, thresholdPacks, treeHash, git_commit, working_tree_state } = sources
  const source = sourceOf(expectedVersions)
  const expected = readExpected(expectedVersions)
  const observed = observeSchemas(sources)
  const versions = Object.values(observed)
  const schemaKnown = expected.schema !== null && versions.every(version => version !== null)
  const schemaDrift = schemaKnown ? versions.some(version => version !== expected.schema) : null
  const packs = readPackVersions(thresholdPacks)
  const pack = packs.length === 1 ? packs[0]! : null
  const thresholdKnown = expected.threshold !== null && pack !== null
  const thresholdDrift = thresholdKnown ? pack !== expected.threshold : null
  const warnings: string[] = []
  if (expectedVersions === null) warnings.push('expected_versions_missing_or_unreadable')
  if (expected.threshold === null) warnings.push('expected_threshold_null')
  if (packs.length === 0) warnings.push('observed_threshold_version_not_found')
  if (packs.length > 1) warnings.push('observed_threshold_version_ambiguous')
  if (schemaDrift === null) warnings.push('schema_drift_unknown')
  if (thresholdDrift === null) warnings.push('threshold_drift_unknown')
  if (treeHash === null) warnings.push('canon_tree_hash_unknown')
  if (working_tree_state === null) warnings.push('canon_dirty_unknown')
  return {
    drift_version: DRIFT_VERSION,
    expected_versions_source: source,
    generated_utc: sources.generatedUtc,
    git_commit,
    working_tree_state,
    canon_tree_hash: treeHash,
    expected: {
      schema_version: {
        expected: expected.schema,
        computed: schemaKnown,
        observed,
        drift: schemaDrift,
        source_path: source,
      },
      threshold_pack: {
        expected: expected.threshold,
        computed: thresholdKnown,
        observed: pack,
        drift: thresholdDrift,
        source_path: source,
      },
    },
    system_drift: {
      canon_dirty: working_tree_state === null ? null : working_tree_state === 'dirty',
      schema_drift: schemaDrift,
      threshold_drift: thresholdDrift,
      threshold_drift_computed: thresholdKnown,
    },
    op_drift_policy: { op_drift_requires_evidence: true, rules: RULES },
    warnings,
  }
}

/** The file that the pinned expectations were promoted from, as their own envelope says. */
function sourceOf(input: Input | null): string {
  const said = input?.seal.run.members.get('source_path')
  return typeof said === 'string' ? said : (input?.path ?? NO_SOURCE)
}

function readExpected(input: Input | null): { schema: string | null; threshold: string | null } {
  if (input === null) return { schema: null, threshold: null }
  const { expected } = jsonOf(input) as {
    expected: { schema_version: string | null; threshold_pack_version: string | null }
  }
  return { schema: expected.schema_version, threshold: expected.threshold_pack_version }
}

/** The versions that are there to be seen: in the first line, in the first row, and in what both runs say of themselves. */
function observeSchemas({ runRegistry, statusTable }: DriftSources) {
  const record = parseRunRegistry(runRegistry.bytes ?? new Uint8Array())[0]
  const row = (jsonOf(statusTable) as StatusRow[])[0]
  const standard = [runRegistry, statusTable].every(({ seal }) => meetsEnvelopeStandard(seal.run.members))
  return {
    run_registry: record?.registry_version ?? null,
    op_status_table: row?.status_version ?? null,
    run_envelope: standard ? ENVELOPE_VERSION : null,
  }
}

const ENVELOPE_VERSION = '0.1'
const ENVELOPE_KEYS = ['run_id', 'created_utc', 'run_type', 'git_commit', 'working_tree_state', 'outputs']

/** Tells whether a run says all that version 0.1 of the envelope standard asks for. */
function meetsEnvelopeStandard(members: ReadonlyMap<string, unknown>): boolean {
  const texts = ['option', 'operation_id'].every(key => typeof members.get(key) === 'string')
  return texts && ENVELOPE_KEYS.every(key => members.has(key))
}

/** The versions that the packs state, each once: more than one is no answer. */
function readPackVersions(input: Input | null): string[] {
  const versions = new Set<string>()
  for (const { relpath } of input?.seal.entries ?? []) {
    if (relpath === 'run.json' || !relpath.endsWith('.json')) continue
    const pack: unknown = JSON.parse(Buffer.from(input!.seal.files.get(relpath)!).toString('utf8'))
    const version = isMembers(pack) ? memberOf(pack, 'version') : undefined
    if (typeof version === 'string') versions.add(version)
  }
  return [...versions]
}
