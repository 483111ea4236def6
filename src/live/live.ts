// The registry in time: the one mutable cell, and the only code that writes it. Content is the truth and events are
// hints: a timer compares what lies on disk with what is served, and the watcher only makes it look sooner.
//
//            hint (75 ms of quiet) or poll
//     ┌──────┐ ───────────────────────────► ┌──────────┐ ── hint or poll: one re-run is queued
//     │ idle │                              │ checking │
//     └──────┘ ◄─────────────────────────── └──────────┘
//                unchanged │ loaded: swap │ refused: status only
//
// One check at a time, so a slow older load can never overwrite a newer one.

import { buildMapSnapshot } from '../registry/map-snapshot.ts'
import type { RegistryInfo, Snapshot } from '../registry/snapshot.ts'
import type { Loaded, LoadRequest, LoadResult, Refused } from './load.ts'
import type { Loader } from './loader.ts'
import type { LiveError, LiveState, LiveStatus } from './status.ts'
import type { Watcher, WatchOptions } from './watch.ts'

/** What happened, for whoever keeps the log. A refusal that merely goes on is not told again. */
export type LiveEvent =
  | {
      readonly kind: 'swapped'
      readonly active: RegistryInfo
      readonly previous: string | null
      readonly loadMs: number
    }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string; readonly disk: string | null }
  | { readonly kind: 'recovered'; readonly code: string }
  | { readonly kind: 'watch'; readonly state: 'ok' | 'degraded'; readonly detail: string }

export interface LiveOptions {
  readonly source: Omit<LoadRequest, 'active'>
  readonly loader: Loader
  readonly pollMs?: number
  readonly startWatcher: (options: Omit<WatchOptions, 'file'>) => Watcher
  readonly onEvent?: (event: LiveEvent) => void
}

/** What the server needs of the live registry. */
export interface LiveView {
  /** The snapshot to answer from, or `undefined` while there is none. Take it once per request. */
  current(): Snapshot | undefined
  status(): LiveStatus
  /** Whether the last check failed, so that answers may be out of date. */
  readonly degraded: boolean
  /** Seconds since the last check that found what is served to be what lies on disk. */
  age(): number
}

/** The default time between two looks at the file. */
export const POLL_MS = 500

/** Quiet time after the last hint: long enough for a burst of writes, short enough not to be noticed. */
const SETTLE_MS = 75

/** Each poll is up to this share earlier or later, so that many services do not look at the same moment. */
const JITTER = 0.1

export class Live implements LiveView {
  readonly #options: LiveOptions
  #snapshot: Snapshot | undefined
  #state: LiveState = 'unavailable'
  #since = Date.now()
  #disk: LiveStatus['disk'] = null
  #lastCheck: number | undefined
  #lastSuccess: number | undefined
  #lastError: LiveError | null = null
  #watch: LiveStatus['watch'] = 'ok'
  readonly #loads = { activated: 0, unchanged: 0, refused: 0 }
  readonly #refusals: Record<string, number> = {}

  #checking: Promise<void> | undefined
  #queued = false
  #closed = false
  #poll: NodeJS.Timeout | undefined
  #settle: NodeJS.Timeout | undefined
  #watcher: Watcher | undefined

  constructor(options: LiveOptions) {
    this.#options = options
  }

  current(): Snapshot | undefined {
    return this.#snapshot
  }

  get degraded(): boolean {
    return this.#state !== 'ok'
  }

  age(): number {
    return Math.max(0, Math.floor((Date.now() - (this.#lastSuccess ?? this.#since)) / 1000))
  }

  status(): LiveStatus {
    return {
      state: this.#state,
      since: time(this.#since),
      active: this.#snapshot?.info ?? null,
      disk: this.#disk,
      lastCheck: this.#lastCheck === undefined ? null : time(this.#lastCheck),
      lastSuccess: this.#lastSuccess === undefined ? null : time(this.#lastSuccess),
      lastError: this.#lastError,
      watch: this.#watch,
      loads: { ...this.#loads },
      refusals: { ...this.#refusals },
    }
  }

  /** Begins to watch and makes the first check; resolves when that check is done, whatever it found. */
  async start(): Promise<void> {
    this.#watcher = this.#options.startWatcher({
      onHint: () => this.#hint(),
      onState: (state, detail) => {
        this.#watch = state
        this.#tell({ kind: 'watch', state, detail })
      },
    })
    await this.check()
  }

  /** Looks at the file now, or once more after the look that is under way. */
  check(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    if (this.#checking !== undefined) {
      this.#queued = true
      return this.#checking
    }
    clearTimeout(this.#poll)
    this.#checking = this.#run().finally(() => {
      this.#checking = undefined
      if (!this.#closed) this.#poll = setTimeout(() => void this.check(), this.#pollDelay())
    })
    return this.#checking
  }

  /** Stops looking; what is served stays. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#poll)
    clearTimeout(this.#settle)
    await this.#watcher?.close()
    await this.#options.loader.close()
    await this.#checking
  }

  #hint(): void {
    if (this.#closed) return
    clearTimeout(this.#settle)
    this.#settle = setTimeout(() => void this.check(), SETTLE_MS)
  }

  async #run(): Promise<void> {
    do {
      this.#queued = false
      const began = performance.now()
      const active = this.#snapshot?.info.revision ?? null
      const result = await this.#options.loader.load({ ...this.#options.source, active })
      if (this.#closed) return
      this.#settleResult(result, performance.now() - began)
      await this.#watcher?.refresh()
    } while (this.#queued && !this.#closed)
  }

  #settleResult(result: LoadResult, loadMs: number): void {
    const now = Date.now()
    this.#lastCheck = now
    switch (result.kind) {
      case 'unchanged':
        this.#loads.unchanged += 1
        return this.#succeed(now, result.disk)
      case 'loaded':
        return this.#swap(result, now, loadMs)
      case 'refused':
        return this.#refuse(result, now)
    }
  }

  #swap(loaded: Loaded, now: number, loadMs: number): void {
    const previous = this.#snapshot?.info.revision ?? null
    const snapshot = buildMapSnapshot(loaded.document, {
      revision: loaded.revision,
      schemaVersion: loaded.document.schema_version,
      runId: null,
      serial: null,
      blobSha: loaded.blobSha,
      bytes: loaded.bytes,
      activatedAt: time(now),
      loadedAt: time(now),
    })
    this.#loads.activated += 1
    // The one assignment: before it every answer is of the old registry, after it every answer is of the new.
    this.#snapshot = snapshot
    this.#succeed(now, loaded.revision)
    this.#tell({ kind: 'swapped', active: snapshot.info, previous, loadMs })
  }

  #succeed(now: number, disk: LiveStatus['disk']): void {
    const error = this.#lastError
    this.#disk = disk
    this.#lastSuccess = now
    this.#lastError = null
    this.#enter('ok', now)
    if (error !== null) this.#tell({ kind: 'recovered', code: error.code })
  }

  #refuse({ code, detail, disk }: Refused, now: number): void {
    const before = this.#lastError
    const same = before?.code === code
    this.#loads.refused += 1
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1
    const told = same && before.detail === detail && this.#disk === disk
    this.#lastError = {
      code,
      detail,
      since: same ? before.since : time(now),
      count: same ? before.count + 1 : 1,
    }
    this.#disk = disk
    this.#enter(this.#snapshot === undefined ? 'unavailable' : 'degraded', now)
    if (!told) this.#tell({ kind: 'refused', code, detail, disk })
  }

  #enter(state: LiveState, now: number): void {
    if (state === this.#state) return
    this.#state = state
    this.#since = now
  }

  #tell(event: LiveEvent): void {
    this.#options.onEvent?.(event)
  }

  #pollDelay(): number {
    const pollMs = this.#options.pollMs ?? POLL_MS
    return pollMs * (1 - JITTER + 2 * JITTER * Math.random())
  }
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}
