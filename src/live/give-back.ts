// Gives the memory of registries back that are no longer served. The collector does not see it: to the heap of a thread
// a shared buffer of any size is one small object, and a service that answers few requests may not collect for hours,
// while each reload adds a buffer. So a collection is asked for, in steps: one in one go holds a busy thread for tens
// of milliseconds.

import { beginCollecting, collectGarbage } from './collect.ts'

/** This much may wait for as long as it takes. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * So long the collection is put off, for answers that are under way to let go of the old registry; and no longer, since
 * beside the load of the next one it takes twice as long.
 */
const PATIENCE_MS = 2_000

/** A collection in steps takes a fraction of this; when it has not ended by then, there is one in one go. */
const STEPS_MS = 1_000

/** Beyond this nothing is waited for: registries come faster than they go. */
const URGENT_BYTES = 512 * 1024 * 1024

interface Waiting {
  readonly bytes: number
  /** Whether a collection has begun since it was given back. */
  asked: boolean
}

const waiting = new Set<Waiting>()
const collected = new FinalizationRegistry<Waiting>(one => waiting.delete(one))
let next: NodeJS.Timeout | undefined

/** Says that this thread holds `buffers` no longer. */
export function giveBack(buffers: readonly SharedArrayBuffer[], patienceMs = PATIENCE_MS): void {
  for (const buffer of buffers) {
    const one = { bytes: buffer.byteLength, asked: false }
    waiting.add(one)
    collected.register(buffer, one)
  }
  const urgent = bytesOf(waiting) >= URGENT_BYTES
  if (urgent) clearTimeout(next)
  // Never in this turn: whoever is in the middle of an answer may hold the old registry still.
  if (urgent || next === undefined) next = setTimeout(ask, urgent ? 0 : patienceMs).unref()
}

function ask(): void {
  next = undefined
  if (bytesOf(waiting) < MOST_BYTES) return
  for (const one of waiting) one.asked = true
  beginCollecting()
  next = setTimeout(insist, STEPS_MS).unref()
}

function insist(): void {
  next = undefined
  const left = [...waiting].filter(one => one.asked)
  if (bytesOf(left) >= MOST_BYTES) collectGarbage()
  // What is there still is held by somebody.
  for (const one of left) waiting.delete(one)
  if (bytesOf(waiting) >= MOST_BYTES) next = setTimeout(ask, PATIENCE_MS).unref()
}

function bytesOf(buffers: Iterable<Waiting>): number {
  let sum = 0
  for (const { bytes } of buffers) sum += bytes
  return sum
}
