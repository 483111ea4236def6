// Which of two forms an answer takes: JSON, or the one value as a line of text for whoever asks for `text/plain`.

import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'

export const JSON_TYPE = 'application/json; charset=utf-8'
export const PLAIN_TYPE = 'text/plain; charset=utf-8'

/** Marks the answer, whatever it will be, as chosen by `Accept`. */
export function vary(request: FastifyRequest, reply: FastifyReply): FastifyRequest {
  reply.raw.setHeader('vary', 'Accept')
  return request
}

/** Tells whether the caller would rather have plain text; JSON wins a tie, and stands for what is not offered. */
export function wantsPlain(request: FastifyRequest): boolean {
  return new Negotiator(request.raw).mediaType([JSON_TYPE, PLAIN_TYPE]) === PLAIN_TYPE
}
