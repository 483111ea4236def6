// What the routes answer, as TypeBox. Answers are text that the routes make; the tests hold every one of them to its
// schema, closed objects included.

import { Type } from '@sinclair/typebox'
import { OWNER_PATTERN, REPO_PATTERN } from '../registry/names.ts'
import { Context, State } from '../registry/schema.ts'

const closed = { additionalProperties: false } as const
const nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: T) =>
  Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Sha1 = Type.String({ pattern: '^[0-9a-f]{40}$' })

const OrgName = Type.String({ pattern: OWNER_PATTERN })
const RepoName = Type.String({ pattern: REPO_PATTERN })

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

/** The data of an event is a `RegistryBlock`. */
export const EventsAnswer = Type.String({
  contentMediaType: 'text/event-stream',
  title: 'Events',
  description: 'each event has an id, and as its data the registry block that answers carry from now on',
})

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
const organisation = { org: OrgName, telemetry_repo: FullName, repos: Counts }

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
export const OrgListAnswer = list(Type.Object(organisation, closed), 'OrgList')
export const TelemetryRepoListAnswer = list(Type.Object(organisation, closed), 'TelemetryRepoList')
export const OrgAnswer = Type.Object(
  { ...organisation, registry: RegistryBlock },
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

export const PageAnswer = Type.String({ title: 'Page', description: 'HTML, for people' })
export const AssetAnswer = Type.String({ title: 'Asset', description: 'a stylesheet, script or icon' })
