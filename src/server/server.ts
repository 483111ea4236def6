// The HTTP application over a live registry: made here, started and stopped elsewhere (bin/serve.ts). It holds no
// state of its own, reads nothing and writes nothing; a request is a look-up in the one snapshot and an answer.
//
//   socket ─► limits ─► one Host? ─► route schema ─► answerFrom ─► snapshot ─► text

import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import underPressure from '@fastify/under-pressure'
import { fastify } from 'fastify'
import type { LiveView } from '../live/live.ts'
import type { RequestLog } from './answer.ts'
import { addErrors, answerClientError, answerFrameworkError } from './errors.ts'
import { addHostCheck } from './host-check.ts'
import { RETRY_AFTER_S } from './problems.ts'
import { addHealth } from './routes/health.ts'
import { addInfraResolution } from './routes/infra-resolution.ts'
import { addLists } from './routes/lists.ts'
import { addProblemPages } from './routes/problem-pages.ts'
import { addRegistry } from './routes/registry.ts'
import { addResolve } from './routes/resolve.ts'
import { addTelemetryTarget } from './routes/telemetry-target.ts'

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
  /** Set by whoever stops the process: readiness fails and connections are not kept, while requests are answered. */
  readonly lifecycle: { draining: boolean }
  readonly log: RequestLog
  /** Told of each answered request, when somebody wants to know; costs a hook per request. */
  readonly onAnswered?: (request: { method: string; path: string; status: number; ms: number }) => void
}

/** The loop is late by this much on average for a second: more work would only make every answer late. */
const MAX_LOOP_DELAY_MS = 1_000

/** Route options of what must answer under any pressure: liveness and the status that explains it. */
export const NEVER_SHED = { config: { pressureHandler: () => undefined } }

/** Builds the application. Call `ready()` or `listen()` on it; it opens nothing by itself. */
export function buildServer(parts: Parts) {
  const app = fastify({
    // Slow and silent sockets are cut within `requestTimeout` plus one checking interval. Node's own defaults,
    // and Fastify's, leave them open for half a minute and more.
    requestTimeout: 5_000,
    connectionTimeout: 10_000,
    keepAliveTimeout: 5_000,
    http: { headersTimeout: 3_000, connectionsCheckingInterval: 500, maxHeaderSize: 8_192 },
    // A request that reached us before the port closed is answered; the drain in bin/serve.ts does the rest.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: false,
    logger: false,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 100 },
    frameworkErrors: (error, request, reply) => answerFrameworkError(error, request, reply),
    clientErrorHandler: (error, socket) => answerClientError(parts.log, error, socket),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.server.maxConnections = 16_384
  app.decorate('requestLog', parts.log)
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  // Answers are text by the time they get here; response schemas describe them and the tests hold them to it.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  // GET-only: no body is ever parsed, so no content type is ever trusted.
  app.removeAllContentTypeParsers()

  addHostCheck(app, parts.lifecycle)
  app.register(underPressure, { maxEventLoopDelay: MAX_LOOP_DELAY_MS, retryAfter: RETRY_AFTER_S })
  addErrors(app)
  const { onAnswered } = parts
  if (onAnswered !== undefined) {
    app.addHook('onResponse', (request, reply, done) => {
      const path = request.url.split('?', 1)[0]!
      onAnswered({ method: request.method, path, status: reply.statusCode, ms: reply.elapsedTime })
      done()
    })
  }

  app.register((scope, _options, done) => {
    const routes = scope.withTypeProvider<TypeBoxTypeProvider>()
    addResolve(routes, parts)
    addTelemetryTarget(routes, parts)
    addInfraResolution(routes, parts)
    addLists(routes, parts)
    addRegistry(routes, parts)
    addHealth(routes, parts)
    addProblemPages(routes)
    done()
  })
  return app
}

export type App = ReturnType<typeof buildServer>
