// The last good pin, kept between two starts where the service was given a memory for it. Pins are kept in the order of
// the swaps: a slow earlier write must not end as the memory of a later pin.

import type { Pin } from '../seal/pointer.ts'
import type { Memory } from './memory.ts'

/** Keeps the pins of one process; without a memory it does nothing. */
export class PinKeeper {
  readonly #memory: Memory | null
  /** Told when it begins to go wrong, goes wrong in another way, and goes well again. */
  readonly #onState: (state: 'ok' | 'degraded', detail: string) => void
  #state: 'ok' | 'degraded' = 'ok'
  #detail = ''
  #recalled: Pin | null = null
  /** A good pin that could not be kept yet. */
  #unkept: Pin | null = null
  #keeping: Promise<void> = Promise.resolve()

  constructor(memory: Memory | null, onState: (state: 'ok' | 'degraded', detail: string) => void) {
    this.#memory = memory
    this.#onState = onState
  }

  /** The pin of an earlier start, to fall back on while nothing is served. */
  get recalled(): Pin | null {
    return this.#recalled
  }

  /** Resolves when everything that was to be kept so far has been tried. */
  get settled(): Promise<void> {
    return this.#keeping
  }

  /** Reads what an earlier start has kept, and returns it. */
  async recall(): Promise<Pin | null> {
    if (this.#memory === null) return null
    const { pin, fault } = await this.#memory.recall()
    if (fault !== null) this.doubt(fault)
    this.#recalled = pin
    return pin
  }

  /** Keeps `pin`, after those before it. */
  keep(pin: Pin): void {
    const memory = this.#memory
    if (memory === null) return
    this.#keeping = this.#keeping.then(async () => {
      const fault = await memory.remember(pin)
      const news = fault !== null && this.#unkept === null
      this.#unkept = fault === null ? null : pin
      if (news) this.doubt(fault)
      if (fault === null && this.#state !== 'ok') this.#enter('ok', `${pin.runId} is kept`)
    })
  }

  /** What is kept is of no use to the next start, until another pin is or this one turns out to be good. */
  doubt(detail: string): void {
    this.#enter('degraded', detail)
  }

  /** `pin`, which an earlier start kept, is good: where that was in doubt, it is kept anew. */
  vouch(pin: Pin): void {
    if (this.#state !== 'ok') this.keep(pin)
  }

  /** Tries again what could not be kept. */
  retry(): void {
    if (this.#unkept !== null) this.keep(this.#unkept)
  }

  #enter(state: 'ok' | 'degraded', detail: string): void {
    if (state === this.#state && detail === this.#detail) return
    this.#state = state
    this.#detail = detail
    this.#onState(state, detail)
  }
}
