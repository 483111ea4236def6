// What the service says of itself: the OpenAPI document for programs, and the page that is made of it for people. Both
// are made once and are the same until the next start; the page not before somebody asks for it.

import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sha256 } from '../../core/digest.ts'
import { type ReferenceDocument, renderReference } from '../../page/reference.ts'
import { REFERENCE_STYLE } from '../../page/reference-style.ts'
import { JSON_TYPE } from '../accept.ts'
import { evaluate } from '../conditional.ts'
import { answers, DESCRIBED_BY, ETAG, link, notModified } from '../describe.ts'
import { problem } from '../problems.ts'
import { sendProblem } from '../refuse.ts'
import { ConditionHeaders, OpenQuery } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'

const LINK = link(
  'This description, as `rel="service-desc"`, and the page made of it, as `rel="service-doc"`.',
)
const POLICY =
  "default-src 'none'; style-src 'HASH'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Adds `/openapi.json` and `/docs`. */
export function addReference(app: App, { openapi }: Parts): void {
  const document = makeText(openapi, JSON_TYPE)
  const documentRows = answers({
    says: 'The OpenAPI document.',
    body: Type.Object({ openapi: Type.String() }, { additionalProperties: true, title: 'OpenApi' }),
    headers: { ...ETAG, ...LINK },
    refusals: ['precondition_failed', 'overloaded'],
  })
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'This description, for programs',
        description: 'Every path, parameter, status, code and header. It is always indented.',
        tags: ['Reference'],
        samples: [],
        querystring: OpenQuery,
        headers: ConditionHeaders,
        response: { ...documentRows, 304: notModified(documentRows[200]!) },
      },
    },
    (request, reply) => sendText(request, reply, document, {}),
  )

  let page: Text | undefined
  const policy = POLICY.replace(
    'HASH',
    `sha256-${Buffer.from(sha256(REFERENCE_STYLE), 'hex').toString('base64')}`,
  )
  const pageRows = answers({
    says: 'The page.',
    body: { 'text/html': { schema: Type.String() } },
    headers: {
      ...ETAG,
      ...LINK,
      'Content-Security-Policy': {
        description: 'No script, and nothing from anybody else.',
        schema: Type.String(),
      },
    },
    refusals: ['precondition_failed', 'overloaded'],
  })
  app.get(
    '/docs',
    {
      schema: {
        operationId: 'getDocs',
        summary: 'This description, for people',
        description: 'One page without scripts, made of the OpenAPI document; it asks nobody for anything.',
        tags: ['Reference'],
        samples: [],
        querystring: OpenQuery,
        headers: ConditionHeaders,
        response: { ...pageRows, 304: notModified(pageRows[200]!) },
      },
    },
    (request, reply) => {
      page ??= makePage(openapi)
      return sendText(request, reply, page, { 'content-security-policy': policy })
    },
  )
}

interface Text {
  readonly text: string
  readonly type: string
  readonly etag: string
}

function makePage(openapi: string): Text {
  const html = renderReference(JSON.parse(openapi) as ReferenceDocument, REFERENCE_STYLE)
  return makeText(html, 'text/html; charset=utf-8')
}

function makeText(text: string, type: string): Text {
  return { text, type, etag: `"${sha256(text).slice(0, 32)}"` }
}

function sendText(
  request: FastifyRequest,
  reply: FastifyReply,
  { text, type, etag }: Text,
  headers: Readonly<Record<string, string>>,
): FastifyReply {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers
  const outcome = evaluate({ ifMatch, ifNoneMatch }, etag)
  if (outcome === 412) {
    return sendProblem(request, reply, problem('precondition_failed', `the entity tag is ${etag}`))
  }
  reply.headers({ etag, link: DESCRIBED_BY, 'cache-control': 'no-cache', ...headers })
  return outcome === 304 ? reply.code(304).send() : reply.type(type).send(text)
}
