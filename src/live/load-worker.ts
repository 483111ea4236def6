// The worker thread that loads registries, so that reading, hashing, parsing and checking never hold up a
// request. One message in, one message out; the thread keeps nothing between two loads.

import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { load } from './load.ts'
import type { LoadResult } from './load-result.ts'

/** A heap that has held a large registry hardly shrinks: beyond this the thread ends, and the next load has another. */
const MAX_KEPT_BYTES = 128 * 1024 * 1024

/** What the thread answers. */
export interface LoadAnswer {
  readonly result: LoadResult
  /** The thread ends now: whatever it is sent from here on is lost. */
  readonly leaving: boolean
}

/** Given only by a test, which has no time for a large registry. */
const { maxKeptBytes = MAX_KEPT_BYTES } = (workerData ?? {}) as { maxKeptBytes?: number }

parentPort?.on('message', request => {
  const result = load(request)
  const { total_heap_size, external_memory } = getHeapStatistics()
  const leaving = total_heap_size + external_memory > maxKeptBytes
  parentPort?.postMessage({ result, leaving } satisfies LoadAnswer)
  if (leaving) parentPort?.close()
})
