// What a request must be before any route sees it: for one host, and without content. Node lets two Host headers pass
// and keeps the first, while a proxy in front may have kept the second: then the two do not agree on whom the request
// was for (RFC 9112 §3.2). And where two do not agree on where a request ends, its content becomes the next request.

import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Problem, problem } from './problems.ts'
import { refuseEarly } from './refuse.ts'
import type { App, Parts } from './server.ts'

/**
 * Refuses such requests, and those that `isShed` has no room for; tells clients to reconnect elsewhere once the
 * service drains. One hook for all of it: each costs every request.
 */
export function addRequestCheck(
  app: Pick<App, 'addHook'>,
  lifecycle: Parts['lifecycle'],
  isShed: (url: string) => boolean,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (lifecycle.draining) reply.raw.setHeader('connection', 'close')
    const refusal = checkRequest(request)
    if (refusal !== undefined) refuse(request, reply, refusal)
    else if (isShed(request.url))
      refuseEarly(request, reply, problem('overloaded', 'the service cannot keep up'))
    else done()
  })
}

const framed = new WeakSet<Socket>()

/**
 * Tells whether a request on `socket` announced content. What the parser says of such a socket afterwards may be
 * about that content, for which an answer has been given: a second one would be taken for that of the next request.
 */
export function hasCarriedContent(socket: Socket): boolean {
  return framed.has(socket)
}

/** Finds what is wrong with the head of a request, for one pass over its headers. */
export function checkRequest(request: FastifyRequest): Problem | undefined {
  const { rawHeaders, httpVersion, url = '' } = request.raw
  let hosts = 0
  let content = false
  let coded = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4) {
      if (name.toLowerCase() === 'host') hosts += 1
    } else if (name.length === 14) {
      if (name.toLowerCase() === 'content-length') content ||= rawHeaders[i + 1] !== '0'
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      content = true
      coded ||= rawHeaders[i + 1]!.toLowerCase() !== 'chunked'
    }
  }
  if (content) framed.add(request.raw.socket)
  if (hosts > 1) return problem('bad_request', 'the request has more than one Host header')
  if (hosts === 0 && httpVersion !== '1.0') return problem('bad_request', 'the request has no Host header')
  if (coded) return problem('bad_request', 'the transfer encoding is not "chunked"')
  // The router takes the asterisk, which is a target alone (RFC 9112 §3.2.4), for the slash that a path begins with.
  if (url.startsWith('*') && url !== '*') return problem('bad_request', 'the request target is no path')
  if (url.includes('#')) return problem('bad_request', 'the request target holds a fragment')
  if (content && (request.method === 'GET' || request.method === 'HEAD')) {
    return problem('content_too_large', `a ${request.method} request takes no content`)
  }
  return undefined
}

function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Problem): void {
  // The two sides do not agree on this request: nothing else is read from the connection.
  reply.header('connection', 'close')
  refuseEarly(request, reply, refusal)
}
