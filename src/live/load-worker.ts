// The worker thread that loads registries, so that reading, hashing, parsing and checking never hold up a
// request. One message in, one message out; the thread keeps nothing between two loads.

import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { load } from './load.ts'

/** A heap that has held a large registry hardly shrinks: beyond this the thread ends, and the next load has another. */
const MAX_KEPT_BYTES = 128 * 1024 * 1024

/** Given only by a test, which has no time for a large registry. */
const { maxKeptBytes = MAX_KEPT_BYTES } = (workerData ?? {}) as { maxKeptBytes?: number }

parentPort?.on('message', request => {
  parentPort?.postMessage(load(request))
  const { total_heap_size, external_memory } = getHeapStatistics()
  if (total_heap_size + external_memory > maxKeptBytes) parentPort?.close()
})
