// Which schema applies to which file of a run: by what the run says it promotes, or else by the names that only one
// registry uses. The same table judges a source before it is sealed and a sealed set afterwards.

import type { TSchema } from '@sinclair/typebox'
import { parseJson } from '../core/json.ts'
import { isMembers, memberOf } from '../core/value.ts'
import { CONTROL_FILES } from '../seal/run-folder.ts'
import { checkArtifact, type Form, type Violation } from './artifact.ts'
import { LAYER_SCHEMAS } from './schemas/published.ts'
import { ENVELOPES, OtherEnvelope } from './schemas/sets.ts'

interface Rule {
  /** The name of the one file, or what the path of each of several matches. */
  readonly file: string | RegExp
  readonly form: Form
  /** A name of `LAYER_SCHEMAS`. */
  readonly schema: string
  /** What has to be there for the set to be one of this registry, named for people. */
  readonly required?: string
  /** Matches the folders each of which has to hold `required`. */
  readonly each?: RegExp
}

const one = (name: string, schema: string, form: Form = 'json'): Rule => ({
  file: name,
  form,
  schema,
  required: name,
})

const REPORT = 'derived_validation_report.json'
const PACK = /^(?:.*\/)?evidence_pack_v\d+_\d+(?=\/)/

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  run_registry: [one('RUN_REGISTRY_v0_1.jsonl', 'REGISTRY_run_registry_v0_1', 'jsonl-or-nothing')],
  op_status_table: [
    one('OPERATION_STATUS_TABLE_v0_1.json', 'REGISTRY_op_status_table_v0_1'),
    one('OPERATION_STATUS_TABLE_v0_1.meta.json', 'REGISTRY_op_status_table_v0_1.meta'),
  ],
  drift_signals: [one('DRIFT_SIGNALS_v0_1.json', 'REGISTRY_drift_signals_v0_1')],
  system_health_report: [one('SYSTEM_HEALTH_SUMMARY_v0_1.json', 'REGISTRY_system_health_report_v0_1')],
  registry_delta_log: [
    one('REGISTRY_DELTA_LOG_v0_1.jsonl', 'REGISTRY_registry_delta_log_v0_1', 'jsonl-or-nothing'),
  ],
  migration_ledger: [one('applied_migrations_snapshot.json', 'REGISTRY_migration_ledger_v0_1')],
  expected_versions: [one('EXPECTED_VERSIONS_v0_1_snapshot.json', 'REGISTRY_expected_versions_v0_1')],
  fingerprint_index: [one('fingerprint_index_snapshot.csv', 'REGISTRY_fingerprint_index_v0_1', 'csv')],
  derived_validation_reports: [one(REPORT, 'REGISTRY_derived_validation_reports_v0_1')],
  threshold_packs_file: [
    {
      file: /^[^/]+\.json$/,
      form: 'json',
      schema: 'REGISTRY_threshold_packs_file_v0_1',
      required: '<pack>.json',
    },
  ],
  validation_range_results: [
    {
      file: /\.jsonl$/,
      form: 'jsonl',
      schema: 'REGISTRY_validation_range_results_v0_1',
      required: '<results>.jsonl',
    },
  ],
  evidence_pack_registry: [
    {
      file: /(?:^|\/)evidence_pack_v\d+_\d+\/manifest\.json$/,
      form: 'json',
      schema: 'REGISTRY_evidence_pack_v0_2',
      required: 'manifest.json',
      each: PACK,
    },
    {
      file: /(?:^|\/)evidence_pack_v\d+_\d+\/(?:data|build)_manifest\.json$/,
      form: 'json',
      schema: 'REGISTRY_evidence_pack_v0_2',
    },
    {
      file: /(?:^|\/)evidence_pack_v\d+_\d+\/meta\.json$/,
      form: 'json',
      schema: 'REGISTRY_evidence_pack_v0_2.meta',
    },
  ],
}

/** Registries whose files have names of their own, so that a run is known by them. */
const BY_NAME = Object.entries(RULES).flatMap(([id, rules]) =>
  rules.flatMap(({ file }) => (typeof file === 'string' ? [[file, id] as const] : [])),
)

/** After so many violations no further file of a set is judged. */
const MAX_SET_FAULTS = 1_000

/** Tells whether the artifacts of a registry have a schema here. */
export function hasArtifactSchema(registryId: string): boolean {
  return Object.hasOwn(RULES, registryId)
}

/** Which schema was applied to which file, and every violation. */
export interface ArtifactVerdict {
  readonly applied: readonly { readonly file: string; readonly schema: string }[]
  readonly violations: readonly Violation[]
}

/** Judges the files of one registry, without those that describe the set. */
export function checkRegistryFiles(
  registryId: string,
  files: ReadonlyMap<string, Uint8Array>,
): ArtifactVerdict {
  const applied: { file: string; schema: string }[] = []
  const violations: Violation[] = []
  const payload = [...files].filter(([file]) => !CONTROL_FILES.has(file))
  for (const rule of RULES[registryId] ?? []) {
    const matching = payload.filter(([file]) => matches(rule, file))
    for (const [file, bytes] of matching) {
      applied.push({ file, schema: rule.schema })
      if (violations.length < MAX_SET_FAULTS)
        violations.push(...checkArtifact(rule.form, schemaOf(rule.schema), bytes, file))
    }
    violations.push(
      ...missing(
        rule,
        payload.map(([file]) => file),
      ),
    )
  }
  return { applied, violations }
}

function matches({ file: want }: Rule, file: string): boolean {
  return typeof want === 'string' ? file === want : want.test(file)
}

function missing(rule: Rule, names: readonly string[]): Violation[] {
  const { required, each } = rule
  if (required === undefined) return []
  const absent = (path: string): Violation => ({
    ...{ severity: 'error', code: 'missing_file', message: 'there is no such file' },
    ...{ file: path, pointer: '', line: 1, column: 1 },
  })
  const folders = new Set(names.flatMap(name => each?.exec(name)?.[0] ?? []))
  if (folders.size > 0) {
    return [...folders]
      .map(at => `${at}/${required}`)
      .filter(at => !names.includes(at))
      .map(absent)
  }
  return names.some(name => matches(rule, name)) ? [] : [absent(required)]
}

/** What a run folder is, to the eyes of the schemas. */
export interface RunVerdict extends ArtifactVerdict {
  /** The registries that its artifacts belong to; none where no schema of an artifact applies. */
  readonly registries: readonly string[]
}

/** Judges every file of a run that has a schema, run.json and manifest.json among them. */
export function checkRunArtifacts(files: ReadonlyMap<string, Uint8Array>): RunVerdict {
  const applied: { file: string; schema: string }[] = []
  const violations: Violation[] = []
  const judge = (file: string, name: string, schema: TSchema): void => {
    const bytes = files.get(file)
    if (bytes === undefined) return
    applied.push({ file, schema: name })
    violations.push(...checkArtifact('json', schema, bytes, file))
  }
  const run = readRun(files.get('run.json'))
  const type = run === undefined ? undefined : memberOf(run, 'run_type')
  const known = typeof type === 'string' && Object.hasOwn(ENVELOPES, type) ? ENVELOPES[type] : undefined
  judge('run.json', 'run-envelope', known ?? OtherEnvelope)
  judge('manifest.json', 'manifest', schemaOf('manifest'))
  const registries = registriesOf(files, run)
  for (const registryId of registries) {
    const verdict = checkRegistryFiles(registryId, files)
    applied.push(...verdict.applied)
    violations.push(...verdict.violations)
  }
  return { registries, applied, violations }
}

function readRun(bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> | undefined {
  const json = bytes === undefined ? undefined : parseJson(bytes)
  return json?.ok && isMembers(json.value) ? json.value : undefined
}

function registriesOf(
  files: ReadonlyMap<string, Uint8Array>,
  run: Readonly<Record<string, unknown>> | undefined,
): string[] {
  const said = run === undefined ? undefined : memberOf(run, 'source_registry')
  if (typeof said === 'string') return hasArtifactSchema(said) ? [said] : []
  return [...new Set(BY_NAME.flatMap(([file, id]) => (files.has(file) ? [id] : [])))]
}

function schemaOf(name: string): TSchema {
  return LAYER_SCHEMAS[name]![0]
}
