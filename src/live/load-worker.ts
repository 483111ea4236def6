// The worker thread that loads registries, so that reading, hashing, parsing and checking never hold up a
// request. One message in, one message out; the thread keeps nothing between two loads.

import { getHeapStatistics } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import { load } from './load.ts'

/** A heap that has held a large registry does not shrink again: the thread ends, and the next load has another. */
const MAX_KEPT_HEAP = 256 * 1024 * 1024

parentPort?.on('message', request => {
  parentPort?.postMessage(load(request))
  if (getHeapStatistics().total_heap_size > MAX_KEPT_HEAP) parentPort?.close()
})
