// One HTTP answer of `/healthz`, judged against what the manifest declares. The answer is whatever somebody sent: of
// it only a state and three short texts are kept, and those are fit to be shown.
//
// The document is `application/health+json`: a `status` that is pass, warn or fail, in any case, or one of the other
// words that the draft allows for them. Who answers is judged first: that somebody else is well says nothing.

import { quote } from '../core/diagnostic.ts'
import { printable } from './printable.ts'
import type { ProbeState } from './probe-state.ts'

/** Who is expected to answer; `null` where nothing is declared, and nothing is judged. */
export interface Declared {
  readonly name: string | null
  readonly environment: string | null
}

/** An answer that came whole. */
export interface HealthAnswer {
  readonly status: number
  readonly contentType: string | null
  readonly body: Uint8Array
}

export interface Judgement {
  readonly state: ProbeState
  readonly version: string | null
  /** RFC 3339, UTC: since when it is so, where the service says it. */
  readonly since: string | null
  /** Why, on one line; `null` where there is nothing to say. */
  readonly detail: string | null
}

const STATUSES: ReadonlyMap<string, ProbeState> = new Map([
  ['pass', 'ready'],
  ['ok', 'ready'],
  ['up', 'ready'],
  ['warn', 'degraded'],
  ['fail', 'not_ready'],
  ['error', 'not_ready'],
  ['down', 'not_ready'],
])

const MAX_VERSION = 40

/** Judges an answer; never throws. */
export function judgeAnswer(declared: Declared, answer: HealthAnswer): Judgement {
  const document = readDocument(answer.body)
  const status = typeof document?.status === 'string' ? document.status : ''
  const said = STATUSES.get(status.toLowerCase())
  if (document === undefined || said === undefined) return notHealth(answer)
  const lie =
    contradict('name', declared.name, document) ?? contradict('environment', declared.environment, document)
  // Its version and its times are those of somebody else.
  if (lie !== undefined) return { state: 'wrong_identity', version: null, since: null, detail: lie }
  const about = { version: textOf(document.version, MAX_VERSION), since: timeOf(document.since) }
  if (isSuccess(answer.status)) return { state: said, ...about, detail: textOf(document.output) }
  // Whoever routes by the status code, as most do, sends it nothing.
  const output = textOf(document.output) ?? `${quote(status)} with status ${answer.status}`
  return { state: 'not_ready', ...about, detail: output }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function readDocument(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return Object.assign(Object.create(null), value)
  } catch {
    return undefined // neither UTF-8 nor JSON: it is no health document, and what else it is does not matter
  }
}

function notHealth({ status, contentType }: HealthAnswer): Judgement {
  const type = contentType === null ? 'no content type' : printable(contentType, 60)
  const what =
    status >= 300 && status < 400 ? 'a redirect, which is not followed' : `no health document (${type})`
  return { state: 'not_health', version: null, since: null, detail: `${status}, ${what}` }
}

/** Says how the document contradicts what is declared; one that does not say contradicts nothing. */
function contradict(
  key: 'name' | 'environment',
  want: string | null,
  document: Readonly<Record<string, unknown>>,
): string | undefined {
  const got = document[key]
  if (want === null || got === undefined || got === want) return undefined
  // Nothing but a text is written out: a value may be nested deeper than the stack reaches.
  const said = typeof got === 'string' ? quote(got) : 'no text'
  return printable(`says that its ${key} is ${said} (want ${quote(want)})`)
}

function textOf(value: unknown, max?: number): string | null {
  return typeof value === 'string' && value !== '' ? printable(value, max) : null
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

function timeOf(value: unknown): string | null {
  if (typeof value !== 'string' || !RFC_3339.test(value)) return null
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}
