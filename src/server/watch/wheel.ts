// Time for ten thousand: one timer for all of them, which turns a wheel of slots. Whatever is due in the same quarter of
// a second lies in the same slot. No timer runs while there is nothing to wait for.
//
//        slot 0      slot 1      slot 2            slot 255
//      ┌─────────┬───────────┬───────────┬── … ──┬──────────┐
//      │ a  f    │ b         │           │       │ c        │      ──► one slot a tick
//      └─────────┴───────────┴───────────┴── … ──┴──────────┘

import { inTurns } from './in-turns.ts'

/** Something that waits for a time. */
export interface Timed {
  /** The slot that it lies in, kept by the wheel; `null` while it waits for nothing. */
  slot: number | null
  /** Called when its time has come; it may go on the wheel again. */
  due(): void
}

/** The precision of all times. */
export const TICK_MS = 250

const SLOTS = 256

/** The longest time that the wheel can keep. */
export const MAX_WAIT_MS = (SLOTS - 1) * TICK_MS

/** Keeps things until they are due. */
export class Wheel {
  readonly #slots: Set<Timed>[] = Array.from({ length: SLOTS }, () => new Set())
  #now = 0
  #count = 0
  #timer: NodeJS.Timeout | undefined

  /** Has `item` be due in `ms`, or at most one tick later; a longer time than the wheel can keep is shortened to that. */
  add(item: Timed, ms: number): void {
    this.delete(item)
    const ticks = Math.max(1, Math.ceil(Math.min(ms, MAX_WAIT_MS) / TICK_MS))
    item.slot = (this.#now + ticks) % SLOTS
    this.#slots[item.slot]!.add(item)
    this.#count += 1
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** Takes `item` off the wheel, if it is on it. */
  delete(item: Timed): void {
    if (item.slot === null) return
    if (this.#slots[item.slot]!.delete(item)) this.#count -= 1
    item.slot = null
    if (this.#count > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    this.#now = (this.#now + 1) % SLOTS
    const slot = this.#now
    // A slot is emptied one by one: what is taken off the wheel before its turn is not called.
    void inTurns(this.#slots[slot]!, item => {
      this.delete(item)
      item.due()
    })
  }
}
