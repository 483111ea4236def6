// One page of a list over a compiled registry, read in steps. While its total is unknown, everything the list is made
// of has to be looked at; once it is known, nothing but the page and what lies before the item that follows it.

import type { Page, Window } from './snapshot.ts'
import type { Steps } from './steps.ts'
import { isNamePart, type TextColumn } from './text-column.ts'

/** A list: what of a compiled registry is in it. */
export interface List<Item> {
  /** Its positions are in registry order, from `from` on and before `to`. */
  readonly from: number
  readonly to: number
  readonly names: TextColumn
  /** Folded; a part that the name of each item holds. */
  readonly part: string | undefined
  readonly lets: (position: number) => boolean
  readonly take: (position: number) => Item
  /** How many items there are, where somebody has counted them. */
  readonly total: number | undefined
}

/** Names that are looked at in one step: about a tenth of a millisecond. */
export const STEP = 4_096

/** Items that are decoded in one step; one may have a reason of a thousand characters. */
const TAKEN = 64

/** Reads the page of `list` at `window`. */
export function* readList<Item>(list: List<Item>, window: Window, step = STEP): Steps<Page<Item>> {
  const { positions, total, next } = yield* choose(list, window, step)
  const items: Item[] = []
  for (const position of positions) {
    items.push(list.take(position))
    if (items.length % TAKEN === 0) yield
  }
  return { items, total, next }
}

interface Choice {
  /** Of the items of the page. */
  readonly positions: readonly number[]
  readonly total: number
  readonly next: number | undefined
}

function* choose(list: List<unknown>, window: Window, step: number): Steps<Choice> {
  const { to, lets, total } = list
  const positions: number[] = []
  let count = 0
  let next: number | undefined
  let at = total === undefined ? list.from : Math.max(list.from, window.from)
  while (at < to && !(total !== undefined && (next !== undefined || positions.length === total))) {
    const end = Math.min(at + step, to)
    for (const position of candidates(list, at, end)) {
      if (!lets(position)) continue
      count += 1
      if (position < window.from) continue
      if (positions.length < window.limit) positions.push(position)
      else next ??= position
      if (next !== undefined && total !== undefined) break
    }
    at = end
    yield
  }
  return { positions, total: total ?? count, next }
}

function candidates({ names, part }: List<unknown>, from: number, to: number): readonly number[] {
  if (part !== undefined) return isNamePart(part) ? names.holding(part, from, to) : []
  return Array.from({ length: to - from }, (_, i) => from + i)
}
