// Counts what a handler answers and how long it took. Around the handler and not in a hook: a hook that runs after the
// answer costs every request more than all that is counted here.

import type { FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import type { Meters } from './meters.ts'
import type { RouteMeter } from './route-meter.ts'
import type { Parts } from './server.ts'

/** Routes that answer for one repository: when nothing is loaded, that is an outcome too. */
const RESOLVING: ReadonlySet<string> = new Set([
  '/resolve/:org/:repo',
  '/telemetry-target/:org/:repo',
  '/telemetry-target',
  '/infra-resolution/:org/:repo',
])

/** Measures a route, under the pattern that it is registered with: what was asked for is never a label. */
export function measureRoute(route: RouteOptions, { meters, live }: Pick<Parts, 'meters' | 'live'>): void {
  // A 503 may have other reasons, such as no room to wait.
  const isUnavailable = RESOLVING.has(route.url) ? () => live.current() === undefined : undefined
  route.handler = measured(route.handler, meters, meters.route(route.url), isUnavailable)
}

/**
 * Wraps a handler so that each of its answers is counted once, when it is made. Where `isUnavailable` says why it is 503,
 * that is counted as the outcome.
 */
export function measured(
  handler: RouteHandlerMethod,
  meters: Meters,
  meter: RouteMeter,
  isUnavailable?: () => boolean,
): RouteHandlerMethod {
  return function (request, reply) {
    const began = meter.begin()
    const { raw } = reply
    let given: unknown
    try {
      given = handler.call(this, request, reply)
    } catch (error) {
      countAtEnd(request, reply, meters, meter, began)
      throw error
    }
    if (!raw.writableEnded) countAtEnd(request, reply, meters, meter, began)
    else {
      meter.answered(raw.statusCode, began)
      if (raw.statusCode === 503 && isUnavailable?.()) meters.resolved('unavailable')
    }
    return given
  }
}

/** Counts an answer that is made later; one whose caller left before its head was sent never was one. */
function countAtEnd(
  request: FastifyRequest,
  { raw }: FastifyReply,
  meters: Meters,
  meter: RouteMeter,
  began: number,
): void {
  raw.once('close', () => {
    if (raw.headersSent) (isWaiting(request) ? meters.waiting : meter).answered(raw.statusCode, began)
  })
}

/** Tells whether the caller asked to be kept waiting. */
function isWaiting({ query, headers, routeOptions }: FastifyRequest): boolean {
  const { wait } = query as { wait?: unknown }
  return wait !== undefined || headers.prefer !== undefined || routeOptions.url === '/events'
}
