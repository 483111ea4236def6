// What a sealed set and the pointer file are made of, as schemas. The readers in seal/ judge more than a schema can say
// (digests, order, that a name fits its folder); these are for editors, and for `infra verify --schema`.

import { type TProperties, type TSchema, Type } from '@sinclair/typebox'
import { RUN_ROOTS } from '../../seal/pointer-entry.ts'
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
  relpath,
  runId,
  text,
  texts,
  time,
  treeState,
} from './words.ts'

/** manifest.json (S3). */
export const SetManifest = Type.Array(closed({ relpath, bytes: count, sha256: digest }), {
  minItems: 1,
  title: 'Manifest of a sealed set',
})

const noRef = closed({
  run_id: Type.Null(),
  run_root: Type.Null(),
  relpath: Type.Null(),
  manifest_sha256: Type.Null(),
})

const someRef = closed({
  run_id: nullable(runId),
  run_root: nullable(oneOf(RUN_ROOTS)),
  relpath: nullable(relpath),
  manifest_sha256: nullable(digest),
})

const wholeRef = closed({
  run_id: runId,
  run_root: oneOf(RUN_ROOTS),
  relpath: nullable(relpath),
  manifest_sha256: digest,
})

const pointerEntry = (known: TSchema, active_ref: TSchema, asof: TSchema) =>
  closed({
    registry_id: registryId,
    active_ref,
    active_ref_known: known,
    active_asof_utc: asof,
    notes: Type.Optional(text),
    serial: Type.Optional(Type.Integer({ minimum: 1 })),
  })

const someTime = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$' })

/** The pointer file (P1, P2). What people write beside the entries is theirs. */
export const PointerFile = Type.Object(
  {
    pointer_contract_version: Type.Literal('0.1'),
    pointers: Type.Array(
      Type.Union([
        pointerEntry(Type.Literal(true), wholeRef, someTime),
        pointerEntry(Type.Literal(false), someRef, someTime),
        pointerEntry(Type.Literal('unknown'), noRef, Type.Union([someTime, Type.Literal('unknown')])),
      ]),
    ),
  },
  { title: 'Active registry pointers' },
)

const said = { git_commit: nullable(commit), working_tree_state: treeState, outputs: texts }
const attributed = {
  option: Type.Optional(oneOf(OPTIONS)),
  operation_id: Type.Optional(nullable(operationId)),
}
const paths = (...names: string[]) => closed(Object.fromEntries(names.map(name => [name, nullable(text)])))
const inputs = Type.Optional(Type.Record(Type.String(), Type.Unknown()))

const built = (run_type: string, members: TProperties) =>
  closed({
    run_id: runId,
    created_utc: time,
    run_type: Type.Literal(run_type),
    ...attributed,
    ...said,
    inputs,
    ...members,
  })

/**
 * run.json by its `run_type` (S2). `option`, `operation_id` and `inputs` stand in every envelope of ours and not in all
 * of those that were made elsewhere.
 */
export const ENVELOPES: Readonly<Record<string, TSchema>> = {
  seal_promotion: built('seal_promotion', {
    seal_promotion: Type.Literal(true),
    source_path: text,
    source_registry: registryId,
    source_run_id: Type.Optional(Type.String({ minLength: 1 })),
    pack_count: Type.Optional(Type.Integer({ minimum: 1 })),
    collection: Type.Optional(Type.Literal(true)),
    member_count: Type.Optional(Type.Integer({ minimum: 1 })),
    mass_change: Type.Optional(flag),
  }),
  run_registry_build: built('run_registry_build', { registry_version: Type.Literal('0.1') }),
  op_status_table_build: built('op_status_table_build', {
    status_version: Type.Literal('0.1'),
    input_sources: Type.Optional(paths('registry_jsonl', 'catalog', 'coverage_matrix', 'drift_signals')),
  }),
  drift_signals_build: built('drift_signals_build', {}),
  system_health_render: built('system_health_render', {
    input_sources: Type.Optional(paths('status_table', 'registry', 'drift_signals')),
  }),
  registry_delta_log_build: built('registry_delta_log_build', {
    delta_version: Type.Literal('0.1'),
    summary: closed({
      total_delta_records: count,
      registries_covered: texts,
      registries_skipped: Type.Array(Type.Unknown()),
    }),
  }),
  op_run: built('op_run', {}),
}

/** run.json of a type that is not ours: only what every reader relies on. */
export const OtherEnvelope = Type.Object({
  run_id: runId,
  created_utc: Type.String({ minLength: 1 }),
  run_type: Type.Optional(nullable(text)),
  git_commit: Type.Optional(nullable(text)),
  working_tree_state: Type.Optional(treeState),
})

/** run.json of any type, for publication; a reader that knows the type takes the one of `ENVELOPES`. */
export const RunEnvelope = Type.Union(
  [
    ...Object.values(ENVELOPES),
    Type.Intersect([
      OtherEnvelope,
      Type.Not(Type.Object({ run_type: Type.Union(Object.keys(ENVELOPES).map(name => Type.Literal(name))) })),
    ]),
  ],
  { title: 'Run envelope' },
)
