// From a page to the socket: the headers under which a browser may show one, and the conditions of RFC 9110. A page
// tells ages and the state of the service as well as entries, so its tag is that of the very bytes.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { sha256 } from '../core/digest.ts'
import { CONTENT_SECURITY_POLICY } from '../page/layout.ts'
import { evaluate } from './conditional.ts'
import { RETRY_AFTER_S } from './problems.ts'

export const HTML_TYPE = 'text/html; charset=utf-8'

/** What every document is sent with: nothing but this origin's own, in no frame, and no address told to others. */
export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** Sends a page. One that is no 200 is not kept by anybody, and is told again whole. */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  status = 200,
): FastifyReply {
  reply.headers(PAGE_HEADERS)
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_S))
  if (status !== 200) return reply.code(status).header('cache-control', 'no-store').type(HTML_TYPE).send(text)
  const etag = `"${sha256(text).slice(0, 32)}"`
  reply.header('etag', etag).header('cache-control', 'no-cache')
  const { 'if-none-match': ifNoneMatch } = request.headers
  if (evaluate({ ifMatch: undefined, ifNoneMatch }, etag) === 304) return reply.code(304).send()
  return reply.type(HTML_TYPE).send(text)
}
