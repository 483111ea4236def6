// The lists: `/repos`, `/orgs`, `/orgs/:org`, `/telemetry-repos`. Pages of one list always come from one revision:
// a cursor of another one is 410, and the caller begins again.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { cursorScope, parseCursor, renderCursor } from '../../registry/cursor.ts'
import type { Filter, Page, Snapshot, Window } from '../../registry/snapshot.ts'
import { type Answer, answerFrom } from '../answer.ts'
import type { Face } from '../face.ts'
import { orgNotRegistered } from '../findings.ts'
import { problem } from '../problems.ts'
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

type TakePage = (snapshot: Snapshot, filter: Filter, window: Window) => Page<object>

const DEFAULT_LIMIT = 100
const problems = [...REGISTRY_PROBLEMS, 410]

/** Adds the lists, and `/orgs/:org`. */
export function addLists(app: App, { live }: Parts): void {
  const list =
    (path: string, take: TakePage) =>
    (request: FastifyRequest<{ Querystring: ListQuery }>, reply: FastifyReply) =>
      answerFrom(live, request, reply, (snapshot, face) =>
        answerPage(path, request.query, snapshot, face, take),
      )

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

function answerPage(path: string, query: ListQuery, snapshot: Snapshot, face: Face, take: TakePage): Answer {
  const { limit, cursor, schema_version: _, ...filter } = query
  const scope = cursorScope(snapshot.info.revision, path, filter)
  const at = cursor === undefined ? { ...scope, from: 0 } : parseCursor(cursor)
  if (at === undefined) return problem('invalid_query', 'cursor is not one that this service gave')
  if (at.revision !== scope.revision)
    return problem('revision_gone', 'the cursor is of a revision that is no longer served')
  if (at.filter !== scope.filter)
    return problem('invalid_query', 'cursor is of another list or other filters')

  const page = take(snapshot, filter, {
    from: at.from,
    limit: limit === undefined ? DEFAULT_LIMIT : Number(limit),
  })
  const next = page.next === undefined ? null : renderCursor({ ...scope, from: page.next })
  const text = `${JSON.stringify({ total: page.total, items: page.items, next }).slice(0, -1)},"registry":${face.registry}}`
  if (next === null) return { text }
  const again = new URLSearchParams({ ...filter, ...(limit === undefined ? {} : { limit }), cursor: next })
  return { text, headers: { link: `<${path}?${again}>; rel="next"` } }
}
