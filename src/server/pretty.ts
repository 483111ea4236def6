// JSON that people can read, for who asks for it with `?pretty`.

import type { FastifyRequest } from 'fastify'

/** Tells whether the caller asked for JSON that people can read. */
export function isPretty(request: FastifyRequest): boolean {
  const query = request.query as { pretty?: unknown } | null
  // What the framework refuses before it finds a route has no query of its own.
  if (query === null) return /[?&]pretty(?:=(?:true)?)?(?:&|$)/.test(request.url)
  return query.pretty !== undefined && (query.pretty === '' || query.pretty === 'true')
}

/** Indents JSON by two spaces, and ends it with a newline. */
export function indent(text: string): string {
  return `${JSON.stringify(JSON.parse(text), null, 2)}\n`
}

/** Another form of the same is another representation, and needs another strong tag (RFC 9110 §8.8.3). */
export function prettyTag(etag: string): string {
  return `${etag.slice(0, -1)}-pretty"`
}
