// Puts together what the routes say of themselves to one OpenAPI 3.1 document. Pure: routes and examples in, document
// out. What several operations have in common (schemas, headers, whole answers) stands once, among the components.

import { Type } from '@sinclair/typebox'
import type { FastifySchema } from 'fastify'
import { ProblemAnswer } from '../src/server/answer-schemas.ts'
import { type Header, type Row, refusal, TAGS } from '../src/server/describe.ts'
import { PROBLEMS, type ProblemCode } from '../src/server/problems.ts'

type Json = Record<string, unknown>

/** An answer that was given to a sample. */
export interface Recorded {
  readonly name: string
  readonly curl: string
  readonly status: number
  /** Media type without its parameters. */
  readonly media: string
  readonly text: string
}

/** A route with what it says of itself. */
export interface Route {
  readonly url: string
  readonly schema: FastifySchema
  readonly examples: readonly Recorded[]
}

const ABOUT = `Read-only HTTP over an organisation's pinned infra registry: which repositories take part, whether each is sandbox or production, enabled or disabled, and which telemetry repository its organisation writes to. Unknown, disabled, unavailable and untrusted are four different answers here.

Every path answers \`GET\` and \`HEAD\`, which is \`GET\` without the body. Any other method is 405 with \`Allow\`, and any other path 404 \`route_not_found\`.

Every refusal is a problem document (RFC 9457): its \`code\` is the contract, and \`/problems/<code>\` explains it. A message is for people and may change.

Every answer from a registry names the revision and has a strong entity tag. While the service is degraded, answers stay 200 and say so, by \`Infra-Registry-State\` and \`Age\`.

\`?pretty\` indents any JSON, refusals too. \`Accept: text/plain\` gives the bare value where one value is the answer.`

/** What is answered where no operation has a say: OpenAPI has no place for it but the components. */
const ROUTELESS = {
  RouteNotFound: 'route_not_found',
  MethodNotAllowed: 'method_not_allowed',
  BadRequest: 'bad_request',
  ContentTooLarge: 'content_too_large',
  UriTooLong: 'uri_too_long',
  Overloaded: 'overloaded',
  RequestTimeout: 'request_timeout',
  HeadersTooLarge: 'headers_too_large',
} as const satisfies Record<string, ProblemCode>

const ALLOW: Header = {
  description: 'The methods there are.',
  required: true,
  schema: Type.Literal('GET, HEAD'),
}

/** Builds the document of `routes`; throws with every route that does not say enough of itself. */
export function buildOpenApi(version: string, routes: readonly Route[]): Json {
  const silent = routes.flatMap(({ url, schema }) => {
    const missing = REQUIRED.filter(key => schema[key] === undefined || schema[key] === '')
    return missing.length === 0 ? [] : [`${url}: the schema of the route lacks ${missing.join(', ')}`]
  })
  if (silent.length > 0)
    throw new Error(`${silent.join('\n')}\n(src/server/describe.ts says what a route tells of itself)`)

  const shared = new Components()
  shared.schema({ ...ProblemAnswer })
  const operations = routes.map(route => [toTemplate(route.url), { get: operation(route, shared) }])
  const routeless = Object.entries(ROUTELESS).map(([name, code]) => {
    const row = refusal([code], code === 'method_not_allowed' ? { Allow: ALLOW } : {})
    return [name, { ...shared.row(row), 'x-status': PROBLEMS[code].status }]
  })
  const paths = shared.hoistResponses(Object.fromEntries(operations.sort(byPath)))
  return {
    openapi: '3.1.1',
    info: {
      title: 'infra-resolver',
      version,
      summary: 'Which repositories take part, and where their telemetry goes.',
      description: ABOUT,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that gives this document' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: sorted(shared.schemas),
      headers: sorted(shared.headers),
      responses: sorted({
        ...shared.responses,
        ...Object.fromEntries(routeless),
      }),
    },
    'x-problems': PROBLEMS,
  }
}

const REQUIRED = ['operationId', 'summary', 'description', 'tags', 'samples', 'response'] as const

function operation({ url, schema, examples }: Route, shared: Components): Json {
  const { operationId, summary, description, tags, response } = schema
  const rows = Object.entries(response as Record<string, Row>)
  return {
    operationId,
    summary,
    description,
    tags,
    parameters: [
      ...parametersOf('path', schema.params),
      ...parametersOf('query', schema.querystring),
      ...parametersOf('header', schema.headers),
    ],
    responses: Object.fromEntries(
      rows.map(([status, row]) => {
        if (row.description === undefined)
          throw new Error(`${url}: its answer ${status} has no description (answers() makes one)`)
        return [
          status,
          shared.row(
            row,
            examples.filter(example => example.status === Number(status)),
          ),
        ]
      }),
    ),
  }
}

function parametersOf(place: string, schema: unknown): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, { description?: string }>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...own }]) => ({
    name: place === 'header' ? capitalise(name) : name,
    in: place,
    ...(required.includes(name) && { required: true }),
    description,
    schema: simplify(own),
  }))
}

/** What stands once. */
class Components {
  readonly schemas: Json = {}
  readonly headers: Json = {}
  readonly responses: Json = {}

  row({ description, headers = {}, content = {} }: Row, examples: readonly Recorded[] = []): Json {
    const bodies = Object.entries(content).map(([media, { schema }]) => {
      const own = examples.filter(example => example.media === media)
      return [media, { schema: this.schema(schema), ...(own.length > 0 && { examples: toExamples(own) }) }]
    })
    return {
      description,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, header]) => [name, this.#header(name, header)]),
      ),
      ...(bodies.length > 0 && { content: Object.fromEntries(bodies) }),
    }
  }

  /** Returns a schema for use in a document: one that has a title is put among the components and referred to. */
  schema(schema: object): unknown {
    const { title, ...own } = schema as {
      title?: string
      properties?: { code?: { anyOf?: { const: string }[] } }
    }
    if (title === undefined) return simplify(schema)
    const $ref = `#/components/schemas/${title}`
    // A refusal is the problem document with a few of its codes.
    const codes = title === ProblemAnswer.title && own.properties?.code
    if (codes && 'anyOf' in codes) return { $ref, properties: { code: simplify(codes) } }
    if (codes && 'const' in codes) return { $ref, properties: { code: codes } }
    this.schemas[title] ??= simplify(own)
    return { $ref }
  }

  #header(name: string, header: Header): Json {
    const key = header.required ? name : `${name}.optional`
    const own = { ...header, schema: simplify(header.schema) }
    const known = this.headers[key]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(own)) return own
    this.headers[key] = own
    return { $ref: `#/components/headers/${key}` }
  }

  /** Puts each answer that several operations give, word for word, among the components. */
  hoistResponses(paths: Record<string, { get: { responses: Json } }>): Json {
    const uses = Map.groupBy(
      Object.values(paths).flatMap(({ get }) => Object.entries(get.responses)),
      ([status, response]) => `${status} ${JSON.stringify(response)}`,
    )
    const names = new Map<string, string>()
    for (const [key, [first, second]] of uses) {
      if (second === undefined) continue
      const [status, response] = first!
      const base = `${status}-${codesOf(response)[0] ?? 'not-modified'}`
      let name = base
      for (let n = 2; this.responses[name] !== undefined; n++) name = `${base}-${n}`
      this.responses[name] = response
      names.set(key, name)
    }
    for (const { get } of Object.values(paths)) {
      for (const [status, response] of Object.entries(get.responses)) {
        const name = names.get(`${status} ${JSON.stringify(response)}`)
        if (name !== undefined) get.responses[status] = { $ref: `#/components/responses/${name}` }
      }
    }
    return paths
  }
}

function codesOf(response: unknown): readonly string[] {
  const { description } = response as { description: string }
  return [...description.matchAll(/^`(\w+)`: /gm)].map(match => match[1]!).filter(code => code in PROBLEMS)
}

function toExamples(examples: readonly Recorded[]): Json {
  return Object.fromEntries(
    examples.map(({ name, curl, media, text }) => {
      const value: unknown = media.endsWith('json') ? JSON.parse(text) : text
      const indented = media.endsWith('json') && text.includes('\n')
      const key = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
      return [key, { summary: name, description: curl, value, ...(indented && { 'x-indented': true }) }]
    }),
  )
}

/** Says a choice of words as an `enum`, and leaves everything else as it is. */
function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify)
  if (typeof value !== 'object' || value === null) return value
  const { anyOf, ...rest } = value as { anyOf?: { const?: unknown; type?: string }[] }
  if (anyOf?.every(one => typeof one.const === 'string')) {
    return { ...rest, type: 'string', enum: anyOf.map(one => one.const) }
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, simplify(member)]))
}

function toTemplate(url: string): string {
  return url.replaceAll(/:(\w+)/g, '{$1}')
}

function capitalise(name: string): string {
  return name.replaceAll(/\b[a-z]/g, letter => letter.toUpperCase())
}

function byPath([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1
}

function sorted(members: Json): Json {
  return Object.fromEntries(Object.entries(members).sort(byPath))
}
