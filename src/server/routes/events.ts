// `/events`: a stream of server-sent events that says when the registry has changed, and not how: whoever is told asks
// again. `?org=` and `?repo=` narrow it to the changes of one organisation or repository.

import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseFullName } from '../../registry/names.ts'
import { checkVersion } from '../answer.ts'
import { EventsAnswer } from '../answer-schemas.ts'
import { waitsForTurn } from '../at-front.ts'
import { answers, CACHE_CONTROL, type Row, UNAVAILABLE } from '../describe.ts'
import { invalidFullName } from '../findings.ts'
import { type Problem, problem } from '../problems.ts'
import { sendProblem, unavailable } from '../refuse.ts'
import { EventsHeaders, EventsQuery } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'
import type { Subject } from '../watch/scope.ts'
import { openStream, STREAM_HEAD } from '../watch/stream.ts'
import type { Watchers } from '../watch/watchers.ts'

/** Adds `/events`. */
export function addEvents(app: App, { live, lifecycle }: Parts, watchers: Watchers): void {
  app.get('/events', { schema: SCHEMA }, answer)

  function answer(
    request: FastifyRequest<{ Querystring: EventsQuery }>,
    reply: FastifyReply,
  ): FastifyReply | undefined {
    // To an `EventSource` this says: do not come back here.
    if (lifecycle.draining || watchers.closed)
      return reply.code(204).headers({ 'cache-control': 'no-store', connection: 'close' }).send()
    const subject = subjectOf(request.query)
    if ('code' in subject) return sendProblem(request, reply, subject)
    const refusal =
      checkVersion(request, request.headers) ??
      (live.current() === undefined ? unavailable(live) : watchers.checkRoom())
    if (refusal !== undefined) return sendProblem(request, reply, refusal)
    if (request.method === 'HEAD') return reply.headers(STREAM_HEAD).send()
    // By its turn the service may have closed, or the last place be taken: everything is asked again.
    if (waitsForTurn(request, reply, () => answer(request, reply))) return undefined
    return stream(request, reply, subject)
  }

  function stream(
    { query, headers }: FastifyRequest<{ Querystring: EventsQuery }>,
    reply: FastifyReply,
    subject: Subject,
  ): undefined {
    // The header is newer: a client that comes back by itself asks for the address that it was given first.
    const seen = headers['last-event-id']?.toString() ?? query.lastEventId
    const scope = watchers.scopeOf(subject)
    reply.hijack()
    openStream(watchers, scope, reply.raw, seen)
  }
}

const LEAVING: Row = {
  description: 'The service leaves; do not come back to it.',
  headers: { 'Cache-Control': CACHE_CONTROL },
}
const SCHEMA = {
  operationId: 'watchEvents',
  summary: 'Tell me when it changes',
  description:
    'Server-sent events, of everything or of what `org` or `repo` names. Each has an `id`, and as its data the ' +
    '`registry` block that answers carry from then on; whoever is told asks again. A caller that comes back with the ' +
    'last `id` hears only what is new to it. A comment is sent about every 15 seconds.',
  tags: ['Registry'] as const,
  samples: [],
  querystring: EventsQuery,
  headers: EventsHeaders,
  response: {
    ...answers({
      says: 'The stream, until one of the two leaves.',
      body: { 'text/event-stream': { schema: EventsAnswer } },
      headers: {
        'X-Accel-Buffering': {
          description: '`no`: proxies pass each event on at once.',
          required: true,
          schema: Type.Literal('no'),
        },
      },
      refusals: ['invalid_name', 'invalid_query', 'unsupported_schema_version', ...UNAVAILABLE, 'overloaded'],
    }),
    204: LEAVING,
  },
}

function subjectOf({ org, repo }: EventsQuery): Subject | Problem {
  if (org !== undefined && repo !== undefined)
    return problem('invalid_query', 'want one of org and repo; repo is <organisation>/<repository>')
  if (org !== undefined) return { kind: 'org', org }
  if (repo === undefined) return { kind: 'revision' }
  const name = parseFullName(repo)
  return name === undefined ? invalidFullName('repo', repo) : { kind: 'repo', ...name }
}
