// Whose answer is it, and what does it say? The one place that decides. An answer speaks of a repository only when it
// bears the marks of the service: the right status, the right type, the revision in its header. A proxy's 404, a login
// page, half a document: none of these says anything about a repository.

import { retryAfterMs } from './clock.ts'
import { type Reply, typeOf } from './exchange.ts'
import type { Told, UnavailableCode, Untrusted, UntrustedCode } from './outcome.ts'

/** What an answer comes to. */
export type Judged = Answer | Unchanged | Problem | Untrusted | Outage

/** A document of the registry. */
export interface Answer {
  readonly outcome: 'answer'
  readonly body: unknown
  readonly etag: string | null
  readonly told: Told
}

/** What was asked for is as the entity tag says. */
export interface Unchanged {
  readonly outcome: 'unchanged'
  readonly etag: string | null
  readonly told: Told
}

/** A refusal that the service means: of a registry where `told` is there, of the question alone where it is not. */
export interface Problem {
  readonly outcome: 'problem'
  readonly code: ProblemCode
  readonly detail: string
  readonly instance: string
  readonly told: Told | undefined
}

/** No answer from the service. */
export interface Outage {
  readonly outcome: 'outage'
  readonly code: UnavailableCode
  readonly detail: string
  /** Whether the same question may have another answer soon. */
  readonly passing: boolean
  readonly retryAfterMs?: number | undefined
}

/** The refusals that are answers, each with its one status. */
const ANSWERS = {
  org_not_registered: 404,
  repo_not_registered: 404,
  repo_disabled: 403,
  revision_gone: 410,
} as const
/** Those that are about the question, and come without a registry. */
const QUESTIONS = { invalid_name: 400, invalid_query: 400 } as const
type ProblemCode = keyof typeof ANSWERS | keyof typeof QUESTIONS

const UNTRUSTED = ['seal_invalid', 'pin_unknown', 'pin_invalid'] as const satisfies UntrustedCode[]
const UNAVAILABLE = [
  'overloaded',
  'registry_invalid',
  'registry_not_loaded',
  'registry_version_unsupported',
  'shutting_down',
] as const satisfies UnavailableCode[]

/** The versions of the registry whose answers this client understands. */
const VERSIONS: readonly string[] = ['2.0']

/** Judges an answer; `now` is when it was complete. */
export function judge(reply: Reply, now: number): Judged {
  const { status, headers } = reply
  const told = toldOf(reply, now)
  if (told !== undefined && 'outcome' in told) return told
  if (status === 200 && told !== undefined && typeOf(headers) === 'application/json') {
    const body = parse(reply.text)
    if (body === undefined) return untrusted('bad_shape', 'the answer is not JSON')
    return { outcome: 'answer', body, etag: headers.get('etag'), told }
  }
  if (status === 304 && told !== undefined) return { outcome: 'unchanged', etag: headers.get('etag'), told }
  return judgeProblem(reply, told, now) ?? judgeStatus(reply, now)
}

/** Reads the marks of the service; an answer without them is somebody else's. */
function toldOf({ headers, askedAt }: Reply, now: number): Told | Untrusted | undefined {
  const revision = headers.get('infra-registry-revision')
  const version = headers.get('infra-schema-version')
  if (revision === null || version === null || !/^[0-9a-f]{64}$/.test(revision)) return undefined
  if (!VERSIONS.includes(version)) {
    const detail = `the answer has schema version ${JSON.stringify(version)} (want ${VERSIONS.join(', ')})`
    return untrusted('schema_version_unknown', detail)
  }
  const age = headers.get('age') ?? '0'
  if (!/^\d{1,10}$/.test(age)) return untrusted('bad_shape', `the age is ${JSON.stringify(age)}`)
  // RFC 9111 §4.2.3: what the answer took to come counts as age.
  const ageSeconds = Number(age) + Math.max(0, now - askedAt) / 1_000
  return { revision, ageSeconds, degraded: headers.get('infra-registry-state') === 'degraded' }
}

/** Judges a problem document; one whose parts do not agree is nobody's. */
function judgeProblem(reply: Reply, told: Told | undefined, now: number): Judged | undefined {
  const { status, headers } = reply
  if (typeOf(headers) !== 'application/problem+json') return undefined
  const document = parse(reply.text)
  if (typeof document !== 'object' || document === null) return undefined
  const { code, type, detail, instance, status: said } = document as Readonly<Record<string, unknown>>
  if (typeof code !== 'string' || typeof detail !== 'string' || typeof instance !== 'string') return undefined
  if (type !== `/problems/${code}` || said !== status) return undefined

  if (isKey(ANSWERS, code) && ANSWERS[code] === status && told !== undefined)
    return { outcome: 'problem', code, detail, instance, told }
  if (isKey(QUESTIONS, code) && QUESTIONS[code] === status)
    return { outcome: 'problem', code, detail, instance, told: undefined }
  if (status !== 503) return undefined
  const distrusted = UNTRUSTED.find(known => known === code)
  if (distrusted !== undefined) return untrusted(distrusted, detail)
  const known = UNAVAILABLE.find(each => each === code)
  return known && { outcome: 'outage', code: known, detail, passing: true, ...retryOf(headers, now) }
}

/** What is left: an answer that says nothing of the registry. */
function judgeStatus({ status, headers }: Reply, now: number): Outage {
  const detail = `the answer is ${status} (${headers.get('content-type') ?? 'without a type'})`
  const outage = (code: UnavailableCode, passing: boolean): Outage => ({
    outcome: 'outage',
    code,
    detail,
    passing,
    ...retryOf(headers, now),
  })
  if (status === 429) return outage('rate_limited', true)
  if (status >= 500) return outage('server_error', true)
  if (status === 401 || status === 403 || status === 407) return outage('refused', false)
  return outage('foreign_answer', false)
}

function retryOf(headers: Headers, now: number): { readonly retryAfterMs?: number } {
  const ms = retryAfterMs(headers.get('retry-after'), now)
  return ms === undefined ? {} : { retryAfterMs: ms }
}

function untrusted(code: UntrustedCode, detail: string): Untrusted {
  return { outcome: 'untrusted', code, detail }
}

function isKey<Table extends object>(table: Table, key: string): key is Extract<keyof Table, string> {
  return Object.hasOwn(table, key)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is for the caller to name.
    return undefined
  }
}
