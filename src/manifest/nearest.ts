// The name that was probably meant. A suggestion that is far off is worse than none.

import { quote } from '../core/diagnostic.ts'

/** Returns the name in `names` that is nearest to `name`, if one is near; of several, the first. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let distance = Math.min(3, Math.ceil(name.length / 3)) + 1
  for (const other of names) {
    const found = distanceBelow(name.toLowerCase(), other.toLowerCase(), distance)
    if (found < distance) [best, distance] = [other, found]
  }
  return best
}

/** Renders a suggestion, to be put behind a message; nothing where no name is near. */
export function suggest(name: string, names: Iterable<string>): string {
  const nearest = nearestName(name, names)
  return nearest === undefined ? '' : `; did you mean ${quote(nearest)}?`
}

/** Returns the edits (Levenshtein) from `a` to `b`, or `limit` where they are not fewer. */
function distanceBelow(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
    }
    if (Math.min(...next) >= limit) return limit
    row = next
  }
  return Math.min(row[b.length]!, limit)
}
