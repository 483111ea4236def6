// A hash table over names, in memory that threads may share: open addressing with linear probing, never more than half
// full. A slot is the hash of a folded name and the position of that name plus one; zero is an empty slot.
//
//   slot      0                1                2
//           ┌──────┬─────────┬──────┬─────────┬──────┬─────────┬───
//           │ hash │ place+1 │  0   │    0    │ hash │ place+1 │ …
//           └──────┴─────────┴──────┴─────────┴──────┴─────────┴───

import { foldCode, type TextColumn } from './text-column.ts'

const WORDS = 2

/** Looks names up, ASCII letters in any case. Nothing has to be legal: what is not there is not found. */
export class NameTable {
  readonly #slots: Uint32Array
  readonly #names: TextColumn
  readonly #mask: number

  constructor(slots: Uint32Array, names: TextColumn) {
    this.#slots = slots
    this.#names = names
    this.#mask = slots.length / WORDS - 1
  }

  /** Returns the position of the name that is `parts` with a slash between each two, or -1. */
  find(...parts: readonly string[]): number {
    const hash = hashOf(parts)
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const position = this.#slots[slot * WORDS + 1]! - 1
      if (position === -1) return -1
      if (this.#slots[slot * WORDS] === hash && this.#names.isFolded(position, parts)) return position
    }
  }
}

/** Builds the slots for names that are all different after folding, in the order of their positions. */
export function buildSlots(names: Iterable<string>, count: number): Uint32Array {
  let size = 2
  while (size < count * 2) size *= 2
  const slots = new Uint32Array(size * WORDS)
  let position = 0
  for (const name of names) {
    const hash = hashOf([name])
    let slot = hash & (size - 1)
    while (slots[slot * WORDS + 1] !== 0) slot = (slot + 1) & (size - 1)
    slots[slot * WORDS] = hash
    slots[slot * WORDS + 1] = ++position
  }
  return slots
}

const SLASH = 0x2f

/** FNV-1a over the folded codes, then mixed (the finaliser of MurmurHash3), since the low bits choose the slot. */
function hashOf(parts: readonly string[]): number {
  let hash = 0x811c9dc5
  for (let part = 0; part < parts.length; part++) {
    if (part > 0) hash = Math.imul(hash ^ SLASH, 0x01000193)
    const text = parts[part]!
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ foldCode(text.charCodeAt(i)), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
