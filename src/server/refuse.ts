// Where a request is refused: the one log line, the count, and the problem document.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LiveView } from '../live/live-view.ts'
import type { LoadCode } from '../live/load-result.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import type { Meters } from './meters.ts'
import { indent, isPretty } from './pretty.ts'
import {
  PROBLEM_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  pathOf,
  problem,
  RETRY_AFTER_S,
  renderProblem,
} from './problems.ts'

/** One line per request: refused ones at `info`, answered ones at `debug`. */
export interface RequestLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** How much of a path goes into a log line. */
export const MAX_LOGGED = 200

/** Sends a problem document, and tells of the refusal. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  given: Problem,
  snapshot?: Snapshot,
): FastifyReply {
  const { status } = PROBLEMS[given.code]
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_S))
  if (snapshot === undefined) reply.header('cache-control', 'no-store')
  tellRefusal(request, given.code, snapshot)
  const text = renderProblem(given, request.url)
  return reply
    .code(status)
    .header('content-type', PROBLEM_TYPE)
    .send(isPretty(request) ? indent(text) : text)
}

/** Counts a refused request and writes its one log line; `snapshot` is the registry that had a say in it. */
export function tellRefusal(request: FastifyRequest, code: ProblemCode, snapshot?: Snapshot): void {
  const { meters, requestLog } = request.server
  meters.problem(code)
  const path = pathOf(request.url, MAX_LOGGED)
  const revision = snapshot?.info.revision ?? null
  requestLog.info(
    { method: request.method, path, status: PROBLEMS[code].status, code, revision },
    'request refused',
  )
}

/** Refuses a request before a route is found for it, or let to have it. */
export function refuseEarly(request: FastifyRequest, reply: FastifyReply, refusal: Problem): void {
  sendProblem(request, reply, refusal)
  request.server.meters.other.observe(reply.statusCode, 0)
}

/** Says why no registry is served: the last failed load, in the codes of the wire. */
export function unavailable(live: LiveView): Problem {
  const { lastError } = live.status()
  if (lastError === null) return problem('registry_not_loaded', 'the registry has not been read yet')
  return problem(WIRE_CODES[lastError.code], lastError.detail)
}

const WIRE_CODES = {
  registry_missing: 'registry_not_loaded',
  registry_unreadable: 'registry_not_loaded',
  registry_too_large: 'registry_not_loaded',
  load_failed: 'registry_not_loaded',
  registry_invalid: 'registry_invalid',
  registry_version_unsupported: 'registry_version_unsupported',
  seal_invalid: 'seal_invalid',
  pointer_missing: 'registry_not_loaded',
  pin_unknown: 'pin_unknown',
  pin_invalid: 'pin_invalid',
  rollback_refused: 'pin_invalid',
  pointer_conflict: 'pin_invalid',
  mass_change_refused: 'pin_invalid',
} as const satisfies Record<LoadCode, ProblemCode>

declare module 'fastify' {
  interface FastifyInstance {
    requestLog: RequestLog
    meters: Meters
  }
}
