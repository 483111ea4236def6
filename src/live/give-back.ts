// Gives the memory of registries back that are no longer served. The collector does not see it: to the heap of a thread
// a shared buffer of any size is one small object, and a service that answers few requests may not collect for hours,
// while each reload adds a buffer. A busy one collects every few seconds, in steps; a collection that is asked for holds
// the thread for all of it. So what waits is looked at after a while, and only if it is still there one is asked for.

import { collectGarbage } from './collect.ts'

/** This much may wait for as long as it takes. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * So long a busy thread has to collect by itself, and no longer: beside the load of the next registry a collection takes
 * twice as long.
 */
const PATIENCE_MS = 2_000

/** Beyond this nothing is waited for: registries come faster than they go. */
const URGENT_BYTES = 512 * 1024 * 1024

interface Waiting {
  readonly buffer: WeakRef<SharedArrayBuffer>
  readonly bytes: number
}

let waiting: Waiting[] = []
let look: NodeJS.Timeout | undefined

/** Says that this thread holds `buffers` no longer. */
export function giveBack(buffers: readonly SharedArrayBuffer[], patienceMs = PATIENCE_MS): void {
  for (const buffer of buffers) waiting.push({ buffer: new WeakRef(buffer), bytes: buffer.byteLength })
  const urgent = bytesWaiting() >= URGENT_BYTES
  if (urgent) clearTimeout(look)
  // Never in this turn: whoever is in the middle of an answer may hold the old registry still.
  if (urgent || look === undefined) look = setTimeout(collectWhatWaits, urgent ? 0 : patienceMs).unref()
}

function collectWhatWaits(): void {
  look = undefined
  waiting = waiting.filter(({ buffer }) => buffer.deref() !== undefined)
  if (bytesWaiting() < MOST_BYTES) return
  waiting = []
  collectGarbage('when idle')
}

function bytesWaiting(): number {
  return waiting.reduce((sum, { bytes }) => sum + bytes, 0)
}
