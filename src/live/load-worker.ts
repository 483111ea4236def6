// The worker thread that loads registries, so that reading, hashing, parsing and checking never hold up a
// request. One message in, one message out; the thread keeps nothing between two loads.

import { platform, setPriority } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { load } from './load.ts'
import type { LoadResult } from './load-result.ts'

/** A heap that has held a large registry hardly shrinks: beyond this the thread ends, and the next load has another. */
const MAX_KEPT_BYTES = 128 * 1024 * 1024

/**
 * Where cores are scarce, answering comes first: a load gets a third of the core that it shares with a busy thread. Yet
 * a million repositories have to load within the deadline (loader.ts), however busy that one is.
 */
const NICENESS = 3

/** What the thread answers. */
export interface LoadAnswer {
  readonly result: LoadResult
  /** The thread ends now: whatever it is sent from here on is lost. */
  readonly leaving: boolean
}

/** Given only by a test, which has no time for a large registry. */
const { maxKeptBytes = MAX_KEPT_BYTES } = (workerData ?? {}) as { maxKeptBytes?: number }

// Elsewhere than on Linux it would be the priority of the whole process.
if (platform() === 'linux') yieldToOthers()

parentPort?.on('message', request => {
  const result = load(request)
  const { total_heap_size, external_memory } = getHeapStatistics()
  const leaving = total_heap_size + external_memory > maxKeptBytes
  parentPort?.postMessage({ result, leaving } satisfies LoadAnswer)
  if (leaving) parentPort?.close()
})

function yieldToOthers(): void {
  try {
    setPriority(NICENESS)
  } catch {
    // A sandbox may forbid it. Loads are then as urgent as answers, and as correct.
  }
}
