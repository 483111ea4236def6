// A hash table over names, in memory that threads may share: open addressing with linear probing, never more than half
// full. A slot is the hash of a folded name and the position of that name plus one; zero is an empty slot.
//
//   slot      0                1                2
//           ┌──────┬─────────┬──────┬─────────┬──────┬─────────┬───
//           │ hash │ place+1 │  0   │    0    │ hash │ place+1 │ …
//           └──────┴─────────┴──────┴─────────┴──────┴─────────┴───

import { type GiveWay, goOn } from '../core/give-way.ts'
import { addToHash, HASH_BASIS, mixHash } from '../core/hash.ts'
import { foldCode, type TextParts } from './text-column.ts'

const WORDS = 2

/** As many names are put into a table before others may have the core: each may be the first on a fresh page. */
const AT_ONCE = 64

/** Tells whether the name at `position` is `parts` with a slash between each two, ASCII letters in any case. */
export type IsName = (position: number, parts: readonly string[]) => boolean

/** Looks names up, ASCII letters in any case. Nothing has to be legal: what is not there is not found. */
export class NameTable {
  readonly #slots: Uint32Array
  readonly #isName: IsName
  readonly #mask: number

  constructor(slots: Uint32Array, isName: IsName) {
    this.#slots = slots
    this.#isName = isName
    this.#mask = slots.length / WORDS - 1
  }

  /** Returns the position of the name that is `parts` with a slash between each two, or -1. */
  find(...parts: readonly string[]): number {
    const hash = hashOf(parts)
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const position = this.#slots[slot * WORDS + 1]! - 1
      if (position === -1) return -1
      if (this.#slots[slot * WORDS] === hash && this.#isName(position, parts)) return position
    }
  }
}

/** Builds the slots for a column of folded names that are all different. */
export function buildSlots({ bytes, offsets }: TextParts, giveWay: GiveWay = goOn): Uint32Array {
  const count = offsets.length - 1
  let size = 2
  while (size < count * 2) size *= 2
  const slots = new Uint32Array(size * WORDS)
  for (let position = 0; position < count; position++) {
    const hash = hashFolded(bytes, offsets[position]!, offsets[position + 1]! - 1)
    let slot = hash & (size - 1)
    while (slots[slot * WORDS + 1] !== 0) slot = (slot + 1) & (size - 1)
    slots[slot * WORDS] = hash
    slots[slot * WORDS + 1] = position + 1
    if (position % AT_ONCE === 0) giveWay()
  }
  return slots
}

const SLASH = 0x2f

/** Hashes what is asked for, by its folded codes; mixed, since the low bits choose the slot. */
function hashOf(parts: readonly string[]): number {
  let hash = HASH_BASIS
  for (let part = 0; part < parts.length; part++) {
    if (part > 0) hash = addToHash(hash, SLASH)
    const text = parts[part]!
    for (let i = 0; i < text.length; i++) hash = addToHash(hash, foldCode(text.charCodeAt(i)))
  }
  return mixHash(hash)
}

/** Hashes the bytes from `from` on and before `to` as a table hashes the name that they are, folded. */
export function hashFolded(bytes: Uint8Array, from: number, to: number): number {
  let hash = HASH_BASIS
  for (let at = from; at < to; at++) hash = addToHash(hash, foldCode(bytes[at]!))
  return mixHash(hash)
}
