// The lists: `/repos`, `/orgs`, `/orgs/:org`, `/telemetry-repos`. Pages of one list always come from one revision:
// a cursor of another one is 410, and the caller begins again.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Cursor, cursorScope, parseCursor, renderCursor } from '../../registry/cursor.ts'
import type { Filter, Page, Snapshot, Window } from '../../registry/snapshot.ts'
import type { Steps } from '../../registry/steps.ts'
import { answerFrom, answerLater, type Body } from '../answer.ts'
import type { Face } from '../face.ts'
import { orgNotRegistered } from '../findings.ts'
import { type Problem, problem } from '../problems.ts'
import {
  answers,
  ListQuery,
  OrgAnswer,
  OrgListAnswer,
  OrgParams,
  PlainQuery,
  REGISTRY_PROBLEMS,
  RepoListAnswer,
  TelemetryRepoListAnswer,
} from '../schemas.ts'
import type { App, Parts } from '../server.ts'
import { Turns } from '../turns.ts'

type TakePage = (snapshot: Snapshot, filter: Filter, window: Window) => Steps<Page<object>>

const DEFAULT_LIMIT = 100
const problems = [...REGISTRY_PROBLEMS, 410]

/** Adds the lists, and `/orgs/:org`. */
export function addLists(app: App, { live }: Parts): void {
  const turns = new Turns()
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
    { schema: { querystring: ListQuery, response: answers(RepoListAnswer, problems) } },
    list('/repos', (snapshot, filter, window) => snapshot.repos(filter, window)),
  )
  app.get(
    '/orgs',
    { schema: { querystring: ListQuery, response: answers(OrgListAnswer, problems) } },
    list('/orgs', (snapshot, filter, window) => snapshot.orgs(filter, window)),
  )
  app.get(
    '/telemetry-repos',
    { schema: { querystring: ListQuery, response: answers(TelemetryRepoListAnswer, problems) } },
    list('/telemetry-repos', (snapshot, filter, window) => snapshot.telemetryRepos(filter, window)),
  )
  app.get(
    '/orgs/:org',
    {
      schema: {
        params: OrgParams,
        querystring: PlainQuery,
        response: answers(OrgAnswer, [...REGISTRY_PROBLEMS, 404]),
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

interface Wanted {
  readonly filter: Filter
  readonly window: Window
  readonly scope: Omit<Cursor, 'from'>
}

/** Reads what a query asks for, or what is wrong with its cursor. */
function wantedOf(path: string, query: ListQuery, { info }: Snapshot): Wanted | Problem {
  const { limit, cursor, schema_version: _, ...filter } = query
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
