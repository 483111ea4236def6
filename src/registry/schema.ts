// The registry document, version 2.0, as one TypeBox schema: the type, the published JSON Schema and the
// validator's vocabulary all come from here. Names as keys are open in the type; rules.ts judges them.

import { type Static, Type } from '@sinclair/typebox'
import { OWNER_PATTERN, REPO_PATTERN } from './names.ts'
import { MAX_REASON_LENGTH, PROCESS_PATTERN, REASON_PATTERN, SUPPORTED_VERSIONS } from './vocabulary.ts'

export const State = Type.Union([Type.Literal('enabled'), Type.Literal('disabled')])
export type State = Static<typeof State>

export const Context = Type.Union([Type.Literal('sandbox'), Type.Literal('production')])
export type Context = Static<typeof Context>

const closed = { additionalProperties: false } as const

export const RepoEntry = Type.Object(
  {
    state: State,
    context: Context,
    process: Type.String({ pattern: PROCESS_PATTERN }),
    reason: Type.String({ pattern: REASON_PATTERN, maxLength: MAX_REASON_LENGTH }),
  },
  closed,
)
export type RepoEntry = Static<typeof RepoEntry>

export const OrgEntry = Type.Object(
  {
    telemetry_repo: Type.String({
      description: 'owner/name, where owner is the organisation itself (R7)',
      pattern: `${OWNER_PATTERN.slice(0, -1)}/${REPO_PATTERN.slice(1)}`,
    }),
    repos: Type.Record(Type.String({ pattern: REPO_PATTERN }), RepoEntry, closed),
  },
  closed,
)
export type OrgEntry = Static<typeof OrgEntry>

export const RegistryDocument = Type.Object(
  {
    schema_version: Type.Literal(SUPPORTED_VERSIONS[0]),
    generated_at: Type.Optional(Type.String({ format: 'date-time' })),
    description: Type.Optional(Type.String()),
    orgs: Type.Record(Type.String({ pattern: OWNER_PATTERN }), OrgEntry, closed),
  },
  { ...closed, $id: 'telemetry-registry.v2.schema.json', title: 'Infra registry, version 2.0' },
)
export type RegistryDocument = Static<typeof RegistryDocument>
