// What the service knows about its registry in time: what it serves, what lies on disk, and how the last look at it
// went. A failure changes this document, never an answer.

import type { Digest } from '../core/digest.ts'
import type { RegistryInfo } from '../registry/snapshot.ts'
import type { LoadCode, Refused } from './load-result.ts'

/** `ok`: what is served is what lies on disk. `degraded`: the last good is served. `unavailable`: nothing is. */
export type LiveState = 'ok' | 'degraded' | 'unavailable'

/** What every answer says of how current it is. */
export interface Standing {
  readonly state: LiveState
  /** As `Date.now()`: when what is served was last found to be what lies on disk. */
  readonly freshAt: number
}

export interface LiveError {
  readonly code: LoadCode
  readonly detail: string
  /** RFC 3339: when checks began to fail with this code. */
  readonly since: string
  /** How many checks in a row have failed with it. */
  readonly count: number
}

/** A load that changed something, or was refused. One that found what is served to lie on disk is none. */
export interface LoadOutcome {
  /** RFC 3339: when it ended; of refusals in a row that are all the same, when the first did. */
  readonly at: string
  /** `recalled`: the last good pin of an earlier start, served since nothing else could be. */
  readonly result: 'activated' | 'recalled' | 'refused'
  readonly code: LoadCode | null
  readonly detail: string | null
  /** What was loaded, or refused as far as that could be told. */
  readonly revision: Digest | null
  /** How many loads in a row ended so. */
  readonly count: number
}

export interface LiveStatus {
  readonly state: LiveState
  /** RFC 3339: since when `state` is what it is. */
  readonly since: string
  readonly active: RegistryInfo | null
  /** Revision of what lies on disk; `null` when it cannot be told. */
  readonly disk: Digest | null
  readonly lastCheck: string | null
  readonly lastSuccess: string | null
  readonly lastError: LiveError | null
  readonly watch: 'ok' | 'degraded'
  /** Whether the next start will find the last good pin; `none` where no folder was given for it. */
  readonly memory: 'none' | 'ok' | 'degraded'
  readonly loads: { readonly activated: number; readonly unchanged: number; readonly refused: number }
  /** Refused loads by code, since the start of the process. */
  readonly refusals: Readonly<Partial<Record<LoadCode, number>>>
  /** The last loads, newest first. For people: `/status` tells numbers, and what is wrong now. */
  readonly recent: readonly LoadOutcome[]
}

/** How many loads are remembered. */
const RECENT = 20

/** Keeps the status: told of every check, it knows nothing of how checks are made. */
export class StatusBook {
  watch: LiveStatus['watch'] = 'ok'
  memory: LiveStatus['memory'] = 'none'
  readonly loads = { activated: 0, unchanged: 0, refused: 0 }
  #state: LiveState = 'unavailable'
  #since = Date.now()
  #disk: Digest | null = null
  #lastCheck: number | undefined
  #lastSuccess: number | undefined
  #lastError: LiveError | null = null
  #goodAt: number | undefined
  readonly #refusals: Partial<Record<LoadCode, number>> = {}
  #recent: readonly LoadOutcome[] = []

  get state(): LiveState {
    return this.#state
  }

  get lastError(): LiveError | null {
    return this.#lastError
  }

  get standing(): Standing {
    return { state: this.#state, freshAt: this.#lastSuccess ?? this.#goodAt ?? this.#since }
  }

  /** Another registry is served from now on; `recalled` where it is that of an earlier start. */
  activate(now: number, revision: Digest, recalled: boolean): void {
    if (!recalled) this.loads.activated += 1
    const result = recalled ? 'recalled' : 'activated'
    this.#remember({ at: renderTime(now), result, code: null, detail: null, revision, count: 1 })
  }

  /** A check found `disk` to be what is served. Returns the error that is over with it, if there was one. */
  succeed(now: number, disk: Digest): LiveError | null {
    const over = this.#lastError
    this.#lastCheck = now
    this.#lastSuccess = now
    this.#lastError = null
    this.#disk = disk
    this.enter('ok', now)
    return over
  }

  /** A check was refused. Returns whether this is news, or what the check before it said too. */
  refuse(now: number, { code, detail, disk }: Refused, serving: boolean): boolean {
    const before = this.#lastError
    const same = before?.code === code
    const news = !same || before.detail !== detail || this.#disk !== disk
    this.loads.refused += 1
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1
    this.#lastCheck = now
    this.#lastError = {
      code,
      detail,
      since: same ? before.since : renderTime(now),
      count: same ? before.count + 1 : 1,
    }
    this.#disk = disk
    const [latest, ...rest] = this.#recent
    if (!news && latest?.result === 'refused')
      this.#recent = [{ ...latest, count: latest.count + 1 }, ...rest]
    else this.#remember({ at: renderTime(now), result: 'refused', code, detail, revision: disk, count: 1 })
    this.enter(serving ? 'degraded' : 'unavailable', now)
    return news
  }

  enter(state: LiveState, now: number): void {
    if (state === this.#state) return
    this.#state = state
    this.#since = now
  }

  #remember(outcome: LoadOutcome): void {
    this.#recent = [outcome, ...this.#recent.slice(0, RECENT - 1)]
  }

  /** What is served was good at `asof`, in an earlier life of this process; nothing was looked at yet in this one. */
  resume(now: number, asof: number): void {
    this.#goodAt = asof
    this.enter('degraded', now)
  }

  /** Renders the book, with what is served now. */
  read(active: RegistryInfo | null): LiveStatus {
    return {
      state: this.#state,
      since: renderTime(this.#since),
      active,
      disk: this.#disk,
      lastCheck: this.#lastCheck === undefined ? null : renderTime(this.#lastCheck),
      lastSuccess: this.#lastSuccess === undefined ? null : renderTime(this.#lastSuccess),
      lastError: this.#lastError,
      watch: this.watch,
      memory: this.memory,
      loads: { ...this.loads },
      refusals: { ...this.#refusals },
      recent: this.#recent,
    }
  }
}

/** Seconds since the last check that found what is served to be what lies on disk. */
export function ageOf({ freshAt }: Standing, now: number): number {
  return Math.max(0, Math.floor((now - freshAt) / 1000))
}

/** Renders a time of `Date.now()` as RFC 3339, UTC. */
export function renderTime(ms: number): string {
  return new Date(ms).toISOString()
}
