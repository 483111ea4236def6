// The last good answer of each address, with its entity tag: to ask "still so?" instead of "what?", and to fall back on.
// Bounded; what was not used for longest goes first. What the answer to a later question took back is not remembered
// from the answer to an earlier one that was under way for longer.

import type { Told } from './outcome.ts'

/** An answer that may be used again. */
export interface Remembered {
  readonly value: unknown
  readonly etag: string
  readonly told: Told
  /** When it came. */
  readonly cameAt: number
}

interface Slot {
  /** Which question it answers. */
  readonly question: number
  /** `undefined` where the last word was that there is no such thing. */
  readonly answer: Remembered | undefined
}

/** Answers by address. */
export class Memory {
  readonly #slots = new Map<string, Slot>()
  readonly #most: number
  #questions = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Numbers a question that is about to be asked. Not by the time, since a clock that is set back would lose count. */
  newQuestion(): number {
    return ++this.#questions
  }

  /** Returns the last good answer, if there is one. */
  get(path: string): Remembered | undefined {
    const slot = this.#slots.get(path)
    if (slot === undefined) return undefined
    this.#slots.delete(path)
    this.#slots.set(path, slot)
    return slot.answer
  }

  /** Remembers an answer, or with `undefined` that there is none, unless a later question was answered already. */
  set(path: string, question: number, answer: Remembered | undefined): void {
    const slot = this.#slots.get(path)
    if (slot !== undefined && slot.question > question) return
    this.#slots.delete(path)
    this.#slots.set(path, { question, answer })
    for (const oldest of this.#slots.keys()) {
      if (this.#slots.size <= this.#most) break
      this.#slots.delete(oldest)
    }
  }
}

/** Says how old a remembered answer is by now; `undefined` when the clock was set back, since then nobody knows. */
export function toldBy({ told, cameAt }: Remembered, now: number): Told | undefined {
  const sinceS = (now - cameAt) / 1_000
  return sinceS < 0 ? undefined : { ...told, ageSeconds: told.ageSeconds + sinceS }
}
