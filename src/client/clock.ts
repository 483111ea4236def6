// Time as the client uses it: how late it is, and a wait that can be cut short. One object, so that a test has a time of
// its own in which a minute costs nothing.

/** A clock; both run in milliseconds. */
export interface Clock {
  /** Wall-clock time: an answer ages while the machine sleeps, too. */
  now(): number
  /** Resolves after `ms`, however many, or as soon as `signal` is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** A timer counts no further, about 25 days; one that is set for longer rings at once. */
const LONGEST_NAP_MS = 2 ** 31 - 1

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    for (let leftMs = ms; leftMs > 0 && !signal.aborted; leftMs -= LONGEST_NAP_MS)
      await nap(Math.min(leftMs, LONGEST_NAP_MS), signal)
  },
}

function nap(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

/** The signal of a caller who gave none. */
export const NEVER: AbortSignal = new AbortController().signal

const FIRST_MS = 100
const LONGEST_MS = 5_000

/** How long to wait before try number `attempt` + 1: anything up to a bound that doubles, so that callers spread out. */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt)
}

/** Reads `Retry-After` (RFC 9110 §10.2.3), seconds or a date, as milliseconds from `now`; anything else is `undefined`. */
export function retryAfterMs(field: string | null, now: number): number | undefined {
  if (field === null) return undefined
  if (/^\d{1,9}$/.test(field)) return Number(field) * 1_000
  const date = /GMT$/.test(field) ? Date.parse(field) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
