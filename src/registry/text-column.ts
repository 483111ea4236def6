// Many texts in one stretch of bytes: each is followed by a line feed, which none of them holds, and `offsets[i]` is
// where the i-th begins. It is read where it lies; nothing is decoded that nobody asked for.
//
//   offsets   0        9       17        ← one more than there are texts
//   bytes     acme/app␊acme/old␊

import { NumberColumnWriter } from './number-column.ts'

const LINE_FEED = 0x0a

/** Tells whether a name can hold `part`: a line feed would be found between two, and Latin-1 in halves of letters. */
export function isNamePart(part: string): boolean {
  return /^[\x21-\x7e]+$/.test(part)
}

/** Texts by their position, in memory that threads may share. */
export class TextColumn {
  readonly #bytes: Buffer
  readonly #offsets: Uint32Array

  constructor(bytes: Buffer, offsets: Uint32Array) {
    this.#bytes = bytes
    this.#offsets = offsets
  }

  get length(): number {
    return this.#offsets.length - 1
  }

  /** Returns the text at `position`; `ascii` where it is known to hold nothing else, which is read faster. */
  at(position: number, ascii = false): string {
    const begin = this.#offsets[position]!
    const end = this.#offsets[position + 1]! - 1
    return this.#bytes.toString(ascii ? 'latin1' : 'utf8', begin, end)
  }

  /** Returns the length of the text at `position`, in UTF-8. */
  bytesAt(position: number): number {
    return this.#offsets[position + 1]! - 1 - this.#offsets[position]!
  }

  /** Tells whether the text at `position` is `parts` with a slash between each two, ASCII letters in any case. */
  isFolded(position: number, parts: readonly string[]): boolean {
    const bytes = this.#bytes
    const end = this.#offsets[position + 1]! - 1
    let at = this.#offsets[position]!
    for (let part = 0; part < parts.length; part++) {
      if (part > 0 && bytes[at++] !== SLASH) return false
      const text = parts[part]!
      for (let i = 0; i < text.length; i++) if (bytes[at++] !== foldCode(text.charCodeAt(i))) return false
    }
    return at === end
  }

  /**
   * Returns where `word` ends in the text at `position` if it stands there at `from`, ASCII letters in any case, up to the
   * first quote; else -1.
   */
  foldedEnd(position: number, from: number, word: string): number {
    const bytes = this.#bytes
    const begin = this.#offsets[position]! + from
    for (let i = 0; i < word.length; i++) {
      const byte = bytes[begin + i]!
      if (byte === QUOTE || foldCode(byte) !== foldCode(word.charCodeAt(i))) return -1
    }
    return bytes[begin + word.length] === QUOTE ? from + word.length : -1
  }

  /**
   * Returns the positions from `from` on, and before `to`, whose text holds `part`. The stretch is searched as one
   * Latin-1 string: searching the buffer costs more per hit, and a loop over its bytes more where there is none.
   */
  holding(part: string, from: number, to: number): number[] {
    const offsets = this.#offsets
    const base = offsets[from]!
    const stretch = this.#bytes.toString('latin1', base, offsets[to]!)
    const positions: number[] = []
    let position = from
    for (let at = stretch.indexOf(part); at !== -1; at = stretch.indexOf(part, offsets[position]! - base)) {
      while (offsets[position + 1]! <= base + at) position += 1
      positions.push(position)
      position += 1
    }
    return positions
  }
}

const SLASH = 0x2f
const QUOTE = 0x22

/** Folds the code of one ASCII capital to that of its small letter; every other code is itself. */
export function foldCode(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code
}

/** What a column is made of. */
export interface TextParts {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}

const LEAST_ROOM = 4_096

/** Collects texts for a column; none may hold a line feed. */
export class TextColumnWriter {
  #bytes: Buffer
  #length: number
  readonly #before: number
  readonly #offsets: NumberColumnWriter<Uint32Array>

  /**
   * Asks for room for so many `texts`, and `room` bytes of them, in memory that threads may share. What is not written to
   * is never given pages by the kernel: it is better to ask for too much than to copy what was written to a larger place.
   * The texts are written `before` bytes behind the beginning of it.
   */
  constructor({ room = 0, before = 0, texts = 0 } = {}) {
    this.#bytes = allocate(Math.max(LEAST_ROOM, before + Math.ceil(room)))
    this.#before = before
    this.#length = before
    this.#offsets = new NumberColumnWriter(Uint32Array, texts + 1)
    this.#offsets.push(0)
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length - this.#before
  }

  /** Adds a text and returns whether it is ASCII. */
  add(text: string): boolean {
    const most = this.#length + text.length * 3 + 1
    if (most > this.#bytes.length) this.#grow(most)
    const written = this.#bytes.write(text, this.#length)
    this.#length += written
    this.#bytes[this.#length++] = LINE_FEED
    this.#offsets.push(this.length)
    return written === text.length
  }

  /** Returns what was written since `length` was `from`. */
  since(from: number): Uint8Array {
    return this.#bytes.subarray(this.#before + from, this.#length)
  }

  /** Returns what the column is made of. */
  finish(): TextParts {
    return { bytes: this.since(0), offsets: this.#offsets.finish() }
  }

  #grow(least: number): void {
    const larger = allocate(Math.max(least, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

function allocate(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes))
}
