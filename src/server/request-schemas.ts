// What the routes take, as TypeBox. A request is held to it at the head of its handler (validate.ts), and the reference
// is written from it.

import { type Static, Type } from '@sinclair/typebox'
import { OWNER_PATTERN, REPO_PATTERN } from '../registry/names.ts'
import { Context, State } from '../registry/schema.ts'
import { DURATION_PATTERN } from './watch/duration.ts'

const closed = { additionalProperties: false } as const

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
    title: 'a duration such as 30s',
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
    title: 'the next of a page before',
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
      Type.String({
        title: 'the name of an organisation',
        pattern: OWNER_PATTERN,
        description: 'Only changes of this organisation.',
      }),
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
    org: Type.Optional(
      Type.String({
        title: 'the name of an organisation',
        pattern: OWNER_PATTERN,
        description: 'Only this organisation.',
      }),
    ),
    state: Type.Optional({ ...State, description: 'Only repositories in this state.' }),
    context: Type.Optional({ ...Context, description: 'Only repositories of this context.' }),
    q: Type.Optional(
      Type.String({
        title: 'a part of a name',
        pattern: '^[A-Za-z0-9._/-]{1,140}$',
        description: 'Only names that hold this text, in any case.',
      }),
    ),
    limit: Type.Optional(
      Type.String({
        title: 'a number from 1 to 1000',
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
  { before: Type.Optional(Type.String({ title: 'a line of the log', pattern: '^[1-9][0-9]{0,9}$' })) },
  closed,
)
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
