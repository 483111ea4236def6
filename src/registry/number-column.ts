// Many numbers one behind the other, collected without a list: a list that grows is copied to a larger place each time,
// millions of numbers in one go, and what it leaves behind is the collector's.

/** What holds them. */
export type Numbers = Uint8Array | Uint32Array

/** Collects numbers, as narrow as `Type` has them. */
export class NumberColumnWriter<T extends Numbers> {
  #numbers: T
  #length = 0
  readonly #type: new (
    length: number,
  ) => T

  /** Asks for `room` numbers, which are given pages by the kernel only when they are written to; more are copied. */
  constructor(type: new (length: number) => T, room: number) {
    this.#type = type
    this.#numbers = new type(Math.max(LEAST_ROOM, Math.ceil(room)))
  }

  /** How many there are. */
  get length(): number {
    return this.#length
  }

  /** Adds the next one. */
  push(number: number): void {
    if (this.#length === this.#numbers.length) this.#grow()
    this.#numbers[this.#length++] = number
  }

  /** Returns all of them, where they lie. */
  finish(): T {
    return this.#numbers.subarray(0, this.#length) as T
  }

  #grow(): void {
    const larger = new this.#type(this.#numbers.length * 2)
    larger.set(this.#numbers)
    this.#numbers = larger
  }
}

const LEAST_ROOM = 1_024
