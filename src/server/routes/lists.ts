// The lists: `/repos`, `/orgs`, `/orgs/:org`, `/telemetry-repos`. Pages of one list always come from one revision:
// a cursor of another one is 410, and the caller begins again.

import type { TSchema } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Cursor, cursorScope, parseCursor, renderCursor } from '../../registry/cursor.ts'
import type { Filter, Page, Snapshot, Window } from '../../registry/snapshot.ts'
import type { Steps } from '../../registry/steps.ts'
import { answerFrom, answerLater, type Body } from '../answer.ts'
import { OrgAnswer, OrgListAnswer, RepoListAnswer, TelemetryRepoListAnswer } from '../answer-schemas.ts'
import { link, NAMED, registryAnswers } from '../describe.ts'
import type { Face } from '../face.ts'
import { orgNotRegistered } from '../findings.ts'
import { type Problem, problem } from '../problems.ts'
import { ListQuery, OrgParams, PlainQuery, RegistryHeaders } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'
import type { Turns } from '../turns.ts'

type TakePage = (snapshot: Snapshot, filter: Filter, window: Window) => Steps<Page<object>>

const DEFAULT_LIMIT = 100
const LINK = link('The next page, as `rel="next"`; absent from the last one.')

/** Adds the lists, and `/orgs/:org`. */
export function addLists(app: App, { live }: Parts, turns: Turns): void {
  const list =
    (path: string, take: TakePage) =>
    (request: FastifyRequest<{ Querystring: ListQuery }>, reply: FastifyReply) =>
      answerLater(live, request, reply, async (snapshot, face, gone) => {
        const wanted = wantedOf(path, request.query, snapshot)
        if ('code' in wanted) return wanted
        const page = await turns.run(take(snapshot, wanted.filter, wanted.window), gone)
        if (page === undefined) return problem('overloaded', 'too many searches are under way')
        return renderPage(path, request.query, wanted, page, face)
      })

  app.get(
    '/repos',
    {
      schema: {
        operationId: 'listRepos',
        summary: 'Which repositories are there?',
        description: 'In the order of the registry, a page at a time; `total` counts all pages.',
        tags: ['Lists'],
        samples: [
          { name: 'What is active in production', path: '/repos?state=enabled&context=production&pretty' },
          { name: 'The first page of one item', path: '/repos?limit=1' },
          { name: 'A parameter that nobody knows', path: '/repos?colour=green' },
        ],
        ...describeList(RepoListAnswer),
      },
    },
    list('/repos', (snapshot, filter, window) => snapshot.repos(filter, window)),
  )
  app.get(
    '/orgs',
    {
      schema: {
        operationId: 'listOrgs',
        summary: 'Which organisations are there?',
        description: 'With `state` and `context`, those that have such a repository; the counts are of all.',
        tags: ['Lists'],
        samples: [{ name: 'All of them', path: '/orgs' }],
        ...describeList(OrgListAnswer),
      },
    },
    list('/orgs', (snapshot, filter, window) => snapshot.orgs(filter, window)),
  )
  app.get(
    '/telemetry-repos',
    {
      schema: {
        operationId: 'listTelemetryRepos',
        summary: 'Which telemetry repositories are there?',
        description: 'One for each organisation; `?state=enabled` lists those that something writes to.',
        tags: ['Lists'],
        samples: [{ name: 'Those in use', path: '/telemetry-repos?state=enabled' }],
        ...describeList(TelemetryRepoListAnswer),
      },
    },
    list('/telemetry-repos', (snapshot, filter, window) => snapshot.telemetryRepos(filter, window)),
  )
  app.get(
    '/orgs/:org',
    {
      schema: {
        operationId: 'getOrg',
        summary: 'What is this organisation?',
        description: 'Its telemetry repository, and how many repositories it has of each state and context.',
        tags: ['Lists'],
        samples: [
          { name: 'An organisation', path: '/orgs/orchard-works' },
          { name: 'One that nobody registered', path: '/orgs/nobody' },
        ],
        params: OrgParams,
        querystring: PlainQuery,
        headers: RegistryHeaders,
        response: registryAnswers({
          says: 'The organisation is registered.',
          body: OrgAnswer,
          refusals: [...NAMED, 'invalid_query', 'org_not_registered'],
        }),
      },
    },
    (request, reply) =>
      answerFrom(live, request, reply, (snapshot, face) => {
        const org = snapshot.org(request.params.org)
        if (org === undefined) return orgNotRegistered(request.params.org)
        return { text: `${JSON.stringify(org).slice(0, -1)},"registry":${face.registry}}` }
      }),
  )
}

function describeList(body: TSchema) {
  return {
    querystring: ListQuery,
    headers: RegistryHeaders,
    response: registryAnswers({
      says: 'One page.',
      body,
      headers: LINK,
      refusals: ['invalid_query', 'invalid_name', 'revision_gone'],
    }),
  }
}

interface Wanted {
  readonly filter: Filter
  readonly window: Window
  readonly scope: Omit<Cursor, 'from'>
}

/** Reads what a query asks for, or what is wrong with its cursor. */
function wantedOf(path: string, query: ListQuery, { info }: Snapshot): Wanted | Problem {
  const { limit, cursor, schema_version: _version, pretty: _pretty, ...filter } = query
  const scope = cursorScope(info.revision, path, filter)
  const at = cursor === undefined ? { ...scope, from: 0 } : parseCursor(cursor)
  if (at === undefined) return problem('invalid_query', 'cursor is not one that this service gave')
  if (at.revision !== scope.revision)
    return problem('revision_gone', 'the cursor is of a revision that is no longer served')
  if (at.filter !== scope.filter)
    return problem('invalid_query', 'cursor is of another list or other filters')
  return {
    filter,
    window: { from: at.from, limit: limit === undefined ? DEFAULT_LIMIT : Number(limit) },
    scope,
  }
}

function renderPage(
  path: string,
  { limit }: ListQuery,
  { filter, scope }: Wanted,
  page: Page<object>,
  face: Face,
): Body {
  const next = page.next === undefined ? null : renderCursor({ ...scope, from: page.next })
  const text = `${JSON.stringify({ total: page.total, items: page.items, next }).slice(0, -1)},"registry":${face.registry}}`
  if (next === null) return { text }
  const again = new URLSearchParams({ ...filter, ...(limit === undefined ? {} : { limit }), cursor: next })
  return { text, headers: { link: `<${path}?${again}>; rel="next"` } }
}
