// One line of the changelog: what it may hold, as one TypeBox schema. The types and the published JSON Schema come from
// here; nothing of it is needed to run a command.

import { type Static, Type } from '@sinclair/typebox'
import { OWNER_PATTERN, REPO_PATTERN } from '../registry/names.ts'
import { Context, OrgEntry, RepoEntry } from '../registry/schema.ts'
import { MAX_REASON_LENGTH, REASON_PATTERN, SUPPORTED_VERSIONS } from '../registry/vocabulary.ts'
import { BLOB_PATTERN, PROCESS, REPO_ACTIONS, TIMESTAMP_PATTERN, WRITTEN_REASON_PATTERN } from './change.ts'

const closed = { additionalProperties: false } as const
const timestamp = Type.String({ format: 'date-time', pattern: TIMESTAMP_PATTERN })
const owner = Type.String({ pattern: OWNER_PATTERN })
const repo = Type.String({ pattern: REPO_PATTERN })
const telemetry_repo = Type.String({
  pattern: REPO_PATTERN,
  description: 'the name only; its owner is `owner`',
})
const audit = {
  reason: Type.String({ pattern: WRITTEN_REASON_PATTERN, maxLength: MAX_REASON_LENGTH }),
  process: Type.Literal(PROCESS),
  schema_version: Type.Literal(SUPPORTED_VERSIONS[0]),
}
const blobs = {
  registry_before: Type.String({ pattern: BLOB_PATTERN }),
  registry_after: Type.String({ pattern: BLOB_PATTERN }),
}

/** What an organisation's line remembers: where its telemetry went. */
export const OrgTarget = Type.Object({ telemetry_repo: OrgEntry.properties.telemetry_repo }, closed)
export type OrgTarget = Static<typeof OrgTarget>

export const RegisterChange = Type.Object(
  {
    ...{ timestamp, action: Type.Literal('register'), owner, repo, context: Context, telemetry_repo },
    ...{ ...audit, previous: Type.Null(), ...blobs },
  },
  closed,
)
export type RegisterChange = Static<typeof RegisterChange>

export const EntryChange = Type.Object(
  {
    timestamp,
    action: Type.Union([Type.Literal('enable'), Type.Literal('disable'), Type.Literal('unregister')]),
    ...{ owner, repo, ...audit, previous: RepoEntry, ...blobs },
  },
  closed,
)
export type EntryChange = Static<typeof EntryChange>

export const RetargetChange = Type.Object(
  {
    ...{ timestamp, action: Type.Literal('retarget-org'), owner, telemetry_repo },
    ...{ ...audit, previous: OrgTarget, ...blobs },
  },
  closed,
)
export type RetargetChange = Static<typeof RetargetChange>

export const RemoveChange = Type.Object(
  { timestamp, action: Type.Literal('remove-org'), owner, ...audit, previous: OrgTarget, ...blobs },
  closed,
)
export type RemoveChange = Static<typeof RemoveChange>

export const LegacyChange = Type.Object(
  {
    timestamp,
    action: Type.Union(REPO_ACTIONS.map(action => Type.Literal(action))),
    ...{ owner, repo, context: Type.Optional(Context), telemetry_repo: Type.Optional(telemetry_repo) },
    reason: Type.Optional(
      Type.String({ pattern: REASON_PATTERN, minLength: 1, maxLength: MAX_REASON_LENGTH }),
    ),
    process: audit.process,
    schema_version: audit.schema_version,
  },
  closed,
)
export type LegacyChange = Static<typeof LegacyChange>

export type OwnChange = RegisterChange | EntryChange | RetargetChange | RemoveChange

export const Change = Type.Union([RegisterChange, EntryChange, RetargetChange, RemoveChange, LegacyChange], {
  $id: 'infra-changelog.schema.json',
  title: 'Infra changelog, one line',
})
export type Change = Static<typeof Change>
