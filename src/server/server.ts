// The HTTP application over a live registry: made here, started and stopped elsewhere (bin/front.ts). It holds no
// state of its own, reads nothing and writes nothing; a request is a look-up in the one snapshot and an answer.
//
//   socket ─► limits ─► request check ─► route schema ─► answerFrom ─► snapshot ─► text

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import type { ThreadCounts } from '../live/edition.ts'
import type { LiveView } from '../live/live-view.ts'
import { addErrors, answerClientError, answerFrameworkError } from './errors.ts'
import { measureRoute } from './measure.ts'
import type { Meters } from './meters.ts'
import { measurePressure } from './pressure.ts'
import { pathOf } from './problems.ts'
import { MAX_LOGGED, type RequestLog } from './refuse.ts'
import { addRequestCheck } from './request-check.ts'
import { addEvents } from './routes/events.ts'
import { addHealth } from './routes/health.ts'
import { addInfraResolution } from './routes/infra-resolution.ts'
import { addLists } from './routes/lists.ts'
import { addMetrics } from './routes/metrics.ts'
import { addPage } from './routes/page.ts'
import { addProblemPages } from './routes/problem-pages.ts'
import { addReference } from './routes/reference.ts'
import { addRegistry } from './routes/registry.ts'
import { addResolve } from './routes/resolve.ts'
import { addTelemetryTarget } from './routes/telemetry-target.ts'
import { Turns } from './turns.ts'
import { checkBeforeHandler } from './validate.ts'
import { Watchers } from './watch/watchers.ts'

/** What the service says of itself in `/healthz`. */
export interface Service {
  readonly name: string
  readonly version: string
  readonly environment: string
}

/** What the routes are made of; passed, never found. */
export interface Parts {
  readonly live: LiveView
  readonly service: Service
  /** Where the service's own manifest is wrong or contradicts its start, a line each; found once, at the start. */
  readonly manifestFaults: readonly string[]
  /** Set by whoever stops the process: readiness fails and connections are not kept, while requests are answered. */
  readonly lifecycle: { draining: boolean }
  readonly log: RequestLog
  /** The row of the serving thread. */
  readonly meters: Meters
  /** How many clients may wait for a change, by `/events` and `?wait`; without it, `MAX_WATCHERS`. */
  readonly maxWatchers?: number
  /** The text of schemas/openapi.json. */
  readonly openapi: string
  /** How it stands with the serving threads, where there are several. */
  readonly threads?: () => ThreadCounts
  /** Told of each answered request, when somebody wants to know; costs a hook per request. */
  readonly onAnswered?: (request: { method: string; path: string; status: number; ms: number }) => void
}

/** Builds the application. Call `ready()` or `listen()` on it; it opens nothing by itself. */
export function buildServer(parts: Parts) {
  const app = fastify({
    // Slow and silent sockets are cut within `requestTimeout` plus one checking interval. Node's own defaults,
    // and Fastify's, leave them open for half a minute and more.
    requestTimeout: 5_000,
    keepAliveTimeout: 5_000,
    http: {
      headersTimeout: 3_000,
      connectionsCheckingInterval: 500,
      maxHeaderSize: 8_192,
      // Node's own refusal has no body; the request check refuses with ours.
      requireHostHeader: false,
      insecureHTTPParser: false,
    },
    // A request that reached us before the port closed is answered; the drain in bin/front.ts does the rest.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: false,
    bodyLimit: 1_024,
    // HEAD is GET whose body is not sent: one route for both, so that their headers cannot differ (RFC 9110 §9.3.2).
    exposeHeadRoutes: false,
    logger: false,
    // Requests are told apart by nobody: a number for each would be made and thrown away.
    genReqId: () => '',
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 100 },
    frameworkErrors: (error, request, reply) => answerFrameworkError(error, request, reply),
    clientErrorHandler: (error, socket) => answerClientError(parts, error, socket),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.server.maxConnections = 16_384
  // An expectation other than 100-continue may be ignored (RFC 9110 §10.1.1); Node would answer a bare 417.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.decorate('requestLog', parts.log)
  app.decorate('meters', parts.meters)
  // Answers are text by the time they get here; response schemas describe them and the tests hold them to it.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  // GET-only: no body is ever parsed, so no content type is ever trusted.
  app.removeAllContentTypeParsers()

  addRequestCheck(app, parts.lifecycle, measurePressure(app, parts.meters))
  addErrors(app, parts.meters)
  const { onAnswered } = parts
  if (onAnswered !== undefined) {
    app.addHook('onResponse', (request, reply, done) => {
      const path = pathOf(request.url, MAX_LOGGED)
      onAnswered({ method: request.method, path, status: reply.statusCode, ms: reply.elapsedTime })
      done()
    })
  }

  const turns = new Turns()
  const watchers = new Watchers({ live: parts.live, max: parts.maxWatchers, meter: parts.meters })
  // Only now, and not when the drain begins: who is let go comes back, and finds another instance.
  app.addHook('preClose', () => watchers.close())

  app.register((scope, _options, done) => {
    const routes = scope.withTypeProvider<TypeBoxTypeProvider>()
    routes.addHook('onRoute', route => {
      route.method = ['GET', 'HEAD']
      checkBeforeHandler(route)
      measureRoute(route, parts)
    })
    addResolve(routes, parts, watchers)
    addTelemetryTarget(routes, parts)
    addInfraResolution(routes, parts)
    addLists(routes, parts, turns)
    addRegistry(routes, parts, watchers)
    addEvents(routes, parts, watchers)
    addHealth(routes, parts)
    addMetrics(routes, parts)
    addProblemPages(routes)
    addReference(routes, parts)
    addPage(routes, parts, turns)
    done()
  })
  return app
}

export type App = ReturnType<typeof buildServer>
