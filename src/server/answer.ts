// From a snapshot to the socket. Every route of the registry goes through `answerFrom`, so version, availability,
// the headers and the conditions of RFC 9110 are the same for all of them, and a route only says what it found.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LiveView } from '../live/live-view.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import { SUPPORTED_VERSIONS } from '../registry/vocabulary.ts'
import { JSON_TYPE, PLAIN_TYPE } from './accept.ts'
import { atFront } from './at-front.ts'
import { type Conditions, evaluate } from './conditional.ts'
import { type Face, faceOf } from './face.ts'
import type { Outcome } from './meters.ts'
import { indent, isPretty, prettyTag } from './pretty.ts'
import { PROBLEMS, type Problem, problem } from './problems.ts'
import { sendProblem, unavailable } from './refuse.ts'

/** What a route found: a body, or the reason why there is none. With an outcome, it is counted when it is given. */
export type Answer = (Body | Problem) & { readonly outcome?: Outcome }

export interface Body {
  readonly text: string
  /** Length of the text in UTF-8, where it is known. */
  readonly bytes?: number
  /** Plain text instead of JSON. */
  readonly plain?: true
  /** The entity tag, where the snapshot's own does not cover the body. */
  readonly etag?: string
  /** Further headers, such as `Link`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The whole head, for a body that is kept: what `headOf` made of it. */
  readonly head?: readonly string[]
}

/** Finds the answer of a route in one snapshot, and does nothing else: what is found is not always given. */
export type Find = (snapshot: Snapshot, face: Face) => Answer

/** Answers a request from the live registry: version, availability, then what `find` finds in the one snapshot taken. */
export function answerFrom(
  live: LiveView,
  request: FastifyRequest,
  reply: FastifyReply,
  find: Find,
): FastifyReply | undefined {
  const fields = fieldsOf(request)
  const face = takeFace(live, request, fields)
  if ('code' in face) return sendProblem(request, reply, face)
  const found = find(face.snapshot, face)
  if (found.outcome !== undefined) request.server.meters.resolved(found.outcome)
  return sendAnswer(live, request, reply, fields, face, found)
}

/**
 * Answers as `answerFrom` does, where finding takes its time: still from the one snapshot that was taken when the
 * request came to the front of its connection. `gone` tells `find` that this has closed; what it finds then is dropped.
 */
export async function answerLater(
  live: LiveView,
  request: FastifyRequest,
  reply: FastifyReply,
  find: (snapshot: Snapshot, face: Face, gone: AbortSignal) => Promise<Answer>,
): Promise<FastifyReply | undefined> {
  await atFront(request, reply)
  const fields = fieldsOf(request)
  const face = takeFace(live, request, fields)
  if ('code' in face) return sendProblem(request, reply, face)
  const gone = goneSignal(reply)
  const answer = await find(face.snapshot, face, gone)
  if (!gone.aborted) return sendAnswer(live, request, reply, fields, face, answer)
  reply.hijack()
  return undefined
}

/** Returns what says when the connection has closed before `reply` was sent. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** Takes the snapshot to answer from, with its face; or the reason why the registry has no say in the answer. */
function takeFace(live: LiveView, request: FastifyRequest, fields: Fields): Face | Problem {
  const unsupported = checkVersion(request, fields)
  if (unsupported !== undefined) return unsupported
  const snapshot = live.current()
  return snapshot === undefined ? unavailable(live) : faceOf(snapshot)
}

function sendAnswer(
  live: LiveView,
  request: FastifyRequest,
  reply: FastifyReply,
  fields: Fields,
  face: Face,
  found: Answer,
): FastifyReply | undefined {
  // No room to look: the registry has no say in that.
  if ('code' in found && PROBLEMS[found.code].status === 503) return sendProblem(request, reply, found)
  const { answer, etag } = represent(request, face, found)
  const outcome = 'code' in answer ? 200 : evaluate(conditionsOf(fields), etag)
  if (outcome === 200 && 'text' in answer) return sendBody(live, reply, face, answer, etag)

  setProvenance(live, reply, face, etag)
  if ('code' in answer) return sendProblem(request, reply, answer, face.snapshot)
  if (outcome === 412) {
    const detail = `the entity tag is ${etag}`
    return sendProblem(request, reply, problem('precondition_failed', detail), face.snapshot)
  }
  if (answer.headers !== undefined) reply.headers(answer.headers)
  return reply.code(304).send()
}

/** Tells whether `answerFrom` would say 304 now: the client has what it would get. */
export function isNotModified(live: LiveView, request: FastifyRequest, find: Find): boolean {
  const snapshot = live.current()
  if (snapshot === undefined || checkVersion(request, request.headers) !== undefined) return false
  const face = faceOf(snapshot)
  const { answer, etag } = represent(request, face, find(snapshot, face))
  return 'text' in answer && evaluate(conditionsOf(request.headers), etag) === 304
}

/** Puts what was found into the form that is asked for, with the tag of that form. */
function represent(request: FastifyRequest, face: Face, found: Answer): { answer: Answer; etag: string } {
  const own = ('text' in found && found.etag) || face.etag
  if (!isPretty(request) || ('text' in found && found.plain)) return { answer: found, etag: own }
  if ('code' in found) return { answer: found, etag: prettyTag(own) }
  const { text, headers = {} } = found
  return { answer: { text: indent(text), headers }, etag: prettyTag(own) }
}

function conditionsOf(fields: Fields): Conditions {
  return { ifMatch: fields['if-match'], ifNoneMatch: fields['if-none-match'] }
}

/**
 * Sends a body straight to the socket. Nearly every request ends here, and what the framework does to headers and
 * payload on the way would add a tenth to its cost and nothing to this answer. Nothing is returned, since the framework
 * waits for a returned reply as for a promise.
 */
function sendBody(live: LiveView, reply: FastifyReply, face: Face, body: Body, etag: string): undefined {
  const { text, bytes = Buffer.byteLength(text), head = headOf(face, body, etag) } = body
  reply.hijack()
  reply.raw.writeHead(200, live.degraded ? [...head, ...degradation(live)] : (head as string[]))
  // One byte a character means ASCII, where Latin-1 is the same bytes and needs no encoder.
  reply.raw.end(text, bytes === text.length ? 'latin1' : 'utf8')
}

/** Makes the head of an answer that has a body: names and values in turn. */
export function headOf(face: Face, body: Body, etag = face.etag): readonly string[] {
  const { text, bytes = Buffer.byteLength(text), plain, headers = {} } = body
  const type = plain ? PLAIN_TYPE : JSON_TYPE
  const own = ['etag', etag, 'content-type', type, 'content-length', String(bytes)]
  return [...face.provenance, ...own, ...Object.entries(headers).flat()]
}

function degradation(live: LiveView): readonly string[] {
  return ['infra-registry-state', 'degraded', 'age', String(live.age())]
}

/** Sets the headers that say which registry an answer without a body of its own comes from, and how fresh it is. */
function setProvenance(live: LiveView, reply: FastifyReply, face: Face, etag: string): void {
  const head = [...face.provenance, 'etag', etag, ...(live.degraded ? degradation(live) : [])]
  for (let i = 0; i < head.length; i += 2) reply.header(head[i]!, head[i + 1])
}

/** Sends JSON that comes from no registry, such as what the service says of itself. */
export function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  type = JSON_TYPE,
): FastifyReply {
  return reply.header('content-type', type).send(isPretty(request) ? indent(text) : text)
}

type Fields = FastifyRequest['headers']

/** The fields of a request that an answer depends on. */
const FIELDS = ['if-match', 'if-none-match', 'infra-schema-version']
const FIELD_LENGTHS: ReadonlySet<number> = new Set(FIELDS.map(name => name.length))
const NO_FIELDS: Fields = {}

/** Node makes the object of all fields when it is first asked for it; most requests have none of ours. */
function fieldsOf(request: FastifyRequest): Fields {
  const { rawHeaders } = request.raw
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (FIELD_LENGTHS.has(rawHeaders[i]!.length)) return request.headers
  }
  return NO_FIELDS
}

/** Says what is wrong with the version that a request asks for, in its query or its `fields`, if it asks for one. */
export function checkVersion(request: FastifyRequest, fields: Fields): Problem | undefined {
  const { schema_version: asked } = request.query as { schema_version?: string }
  const header = fields['infra-schema-version']
  if (asked === undefined && header === undefined) return undefined
  const wrong = [asked, header].find(
    version => version !== undefined && !SUPPORTED_VERSIONS.some(known => known === version),
  )
  if (wrong === undefined) return undefined
  const detail = `schema version ${JSON.stringify(String(wrong).slice(0, 32))} is not supported`
  return problem('unsupported_schema_version', detail, { supported: SUPPORTED_VERSIONS })
}
