// Everything that goes wrong before or beside a route, given the same form as what goes wrong in one: bad HTTP, bad
// URLs, unknown paths, other methods, overload, and bugs.

import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { systemCode } from '../core/error.ts'
import { EditionLost } from '../live/edition-lost.ts'
import { measured } from './measure.ts'
import type { Meters } from './meters.ts'
import {
  PROBLEM_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  pathOf,
  problem,
  renderProblem,
} from './problems.ts'
import { MAX_LOGGED, refuseEarly, sendProblem } from './refuse.ts'
import { checkRequest, hasCarriedContent } from './request-check.ts'
import type { App, Parts } from './server.ts'

/** Sets the handlers for unknown routes, other methods, and bugs. */
export function addErrors(app: Pick<App, 'setNotFoundHandler' | 'setErrorHandler'>, meters: Meters): void {
  const notFound: RouteHandlerMethod = (request, reply) => {
    if (!isRead(request)) return refuseMethod(request, reply)
    return sendProblem(request, reply, problem('route_not_found', 'no such route'))
  }
  app.setNotFoundHandler(measured(notFound, meters, meters.other))

  app.setErrorHandler((error: FastifyError, request, reply) => {
    // A body or its type that the framework refuses by itself: what is wrong with the request is its method.
    if (!isRead(request)) {
      refuseMethod(request, reply)
      return meters.other.observe(reply.raw.statusCode, 0)
    }
    const told = { err: error, path: pathOf(request.url, MAX_LOGGED) }
    if (error instanceof EditionLost) {
      // The thread is about to be gone. Whoever is cut off asks again, and comes to another or to the one in its place.
      request.server.requestLog.error(told, 'request cut off')
      reply.hijack()
      request.raw.socket.destroy()
      return
    }
    request.server.requestLog.error(told, 'request failed')
    return sendProblem(request, reply, problem('internal', 'the service failed to answer'))
  })
}

/** Answers what the framework refuses before it finds a route. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  // No hook has run for such a request.
  const refusal = checkRequest(request)
  if (refusal !== undefined) reply.header('connection', 'close')
  refuseEarly(request, reply, refusal ?? frameworkProblem(error))
}

function frameworkProblem(error: FastifyError): Problem {
  return error.code === 'FST_ERR_MAX_PARAM_LENGTH'
    ? problem('uri_too_long', 'a name in the path has more than 100 characters')
    : problem('bad_request', 'the path cannot be decoded')
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

function refuseMethod(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('allow', 'GET, HEAD')
  return sendProblem(request, reply, problem('method_not_allowed', `method ${request.method} is not allowed`))
}

/** Who is told of what is answered on a bare socket. */
type Told = Pick<Parts, 'log' | 'meters'>

/** Answers what Node's HTTP parser refuses, on the bare socket, and closes it. */
export function answerClientError({ log, meters }: Told, error: Error, socket: Socket): void {
  const code = clientErrorCode(systemCode(error))
  // What follows content, or a request that was said to be the last, is no request and has no answer.
  if (hasCarriedContent(socket) || systemCode(error) === 'HPE_CLOSED_CONNECTION') {
    socket.destroySoon()
    return
  }
  if (!socket.writable || systemCode(error) === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { status, title } = PROBLEMS[code]
  const body = renderProblem(problem(code, CLIENT_ERRORS[code]), '')
  meters.problem(code)
  meters.other.observe(status, 0)
  log.info({ method: null, path: null, status, code, revision: null }, 'request refused')
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

const CLIENT_ERRORS = {
  bad_request: 'the request is not well-formed HTTP',
  request_timeout: 'the request did not arrive in time',
  headers_too_large: 'request line and headers are larger than 8192 bytes',
} as const satisfies Partial<Record<ProblemCode, string>>

function clientErrorCode(code: string | undefined): keyof typeof CLIENT_ERRORS {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'bad_request'
}
