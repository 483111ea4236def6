// What a route says of itself, next to the route and in the words of OpenAPI: `npm run generate` collects it into
// schemas/openapi.json, and the tests hold every answer to it. Nothing here is looked at when a request comes.

import { type TSchema, Type } from '@sinclair/typebox'
import { ProblemAnswer } from './answer-schemas.ts'
import { PROBLEMS, type ProblemCode } from './problems.ts'

/** The chapters of the reference. */
export const TAGS = {
  Resolution: 'What is this repository, and where does its telemetry go?',
  Lists: 'Which repositories and organisations are there?',
  Registry: 'Which registry is served, and how does it stand to what lies on disk?',
  Operation: 'Is the service alive, ready and well?',
  Page: 'What people look at.',
  Reference: 'What all of this means.',
} as const

/** A request whose answer is recorded as an example. */
export interface Sample {
  /** What it shows, in a few words. */
  readonly name: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

declare module 'fastify' {
  interface FastifySchema {
    operationId?: string
    summary?: string
    description?: string
    tags?: readonly (keyof typeof TAGS)[]
    /** Requests on the registry of scripts/sample-registry.ts; none where an answer is long or never the same. */
    samples?: readonly Sample[]
  }
}

/** Bodies by media type. */
export type Content = Readonly<Record<string, { readonly schema: TSchema }>>

export interface Header {
  readonly description: string
  readonly required?: true
  readonly schema: TSchema
}

/** A Response Object of OpenAPI. */
export interface Row {
  readonly description: string
  readonly headers?: Readonly<Record<string, Header>>
  readonly content?: Content
}

export interface Answering {
  /** What an answer 200 is, in a sentence. */
  readonly says: string
  /** Its body: a schema stands for JSON. */
  readonly body: TSchema | Content
  /** Further headers of a 200. */
  readonly headers?: Readonly<Record<string, Header>>
  /** The refusals of the route's own, beside those that any route has. */
  readonly refusals?: readonly ProblemCode[]
  /** Whether `Accept` chooses the form. */
  readonly negotiated?: true
  /** Bodies of a refusal that are no problem documents. */
  readonly also?: Readonly<Record<number, Content>>
}

export const PLAIN = 'text/plain'
const JSON_MEDIA = 'application/json'
const PROBLEM_MEDIA = 'application/problem+json'

/** Returns the content of an answer that is JSON, or one line of text for whoever accepts that. */
export function jsonOrLine(schema: TSchema, line: string): Content {
  return { [JSON_MEDIA]: { schema }, [PLAIN]: { schema: Type.String({ description: line }) } }
}

const optional = (description: string, schema: TSchema): Header => ({ description, schema })
const required = (description: string, schema: TSchema): Header => ({ description, required: true, schema })

const TAG = Type.String({ pattern: '^"[0-9a-f]{32}(?:-[a-z]+)?"$' })
const REVISION = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** The header that every answer has. */
export const CACHE_CONTROL = required('How long, and by whom, the answer may be kept.', Type.String())
const etag = 'Strong entity tag of this form of the answer, for `If-None-Match` and `If-Match`.'
const revision = 'The revision of the registry that the answer comes from.'
const version = 'The schema version of that registry.'
const VARY = Type.Literal('Accept')

const revisionHeaders = (header: typeof required): Record<string, Header> => ({
  'Infra-Registry-Revision': header(revision, REVISION),
  'Infra-Schema-Version': header(version, Type.String()),
})

/** Headers that name the registry which a page shows. */
export const REVISION_HEADERS: Readonly<Record<string, Header>> = revisionHeaders(required)

/** Headers that name the registry an answer comes from, and say how fresh it is. */
const provenance = (header: typeof required): Record<string, Header> => ({
  ETag: header(etag, TAG),
  ...revisionHeaders(header),
  'Infra-Registry-State': optional(
    '`degraded` while the last check of the disk failed and the last good registry answers.',
    Type.Literal('degraded'),
  ),
  Age: optional('Seconds since the last good check; only while degraded.', Type.Integer({ minimum: 0 })),
})

const retryAfter = required('Seconds after which another try is worth while.', Type.Integer({ minimum: 1 }))

/** The header of an answer that has an entity tag and comes from no registry. */
export const ETAG: Readonly<Record<string, Header>> = { ETag: required(etag, TAG) }

/** The header that leads to further addresses. */
export const link = (description: string): Readonly<Record<string, Header>> => ({
  Link: optional(description, Type.String()),
})

/** Where the description of this service is, for programs and for people (RFC 8631). */
export const DESCRIBED_BY = '</openapi.json>; rel="service-desc", </docs>; rel="service-doc"'

/** What any route may refuse with, before its own code is reached; `overloaded` is told by each that may be shed. */
const REFUSALS_OF_ALL = ['bad_request', 'content_too_large', 'internal'] as const

/** Why there is no registry to answer from. */
export const UNAVAILABLE = [
  'registry_not_loaded',
  'registry_version_unsupported',
  'registry_invalid',
  'seal_invalid',
  'pin_unknown',
  'pin_invalid',
] as const

/** What any route of the registry may refuse with, beside its own refusals. */
const REFUSALS_OF_REGISTRY = [
  'unsupported_schema_version',
  'precondition_failed',
  ...UNAVAILABLE,
  'overloaded',
] as const

/** What a route refuses that takes names in its path. */
export const NAMED = ['invalid_name', 'uri_too_long'] as const

/** Refusals that the registry itself gives, so that they name it. */
const FROM_REGISTRY: ReadonlySet<ProblemCode> = new Set([
  'repo_disabled',
  'cross_org_telemetry',
  'telemetry_target_mismatch',
  'org_not_registered',
  'repo_not_registered',
  'revision_gone',
  'precondition_failed',
])

/** Returns what a route answers that comes from no registry, per status. */
export function answers(answering: Answering): Readonly<Record<number, Row>> {
  const { says, headers = {}, negotiated, also = {}, refusals = [] } = answering
  const vary: Record<string, Header> = negotiated ? { Vary: optional('What chose the form.', VARY) } : {}
  const rows: Record<number, Row> = {
    200: {
      description: says,
      headers: { 'Cache-Control': CACHE_CONTROL, ...headers, ...vary },
      content: contentOf(answering.body),
    },
  }
  for (const [status, codes] of byStatus([...REFUSALS_OF_ALL, ...refusals])) {
    rows[status] = refusal(codes, vary, also[status])
  }
  return rows
}

/** Returns what a route of the registry answers, per status: conditions and provenance as `answerFrom` gives them. */
export function registryAnswers(answering: Answering): Readonly<Record<number, Row>> {
  const { refusals = [], headers = {} } = answering
  const named = provenance(required)
  const rows = answers({
    ...answering,
    headers: { ...named, ...headers },
    refusals: [...REFUSALS_OF_REGISTRY, ...refusals],
  })
  const told = byStatus([...refusals, 'precondition_failed']).map(([status, codes]) => {
    const row = rows[status]!
    // Some are told before the registry is looked at, and some after: of those, one or the other code is.
    const always = codes.every(code => FROM_REGISTRY.has(code))
    return [status, { ...row, headers: { ...row.headers, ...(always ? named : provenance(optional)) } }]
  })
  return { ...rows, 304: notModified(rows[200]!), ...Object.fromEntries(told) }
}

/** Returns the row of the answer to whoever has what a 200 would be. */
export function notModified({ headers = {} }: Row): Row {
  return { description: 'What the caller has, as `If-None-Match` says, is current.', headers }
}

function contentOf(body: TSchema | Content): Content {
  return 'type' in body || 'anyOf' in body ? { [JSON_MEDIA]: { schema: body as TSchema } } : (body as Content)
}

function byStatus(codes: readonly ProblemCode[]): [status: number, codes: ProblemCode[]][] {
  return [...Map.groupBy(new Set(codes), code => PROBLEMS[code].status)]
}

/** Returns the row of a refusal with one of `codes`, which all have one status. */
export function refusal(
  codes: readonly ProblemCode[],
  headers: Readonly<Record<string, Header>> = {},
  also: Content = {},
): Row {
  const is503 = PROBLEMS[codes[0]!].status === 503
  const code = Type.Union(codes.map(code => Type.Literal(code)))
  const schema = { ...ProblemAnswer, properties: { ...ProblemAnswer.properties, code } }
  return {
    description: meaningOf(codes),
    headers: { 'Cache-Control': CACHE_CONTROL, ...(is503 && { 'Retry-After': retryAfter }), ...headers },
    content: { [PROBLEM_MEDIA]: { schema }, ...also },
  }
}

/** Describes a refusal with one of `codes`. */
export function meaningOf(codes: readonly ProblemCode[]): string {
  return codes.map(code => `\`${code}\`: ${PROBLEMS[code].meaning}`).join('\n\n')
}
