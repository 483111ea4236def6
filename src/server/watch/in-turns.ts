// Work on many things, a little at a time: what is done for ten thousand watchers in one go is done to everybody else
// as well, who would wait for it.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long one turn of the event loop is worked on, before everything else has its turn. */
export const TURN_MS = 5

/** Does `work` with each of `items`, in turns. What is added to a live collection meanwhile is worked on as well. */
export async function inTurns<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  let until = performance.now() + TURN_MS
  for (const item of items) {
    work(item)
    if (performance.now() < until) continue
    await nextTurn()
    until = performance.now() + TURN_MS
  }
}
