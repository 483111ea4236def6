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
