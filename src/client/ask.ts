// One call: a few tries within one deadline. A try that hangs leaves time for the next, a passing trouble is waited out,
// and nothing is waited for that would come too late.

import { errorText } from '../core/error.ts'
import { backoffMs, NEVER } from './clock.ts'
import { exchange } from './exchange.ts'
import { type Answer, type Judged, judge, type Outage, type Problem, type Unchanged } from './judge.ts'
import type { CallOptions, Parts } from './options.ts'
import type { Failure, Unavailable } from './outcome.ts'

/** What a call comes to, and the number (`Memory.newQuestion`) of the try that ended it. */
export interface Asked {
  readonly said: Answer | Unchanged | Problem | Failure
  readonly question: number
}

const TRIES = 3

/** Asks for `path`, and again while that may help. Throws nothing but the reason of the caller's own signal. */
export async function ask(
  parts: Parts,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: CallOptions['signal'],
): Promise<Asked> {
  const { clock, memory } = parts
  const ends = clock.now() + parts.deadlineMs
  for (let attempt = 1; ; attempt++) {
    const question = memory.newQuestion()
    // What is left is shared evenly among the tries that are left.
    const judged = await tryOnce(parts, path, headers, (ends - clock.now()) / (TRIES - attempt + 1), signal)
    if (judged.outcome !== 'outage') return { said: judged, question }
    const waitMs = waitOf(judged, attempt, parts.random)
    if (!judged.passing || attempt === TRIES || clock.now() + waitMs >= ends)
      return { said: failureOf(judged, attempt), question }
    await clock.sleep(waitMs, signal ?? NEVER)
    signal?.throwIfAborted()
  }
}

/** Asks once, for `limitMs` at most. */
async function tryOnce(
  parts: Parts,
  path: string,
  headers: Readonly<Record<string, string>>,
  limitMs: number,
  caller: CallOptions['signal'],
): Promise<Judged> {
  const limit = limitTo(parts, limitMs, caller)
  try {
    return judge(await exchange(parts, path, headers, limit.signal), parts.clock.now())
  } catch (thrown) {
    caller?.throwIfAborted()
    if (limit.reached()) {
      const detail = `no answer within ${Math.ceil(limitMs)} ms`
      return { outcome: 'outage', code: 'deadline', detail, passing: true }
    }
    return { outcome: 'outage', code: 'network', detail: causeText(thrown), passing: true }
  } finally {
    limit.release()
  }
}

/** A limit on one exchange: of time, and of the caller's patience. */
export interface Limit {
  readonly signal: AbortSignal
  /** Whether the time has run out. */
  reached(): boolean
  /** Gives the whole time again. */
  restart(): void
  /** Stops the clock. */
  release(): void
}

/** Makes a signal that is aborted after `limitMs`, or with the caller's. */
export function limitTo({ clock }: Parts, limitMs: number, caller: CallOptions['signal']): Limit {
  const cut = new AbortController()
  let done = new AbortController()
  const start = (): void => {
    const { signal } = done
    void clock.sleep(limitMs, signal).then(() => {
      if (!signal.aborted) cut.abort()
    })
  }
  start()
  return {
    signal: caller === undefined ? cut.signal : AbortSignal.any([cut.signal, caller]),
    reached: () => cut.signal.aborted,
    restart: () => {
      done.abort()
      done = new AbortController()
      start()
    },
    release: () => done.abort(),
  }
}

/** How long to wait before the next try: as long as the service says and a little longer, so that not all come at once. */
function waitOf({ retryAfterMs }: Outage, attempt: number, random: () => number): number {
  return (retryAfterMs ?? 0) + backoffMs(attempt, random)
}

function failureOf({ code, detail, retryAfterMs }: Outage, attempts: number): Unavailable {
  const failure = { outcome: 'unavailable', code, detail, attempts } as const
  return retryAfterMs === undefined
    ? failure
    : { ...failure, retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) }
}

/** `fetch` says only that it failed; why stands in the cause. */
function causeText(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined
  return cause === undefined ? errorText(thrown) : `${errorText(thrown)}: ${errorText(cause)}`
}
