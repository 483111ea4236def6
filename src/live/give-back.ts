// Gives the memory of registries back that are no longer served. The collector does not see it: to the heap of a thread
// a shared buffer of any size is one small object, and a service that answers few requests may not collect for hours,
// while each reload adds a buffer. So when enough of them wait, a collection is asked for; the heap is small, and it
// takes some milliseconds.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** This much may wait. */
const MOST_BYTES = 64 * 1024 * 1024

type Collect = (how: { type: 'major'; execution: 'async' }) => Promise<void>

let waiting = 0
let collect: Collect | undefined

/** Says that a buffer of this many bytes is held no longer by this thread. */
export function giveBack(bytes: number): void {
  waiting += bytes
  if (waiting < MOST_BYTES) return
  waiting = 0
  // Not in this turn: whoever is in the middle of an answer may hold the old registry still.
  setImmediate(() => void collector()({ type: 'major', execution: 'async' }))
}

function collector(): Collect {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  return collect
}
