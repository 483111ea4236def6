// The wire, as TypeBox: what each route takes and what it answers. Requests are held to these by the framework;
// answers are text made by the routes, and the tests hold every one of them to its schema, closed objects included.

import { type Static, Type } from '@sinclair/typebox'
import { OWNER_PATTERN, REPO_PATTERN } from '../registry/names.ts'
import { Context, State } from '../registry/schema.ts'
import { DURATION_PATTERN } from './watch/duration.ts'

const closed = { additionalProperties: false } as const
const nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: T) =>
  Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Sha1 = Type.String({ pattern: '^[0-9a-f]{40}$' })

export const OrgName = Type.String({ pattern: OWNER_PATTERN })
export const RepoName = Type.String({ pattern: REPO_PATTERN })

const org = Type.String({ pattern: OWNER_PATTERN, description: 'The organisation, in any case.' })
const repo = Type.String({ pattern: REPO_PATTERN, description: 'The repository, in any case.' })
// Open: the router gives exactly these, and a closed object would have its keys listed for every request.
export const OrgParams = Type.Object({ org })
export const RepoParams = Type.Object({ org, repo })

const version = 'The schema version that the caller understands; another one than is supported is 406.'
const schema_version = Type.Optional(Type.String({ description: version }))

/** A parameter that is given or not; `?name` and `?name=true` give it. */
const flag = (description: string) =>
  Type.Optional(Type.Union([Type.Literal(''), Type.Literal('true')], { description }))
const INDENTED = 'Indents JSON by two spaces and ends it with a newline; plain text stays as it is.'
const common = { schema_version, pretty: flag(INDENTED) }

export const PlainQuery = Type.Object(common, closed)
const wait = Type.Optional(
  Type.String({
    pattern: DURATION_PATTERN,
    description: 'How long a 304 may be held back for a change, such as `30s`; at most a minute.',
  }),
)
export const RegistryQuery = Type.Object({ ...common, wait }, closed)
/** For probes, which may say what they like. */
export const OpenQuery = Type.Object({ pretty: Type.Optional(Type.Unknown({ description: INDENTED })) })
export const ResolveQuery = Type.Object(
  {
    ...common,
    wait,
    require: Type.Optional(
      Type.Literal('enabled', {
        description: 'Refuses a disabled repository with 403 instead of answering.',
      }),
    ),
  },
  closed,
)
const cursor = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    description: '`next` of the page before. Of a revision that is no longer served it is 410.',
  }),
)
const target = Type.Optional(
  Type.String({
    maxLength: 256,
    description: 'Asks whether it may write there, `<organisation>/<repository>`; any other target is 403.',
  }),
)
export const TargetQuery = Type.Object({ ...common, target }, closed)
export const TargetByNameQuery = Type.Object(
  { ...common, repo: Type.String({ maxLength: 256, description: '`<organisation>/<repository>`' }), target },
  closed,
)
export const EventsQuery = Type.Object(
  {
    ...common,
    org: Type.Optional(
      Type.String({ pattern: OWNER_PATTERN, description: 'Only changes of this organisation.' }),
    ),
    repo: Type.Optional(
      Type.String({
        maxLength: 256,
        description: 'Only changes of this repository, `<organisation>/<repository>`.',
      }),
    ),
    lastEventId: Type.Optional(
      Type.String({
        maxLength: 256,
        description: 'The last event that the caller knows, where it can send no header.',
      }),
    ),
  },
  closed,
)
export type EventsQuery = Static<typeof EventsQuery>
export const ListQuery = Type.Object(
  {
    ...common,
    org: Type.Optional(Type.String({ pattern: OWNER_PATTERN, description: 'Only this organisation.' })),
    state: Type.Optional({ ...State, description: 'Only repositories in this state.' }),
    context: Type.Optional({ ...Context, description: 'Only repositories of this context.' }),
    q: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._/-]{1,140}$',
        description: 'Only names that hold this text, in any case.',
      }),
    ),
    limit: Type.Optional(
      Type.String({
        pattern: '^(?:[1-9][0-9]{0,2}|1000)$',
        description: 'Items of a page; 100 unless told.',
      }),
    ),
    cursor,
  },
  closed,
)
export type ListQuery = Static<typeof ListQuery>
// What a form sends: every field, empty ones too. What is typed may be anything; a name that cannot be is not found.
const Typed = Type.Optional(Type.String({ maxLength: 200 }))
const Empty = Type.Literal('')
export const ListPageQuery = Type.Object(
  {
    ...{ org: Typed, q: Typed, cursor },
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
  { pretty: flag(INDENTED), verbose: flag('Tells each check on a line of plain text.') },
  closed,
)

/** Described, and not checked: a condition that does not follow its grammar is none, and an unknown version is 406. */
export const ConditionHeaders = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ description: 'Entity tags of what the caller has; 304 when one of them is current.' }),
  ),
  'if-match': Type.Optional(
    Type.String({ description: 'Entity tags of which one has to be current; 412 when none is.' }),
  ),
})
/** A page is only read: it takes no `If-Match`. */
export const PageHeaders = Type.Pick(ConditionHeaders, ['if-none-match'])

export const RegistryHeaders = Type.Object({
  ...ConditionHeaders.properties,
  'infra-schema-version': Type.Optional(Type.String({ description: version })),
})

export const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'The `id` of the last event that the caller knows.' }),
  ),
  'infra-schema-version': Type.Optional(Type.String({ description: version })),
})

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
