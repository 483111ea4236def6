// Everybody who waits for the registry to change, on one serving thread. A swap is told in a sweep over all of them, in
// turns: each is measured against its own scope, so a change that is not theirs costs a comparison and nobody's sleep.
//
//   live.onSwap ──► sweep: for each watcher ──► scope.look(snapshot) ──► another tag? ──► notify
//                     ▲                                                     (newest only)
//                     └── swapped meanwhile: once more

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LiveView } from '../../live/live-view.ts'
import type { Transport, WatchMeter } from '../meters.ts'
import { type Problem, problem } from '../problems.ts'
import { inTurns } from './in-turns.ts'
import { keyOf, Scope, type Subject } from './scope.ts'
import { type Timed, Wheel } from './wheel.ts'

/** One who waits. */
export interface Watcher extends Timed {
  readonly transport: Transport
  readonly scope: Scope
  /** The tag of what its client knows of the scope. */
  readonly tag: string
  /** Tells its client what the scope is now. */
  notify(): void
  /** Lets its client go, since the service leaves. */
  end(): void
}

/** How many may watch one serving thread, unless its starter says another number: three quarters of the connections. */
export const MAX_WATCHERS = 12_288

export interface WatchersOptions {
  readonly live: LiveView
  readonly max?: number | undefined
  readonly meter?: WatchMeter | undefined
}

/** Keeps the watchers of one live registry; `close` it once. */
export class Watchers {
  readonly #live: LiveView
  readonly #max: number
  readonly #meter: WatchMeter | undefined
  readonly #stop: () => void
  readonly #all = new Set<Watcher>()
  readonly #scopes = new Map<string, Scope>()
  readonly #wheel = new Wheel()
  #closed = false
  #swapped = false
  #sweeping = false

  constructor({ live, max = MAX_WATCHERS, meter }: WatchersOptions) {
    this.#live = live
    this.#max = max
    this.#meter = meter
    this.#stop = live.onSwap(() => {
      this.#swapped = true
      if (!this.#sweeping) void this.#sweep()
    })
  }

  get count(): number {
    return this.#all.size
  }

  /** Whether the service has begun to let its watchers go: nobody waits any more. */
  get closed(): boolean {
    return this.#closed
  }

  /** Says why nobody else may watch now, if so. */
  checkRoom(): Problem | undefined {
    if (this.#all.size < this.#max) return undefined
    return problem('overloaded', `${this.#max} clients wait for changes already, which is as many as may`)
  }

  /** Returns the scope of `subject`, which is looked at now. There has to be a registry. */
  scopeOf(subject: Subject): Scope {
    const scope = this.#scopes.get(keyOf(subject)) ?? new Scope(subject)
    scope.look(this.#live.current()!)
    return scope
  }

  /** Takes a watcher in. It is due in `ms`. */
  add(watcher: Watcher, ms: number): void {
    const { scope } = watcher
    this.#all.add(watcher)
    scope.watchers += 1
    this.#scopes.set(keyOf(scope.subject), scope)
    this.#wheel.add(watcher, ms)
    this.#meter?.watching(watcher.transport, 1)
  }

  /** Has a watcher be due in `ms`, instead of when it would have been. */
  delay(watcher: Watcher, ms: number): void {
    this.#wheel.add(watcher, ms)
  }

  /** Lets a watcher go; does nothing when it has gone. */
  delete(watcher: Watcher): void {
    if (!this.#all.delete(watcher)) return
    const { scope } = watcher
    scope.watchers -= 1
    if (scope.watchers === 0) this.#scopes.delete(keyOf(scope.subject))
    this.#wheel.delete(watcher)
    this.#meter?.watching(watcher.transport, -1)
  }

  /** Lets everybody go, in turns, and takes nobody in any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stop()
    await inTurns(this.#all, watcher => watcher.end())
  }

  async #sweep(): Promise<void> {
    this.#sweeping = true
    // Whoever swapped is done first.
    await nextTurn()
    while (this.#swapped) {
      this.#swapped = false
      await inTurns(this.#all, watcher => this.#compare(watcher))
    }
    this.#sweeping = false
  }

  /** Always against the newest registry: a sweep that is overtaken tells what overtook it. */
  #compare(watcher: Watcher): void {
    const snapshot = this.#live.current()
    if (snapshot === undefined) return
    watcher.scope.look(snapshot)
    if (watcher.tag === watcher.scope.tag) return
    watcher.notify()
    this.#meter?.notified()
  }
}
