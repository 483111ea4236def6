// One line of the changelog: what it may hold, in which order, as one TypeBox schema. The first nine keys are the
// field's own, in the field's order, so that its tools read our lines; the last three are ours and tie each line
// to the registry before and after it. A line without those three is `legacy`: read and replayed, never written.

import { type Static, Type } from '@sinclair/typebox'
import { OWNER_PATTERN, REPO_PATTERN } from '../registry/names.ts'
import {
  Context,
  MAX_REASON_LENGTH,
  OrgEntry,
  REASON_PATTERN,
  RepoEntry,
  SUPPORTED_VERSIONS,
} from '../registry/schema.ts'

/** Who writes entries and lines: this tool, under the name the field knows it by. */
export const PROCESS = 'infra-cli'

/** The keys of a line, in the order they are written. */
export const CHANGE_KEYS = [
  'timestamp',
  'action',
  'owner',
  'repo',
  'context',
  'telemetry_repo',
  'reason',
  'process',
  'schema_version',
  'previous',
  'registry_before',
  'registry_after',
] as const
export type ChangeKey = (typeof CHANGE_KEYS)[number]

/** The keys that only our own lines have. */
export const OWN_KEYS = ['previous', 'registry_before', 'registry_after'] as const

/** The four actions of the field. */
export const REPO_ACTIONS = ['register', 'enable', 'disable', 'unregister'] as const
export type RepoAction = (typeof REPO_ACTIONS)[number]

/** The two actions on an organisation, which only our own lines have. */
export const ORG_ACTIONS = ['retarget-org', 'remove-org'] as const
export type OrgAction = (typeof ORG_ACTIONS)[number]

export type Action = RepoAction | OrgAction

// Characters that show nothing: a reason made of them alone says nothing either.
const INVISIBLE =
  '\\s\\u00ad\\u115f\\u1160\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0'

/** R10 as it is written: one line, and something to be seen in it. */
export const WRITTEN_REASON_PATTERN = `^(?=.*[^${INVISIBLE}])${REASON_PATTERN.slice(1)}`

/** UTC, to the second. That the day exists is beyond a pattern. */
export const TIMESTAMP_PATTERN = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$'

/** A git blob SHA-1. */
export const BLOB_PATTERN = '^[0-9a-f]{40}$'

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

/** Tells whether a line has what ties it to the registry; the field's lines have not. */
export function isOwn(change: Change): change is OwnChange {
  return Object.hasOwn(change, 'registry_after')
}

/** Renders a change as one line, its end included, with the keys in their order. */
export function renderChange(change: Change): string {
  const members = change as Readonly<Record<string, unknown>>
  const ordered = CHANGE_KEYS.filter(key => Object.hasOwn(members, key)).map(key => [key, members[key]])
  return `${JSON.stringify(Object.fromEntries(ordered))}\n`
}
