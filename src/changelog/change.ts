// One line of the changelog: its words, and how it is written. The first nine keys are the field's own, in the field's
// order, so that its tools read our lines; the last three are ours and tie each line to the registry before and after
// it. A line without those three is `legacy`: read and replayed, never written. The schema is in change-schema.ts.

import { REASON_PATTERN } from '../registry/vocabulary.ts'
import type { Change, OwnChange } from './change-schema.ts'

export type {
  Change,
  EntryChange,
  LegacyChange,
  OrgTarget,
  OwnChange,
  RegisterChange,
  RemoveChange,
  RetargetChange,
} from './change-schema.ts'

/** Who writes entries and lines: this tool, under the name the field knows it by. */
export const PROCESS = 'infra-cli'

/** The file of a sealed set that holds the changelog. */
export const SEALED_CHANGELOG = 'infra-changelog_snapshot.jsonl'

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
