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

import type { History } from '../changelog/history.ts'
import { refuseChange } from '../registry/mass-change.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import type { Pin } from '../seal/pointer.ts'
import type { Moment } from './edition.ts'
import { giveBack } from './give-back.ts'
import type { LiveEvent, LiveView, LoadEnd } from './live-view.ts'
import type { LoadRequest } from './load.ts'
import { type Loaded, type LoadResult, type Refused, refused } from './load-result.ts'
import type { Loader } from './loader.ts'
import { NextLoad, type Source } from './next-load.ts'
import { PinKeeper } from './pin-keeper.ts'
import { buffersOf, makeServed, openServed, type Served } from './served.ts'
import { ageOf, type LiveStatus, StatusBook } from './status.ts'
import type { Watcher, WatchOptions } from './watch.ts'

export interface LiveOptions {
  readonly source: Source
  readonly loader: Loader
  readonly pollMs?: number
  /** How often the active run is read and verified again. */
  readonly reverifyMs?: number
  readonly startWatcher: (options: Omit<WatchOptions, 'file'>) => Watcher
  readonly onEvent?: (event: LiveEvent) => void
  /** Told of every look at the disk: how it ended and how long the load took. */
  readonly onLoad?: (ended: LoadEnd, ms: number) => void
}

/** The default time between two looks at the disk. */
export const POLL_MS = 500

/** Quiet time after the last hint: long enough for a burst of writes, short enough not to be noticed. */
const SETTLE_MS = 75

/** Each poll is up to this share earlier or later, so that many services do not look at the same moment. */
const JITTER = 0.1

/** A registry kept current; `start` it once, `close` it once. */
export class Live implements LiveView {
  readonly #options: LiveOptions
  #snapshot: Snapshot | undefined
  #history: History | undefined
  /** What the snapshot reads from: the next pin is measured against it. */
  #served: Served | null = null
  readonly #book = new StatusBook()
  readonly #onSwap = new Set<() => void>()
  readonly #keeper: PinKeeper
  readonly #next: NextLoad

  readonly #followers: ((moment: Moment) => void)[] = []
  #checking: Promise<void> | undefined
  #queued = false
  #closed = false
  #poll: NodeJS.Timeout | undefined
  #settle: NodeJS.Timeout | undefined
  #watcher: Watcher | undefined

  constructor(options: LiveOptions) {
    this.#options = options
    const { source, reverifyMs } = options
    this.#next = new NextLoad(source, reverifyMs)
    const memory = source.kind === 'pin' ? source.memory : null
    this.#book.memory = memory === null ? 'none' : 'ok'
    this.#keeper = new PinKeeper(memory, (state, detail) => {
      this.#book.memory = state
      this.#publish()
      this.#tell({ kind: 'memory', state, detail })
    })
  }

  current(): Snapshot | undefined {
    return this.#snapshot
  }

  history(): History | undefined {
    return this.#history
  }

  get degraded(): boolean {
    return this.#book.state !== 'ok'
  }

  age(): number {
    return ageOf(this.#book.standing, Date.now())
  }

  onSwap(listener: () => void): () => void {
    this.#onSwap.add(listener)
    return () => void this.#onSwap.delete(listener)
  }

  status(): LiveStatus {
    return this.#book.read(this.#snapshot?.info ?? null)
  }

  /** Tells `follower` of this moment and of each that comes, before anybody else is told what happened in it. */
  follow(follower: (moment: Moment) => void): void {
    this.#followers.push(follower)
    follower(this.#moment())
  }

  /** Begins to watch and makes the first check; resolves when that check is done, whatever it found. */
  async start(): Promise<void> {
    const recalled = this.#options.source.kind === 'pin' ? await this.#keeper.recall() : null
    if (recalled !== null) this.#next.holdTo(recalled)
    // First what was good when this process last knew, verified anew: whatever the pointer says now has to pass for
    // its successor, the guard against mass changes included.
    if (recalled !== null) await this.#fallBack(recalled)
    if (this.#closed) return
    this.#watcher = this.#options.startWatcher({
      onHint: () => this.#hint(),
      onState: (state, detail) => {
        this.#book.watch = state
        this.#publish()
        this.#tell({ kind: 'watch', state, detail })
      },
    })
    await this.check()
  }

  /** Looks at the disk now, or once more after the look that is under way. */
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
    await this.#keeper.settled
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
      const troubled = this.#book.lastError !== null
      const request = this.#next.request({ served: this.#served, troubled, now: Date.now() })
      await this.#load(request, result => {
        const ended = this.#take(result)
        this.#options.onLoad?.(ended, result.loadMs)
      })
      const { recalled, settled } = this.#keeper
      if (this.#snapshot === undefined && recalled !== null) await this.#fallBack(recalled)
      await settled
      if (!this.#closed) await this.#watcher?.refresh()
    } while (this.#queued && !this.#closed)
  }

  async #load(request: LoadRequest, take: (result: LoadResult & { loadMs: number }) => void): Promise<void> {
    // A load that closing has ended is refused, and what would be loaded instead would be a thread that nobody ends.
    if (this.#closed) return
    const began = performance.now()
    const result = await this.#options.loader.load(request)
    if (!this.#closed) take({ ...result, loadMs: performance.now() - began })
  }

  #take(result: LoadResult & { loadMs: number }): LoadEnd {
    const now = Date.now()
    this.#next.note(result, now)
    switch (result.kind) {
      case 'unchanged':
        this.#book.loads.unchanged += 1
        this.#succeed(now, result.disk)
        return 'unchanged'
      case 'loaded':
        return this.#swap(result, now, result.loadMs)
      case 'refused':
        return this.#refuse(result, now)
      case 'skipped':
        return this.#next.refusal === null ? 'refused' : this.#refuse(this.#next.refusal, now)
    }
  }

  #swap(loaded: Loaded, now: number, loadMs: number): LoadEnd {
    const detail = refuseMassChange(loaded)
    if (detail !== undefined) {
      return this.#refuse(refused('mass_change_refused', detail, loaded.revision, loaded.pointer), now)
    }
    const served = makeServed(loaded, now)
    const previous = this.#install(served, now)
    this.#book.activate(now, loaded.revision, false)
    this.#succeed(now, loaded.revision)
    this.#tell({ kind: 'swapped', active: served.info, previous, remembered: false, loadMs })
    if (loaded.pin !== null) this.#keeper.keep(loaded.pin)
    return 'activated'
  }

  /** Serves `served` from now on; returns the revision that was served until now. */
  #install(served: Served, now: number): string | null {
    const { snapshot, history } = openServed(served)
    const previous = this.#snapshot?.info.revision ?? null
    // The one assignment: before it every answer is of the old registry, after it every answer is of the new.
    this.#snapshot = snapshot
    this.#history = history
    if (this.#served !== null) giveBack(buffersOf(this.#served))
    this.#served = served
    this.#next.noteServed(served.loaded, now)
    return previous
  }

  #succeed(now: number, disk: Loaded['revision']): void {
    const over = this.#book.succeed(now, disk)
    this.#publish()
    this.#keeper.retry()
    if (over !== null) this.#tell({ kind: 'recovered', code: over.code })
  }

  #refuse(refusal: Refused, now: number): LoadEnd {
    this.#next.noteRefused(refusal)
    const news = this.#book.refuse(now, refusal, this.#snapshot !== undefined)
    this.#publish()
    const { code, detail, disk } = refusal
    if (news) this.#tell({ kind: 'refused', code, detail, disk })
    return 'refused'
  }

  /** Serves the last good pin of an earlier start, verified anew, when nothing else can be served. */
  async #fallBack(pin: Pin): Promise<void> {
    const { source } = this.#options
    if (source.kind !== 'pin') return
    await this.#load({ kind: 'remembered', home: source.home, pin }, result => {
      const now = Date.now()
      if (result.kind === 'loaded') {
        const served = makeServed(result, now)
        this.#install(served, now)
        this.#next.note(result, now)
        this.#book.activate(now, result.revision, true)
        this.#book.resume(now, Date.parse(pin.asofUtc))
        this.#publish()
        this.#keeper.vouch(pin)
        const { loadMs } = result
        this.#tell({ kind: 'swapped', active: served.info, previous: null, remembered: true, loadMs })
      } else if (result.kind === 'refused' && this.#book.lastError?.count === 1) {
        this.#keeper.doubt(`the last good pin cannot be served either: ${result.detail}`)
      }
    })
  }

  #moment(): Moment {
    return { served: this.#served, status: this.status(), standing: this.#book.standing }
  }

  #publish(): void {
    for (const follower of this.#followers) follower(this.#moment())
  }

  #tell(event: LiveEvent): void {
    this.#options.onEvent?.(event)
    if (event.kind === 'swapped') for (const listener of this.#onSwap) listener()
  }

  #pollDelay(): number {
    const pollMs = this.#options.pollMs ?? POLL_MS
    return pollMs * (1 - JITTER + 2 * JITTER * Math.random())
  }
}

/** P5, for sealed sets: a plain file is whatever its owner says it is. */
function refuseMassChange({ pin, change, massChange }: Loaded): string | undefined {
  const refusal = change === null ? undefined : refuseChange(change, massChange)
  return refusal === undefined ? undefined : `${pin?.runId}: ${refusal}`
}
