// The registry catalog, as a schema: which registries there are, what each is, and for those that are promoted, where
// their source lies and which of its files are members.

import { type Static, Type } from '@sinclair/typebox'
import {
  closed,
  nullable,
  oneOf,
  operationId,
  RELPATH_PATTERN,
  registryId,
  relpath,
  text,
  time,
} from './words.ts'

/** The tag of a run: the last part of its id. */
const tag = Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' })

/** A name, or a path of names, in which `*` stands for any part of one name and `**` at the end for all below. */
const pattern = Type.String({ pattern: RELPATH_PATTERN, maxLength: 1024 })

const promoted = { run_tag: tag, operation_id: operationId }

/** One file, sealed under another name: the stem, `_snapshot`, the ending. */
const OneFile = closed({ kind: Type.Literal('file'), ...promoted, source: relpath, snapshot: relpath })

/** The files of one folder, sealed under their own names. */
const FolderFiles = closed({
  kind: Type.Literal('folder'),
  ...promoted,
  source: relpath,
  members: pattern,
  by_run: Type.Optional(
    Type.Boolean({ description: 'The folder is the one of a run, below `source`, that the operator names.' }),
  ),
})

/** All members of a collection, sealed under their paths below `source`. */
const Collection = closed({
  kind: Type.Literal('collection'),
  ...promoted,
  source: relpath,
  members: pattern,
})

/** Where a promoted registry comes from. */
export const PromotionSource = Type.Union([OneFile, FolderFiles, Collection])
export type PromotionSource = Static<typeof PromotionSource>

const Authority = closed({
  path: Type.String({ minLength: 1 }),
  authority_class: oneOf(['primary', 'derived', 'input']),
})

/** One registry. */
export const CatalogEntry = closed({
  registry_id: registryId,
  schema_id: nullable(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_.-]*$' })),
  schema_version: text,
  artifact_type: oneOf(['jsonl_registry', 'json_snapshot', 'external_database', 'run_folder', 'index']),
  description: Type.String({ minLength: 1 }),
  authoritative_sources: Type.Array(Authority, { minItems: 1 }),
  build_operation_id: nullable(operationId),
  write_policy: oneOf(['append_new_snapshot', 'append_only', 'mutable_pointer_only']),
  state_model: text,
  seal_model: text,
  query_contract: text,
  promotion: Type.Optional(PromotionSource),
})
export type CatalogEntry = Static<typeof CatalogEntry>

/** The catalog. */
export const CatalogFile = closed(
  {
    catalog_version: Type.Literal('0.1'),
    generated_utc: time,
    description: text,
    registries: Type.Array(CatalogEntry, { minItems: 1 }),
    shadow_registries_detected: Type.Array(
      closed({ registry_id: registryId, path: text, description: text }),
    ),
    gap_summary: Type.Record(Type.String({ pattern: '^registries_[a-z_]+$' }), Type.Array(registryId), {
      additionalProperties: false,
    }),
  },
  { title: 'Registry catalog' },
)
export type CatalogFile = Static<typeof CatalogFile>
