// JSON pointers (RFC 6901), and the places in a text that they name.

import { visit } from 'jsonc-parser'
import type { Place } from './diagnostic.ts'

/** Joins segments to a JSON pointer (RFC 6901). */
export function jsonPointer(segments: readonly (string | number)[]): string {
  return segments.map(segment => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Returns the place of each JSON pointer in `pointers` that `text` holds; for a member, the place of its key. */
export function locatePointers(text: string, pointers: ReadonlySet<string>): Map<string, Place> {
  const places = new Map<string, Place>()
  const mark = (pointer: string, line: number, character: number): void => {
    if (pointers.has(pointer)) places.set(pointer, { line: line + 1, column: character + 1 })
  }
  const markItem = (path: () => (string | number)[], line: number, character: number): void => {
    const segments = path()
    if (typeof segments.at(-1) === 'number') mark(jsonPointer(segments), line, character)
  }
  visit(
    text,
    {
      onObjectProperty: (name, _offset, _length, line, character, path) =>
        mark(jsonPointer([...path(), name]), line, character),
      onObjectBegin: (_offset, _length, line, character, path) => void markItem(path, line, character),
      onArrayBegin: (_offset, _length, line, character, path) => void markItem(path, line, character),
      onLiteralValue: (_value, _offset, _length, line, character, path) => markItem(path, line, character),
    },
    { disallowComments: true },
  )
  if (pointers.has('')) places.set('', { line: 1, column: 1 })
  return places
}

/** The pointers that are looked for, as one tree: what is below each segment, and which pointer ends there. */
interface Wanted {
  readonly below: Map<string, Wanted>
  pointer?: string
}

/**
 * Returns what `locatePointers` would for the canonical text of `value` (R1), without reading it: there every member and
 * every item begins a line of its own, two columns further in than what it is part of.
 */
export function locateInCanonical(value: unknown, pointers: ReadonlySet<string>): Map<string, Place> {
  const places = new Map<string, Place>()
  const walk = (inner: unknown, { below, pointer }: Wanted, line: number, depth: number): void => {
    if (pointer !== undefined) places.set(pointer, { line, column: 2 * depth + 1 })
    if (below.size === 0 || typeof inner !== 'object' || inner === null) return
    let at = line + 1
    for (const [key, member] of Object.entries(inner)) {
      const wanted = below.get(key)
      if (wanted !== undefined) walk(member, wanted, at, depth + 1)
      at += linesOf(member)
    }
  }
  walk(value, treeOf(pointers), 1, 0)
  return places
}

function treeOf(pointers: ReadonlySet<string>): Wanted {
  const root: Wanted = { below: new Map() }
  for (const pointer of pointers) {
    let wanted = root
    for (const segment of pointer.split('/').slice(1)) {
      const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
      const next = wanted.below.get(key) ?? { below: new Map() }
      wanted.below.set(key, next)
      wanted = next
    }
    wanted.pointer = pointer
  }
  return root
}

/** Returns how many lines `value` takes in a canonical text. */
function linesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  let lines = 0
  for (const member of Object.values(value)) lines += linesOf(member)
  // An empty one is `{}` or `[]`.
  return lines === 0 ? 1 : lines + 2
}
