// The wire, as TypeBox: what each route takes and what it answers. Requests are held to these by the framework;
// answers are text made by the routes, and the tests hold every one of them to its schema, closed objects included.

import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { OWNER_PATTERN, REPO_PATTERN } from '../registry/names.ts'
import { Context, State } from '../registry/schema.ts'

const closed = { additionalProperties: false } as const
const nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: T) =>
  Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Sha1 = Type.String({ pattern: '^[0-9a-f]{40}$' })

export const OrgName = Type.String({ pattern: OWNER_PATTERN })
export const RepoName = Type.String({ pattern: REPO_PATTERN })

// Open: the router gives exactly these, and a closed object would have its keys listed for every request.
export const OrgParams = Type.Object({ org: OrgName })
export const RepoParams = Type.Object({ org: OrgName, repo: RepoName })

const schema_version = Type.Optional(Type.String())

export const PlainQuery = Type.Object({ schema_version }, closed)
export const ResolveQuery = Type.Object(
  { schema_version, require: Type.Optional(Type.Literal('enabled')) },
  closed,
)
export const TargetQuery = Type.Object(
  { schema_version, target: Type.Optional(Type.String({ maxLength: 256 })) },
  closed,
)
export const TargetByNameQuery = Type.Object(
  {
    schema_version,
    repo: Type.String({ maxLength: 256 }),
    target: Type.Optional(Type.String({ maxLength: 256 })),
  },
  closed,
)
const Cursor = Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }))
export const ListQuery = Type.Object(
  {
    schema_version,
    org: Type.Optional(OrgName),
    state: Type.Optional(State),
    context: Type.Optional(Context),
    q: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._/-]{1,140}$' })),
    limit: Type.Optional(Type.String({ pattern: '^(?:[1-9][0-9]{0,2}|1000)$' })),
    cursor: Cursor,
  },
  closed,
)
export type ListQuery = Static<typeof ListQuery>
// What a form sends: every field, empty ones too. What is typed may be anything; a name that cannot be is not found.
const Typed = Type.Optional(Type.String({ maxLength: 200 }))
const Empty = Type.Literal('')
export const ListPageQuery = Type.Object(
  {
    ...{ org: Typed, q: Typed, cursor: Cursor },
    state: Type.Optional(Type.Union([State, Empty])),
    context: Type.Optional(Type.Union([Context, Empty])),
  },
  closed,
)
export type ListPageQuery = Static<typeof ListPageQuery>
export const EntryPageQuery = Type.Object(
  { before: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,9}$' })) },
  closed,
)
export const PageAnswer = Type.String({ title: 'Page', description: 'HTML, for people' })
export const AssetAnswer = Type.String({ title: 'Asset', description: 'a stylesheet, script or icon' })
export const ReadyQuery = Type.Object(
  { verbose: Type.Optional(Type.Union([Type.Literal(''), Type.Literal('true')])) },
  closed,
)

export const RegistryBlock = Type.Object(
  {
    schema_version: Type.String(),
    revision: Sha256,
    run_id: nullable(Type.String()),
    blob_sha: Sha1,
    activated_at: Time,
  },
  closed,
)

const FullName = Type.String({ description: '<organisation>/<repository>' })
const entry = {
  org: OrgName,
  repo: RepoName,
  state: State,
  context: Context,
  telemetry_repo: FullName,
  process: Type.String(),
  reason: Type.String(),
}

export const EntryAnswer = Type.Object(
  { ...entry, registry: RegistryBlock },
  { ...closed, title: 'Resolution' },
)
export const TargetAnswer = Type.Object(
  { org: OrgName, repo: RepoName, telemetry_repo: FullName, registry: RegistryBlock },
  { ...closed, title: 'TelemetryTarget' },
)
export const OrgTargetAnswer = Type.Object(
  { org: OrgName, telemetry_repo: FullName, registry: RegistryBlock },
  { ...closed, title: 'OrgTelemetryTarget' },
)
const Texts = Type.Array(Type.String())
export const EngineRecordAnswer = Type.Object(
  {
    orgOwner: Type.String(),
    targetRepoName: Type.String(),
    telemetryRepo: Type.String(),
    repoContext: Type.Union([Context, Type.Literal('unknown')]),
    repoState: Type.Union([State, Type.Literal('absent')]),
    dashboard: Type.Object({ enabled: Type.Boolean(), public: Type.Literal(false) }, closed),
    warnings: Texts,
    reasons: Texts,
    versionUsed: Type.Literal('v2'),
    registrySha: Sha1,
    outcomeCode: Type.Union([
      Type.Literal('INFRA_OK'),
      Type.Literal('INFRA_REPO_UNREGISTERED'),
      Type.Literal('INFRA_TELEMETRY_UNRESOLVABLE'),
    ]),
  },
  { ...closed, title: 'EngineRecord' },
)

const ByContext = Type.Object({ sandbox: Type.Integer(), production: Type.Integer() }, closed)
const Counts = Type.Object({ total: Type.Integer(), enabled: ByContext, disabled: ByContext }, closed)
const org = { org: OrgName, telemetry_repo: FullName, repos: Counts }

const list = <T extends ReturnType<typeof Type.Object>>(item: T, title: string) =>
  Type.Object(
    {
      total: Type.Integer(),
      items: Type.Array(item),
      next: nullable(Type.String({ description: 'cursor of the next page' })),
      registry: RegistryBlock,
    },
    { ...closed, title },
  )

export const RepoListAnswer = list(Type.Object(entry, closed), 'RepoList')
export const OrgListAnswer = list(Type.Object(org, closed), 'OrgList')
export const TelemetryRepoListAnswer = list(Type.Object(org, closed), 'TelemetryRepoList')
export const OrgAnswer = Type.Object(
  { ...org, registry: RegistryBlock },
  { ...closed, title: 'Organisation' },
)

const info = {
  revision: Sha256,
  run_id: nullable(Type.String()),
  serial: nullable(Type.Integer()),
  blob_sha: Sha1,
  schema_version: Type.String(),
  activated_at: Time,
  loaded_at: Time,
  bytes: Type.Integer(),
}
export const RegistryAnswer = Type.Object(
  { ...info, counts: Type.Object({ orgs: Type.Integer(), repos: Counts }, closed) },
  { ...closed, title: 'Registry' },
)
export const StatusAnswer = Type.Object(
  {
    state: Type.Union([Type.Literal('ok'), Type.Literal('degraded'), Type.Literal('unavailable')]),
    since: Time,
    active: Type.Union([Type.Object(info, closed), Type.Null()]),
    disk: nullable(Sha256),
    last_check: nullable(Time),
    last_success: nullable(Time),
    last_error: Type.Union([
      Type.Object({ code: Type.String(), detail: Type.String(), since: Time, count: Type.Integer() }, closed),
      Type.Null(),
    ]),
    watch: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
    loads: Type.Object(
      { activated: Type.Integer(), unchanged: Type.Integer(), refused: Type.Integer() },
      closed,
    ),
    refusals: Type.Record(Type.String(), Type.Integer()),
  },
  { ...closed, title: 'Status' },
)
export const LiveAnswer = Type.Object({ status: Type.Literal('alive') }, { ...closed, title: 'Alive' })
export const ReadyAnswer = Type.Object(
  {
    ready: Type.Literal(true),
    state: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
    revision: Sha256,
  },
  { ...closed, title: 'Ready' },
)
export const HealthAnswer = Type.Object(
  {
    status: Type.Union([Type.Literal('pass'), Type.Literal('warn'), Type.Literal('fail')]),
    name: Type.String(),
    version: Type.String(),
    environment: Type.String(),
    since: Type.Optional(Time),
    output: Type.Optional(Type.String()),
    checks: Type.Record(Type.String(), Type.Array(Type.Object({}, { additionalProperties: true }))),
  },
  { ...closed, title: 'Health' },
)
export const ProblemAnswer = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    code: Type.String(),
    remediation: Type.String(),
  },
  { additionalProperties: true, title: 'Problem' },
)
export const ProblemPageAnswer = Type.Object(
  {
    type: Type.String(),
    code: Type.String(),
    status: Type.Integer(),
    title: Type.String(),
    meaning: Type.String(),
    remediation: Type.String(),
  },
  { ...closed, title: 'ProblemPage' },
)

/** What any route may refuse with, before its own code is reached. */
const PROBLEMS_OF_ALL = [400, 413, 500] as const

/**
 * Names what a route answers, per status. The result is untyped on purpose: routes send text that is already made,
 * and the tests, not the compiler, hold that text to its schema. `alike` are failures told in the form of a success.
 */
export function answers(
  success: TSchema,
  problems: readonly number[] = [],
  alike: readonly number[] = [],
): Record<string, unknown> {
  const rows = [
    ...[...PROBLEMS_OF_ALL, ...problems].map(status => [status, ProblemAnswer]),
    ...alike.map(status => [status, Type.Union([success, ProblemAnswer])]),
  ]
  return { 200: success, ...Object.fromEntries(rows) }
}

/** What any route of the registry may refuse with, beside its own refusals. */
export const REGISTRY_PROBLEMS = [406, 412, 414, 503] as const
