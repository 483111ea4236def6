// The worker thread that loads registries, so that reading, hashing, parsing and checking never hold up a
// request. One message in, one message out; the thread keeps nothing between two loads.

import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { goOn, inTurns } from '../core/give-way.ts'
import { collectGarbage } from './collect.ts'
import { type LoadRequest, load } from './load.ts'
import type { LoadResult } from './load-result.ts'
import { watchOthers } from './others-work.ts'

/** What a large registry was read from, and counted by, is given back before the next; a heap that stays larger ends. */
const MAX_KEPT_BYTES = 128 * 1024 * 1024

/**
 * Where cores are scarce, answering comes first: a load takes a quarter of the core that it shares with a busy thread. It
 * takes it in turns so short that an answer which is asked for meanwhile is hardly later than others.
 */
const TURNS = { workMs: 0.25, restMs: 0.75 }

/** What the thread answers. */
export interface LoadAnswer {
  readonly result: LoadResult
  /** The thread ends now: whatever it is sent from here on is lost. */
  readonly leaving: boolean
}

/** Given only by a test, which has no time for a large registry. */
const { maxKeptBytes = MAX_KEPT_BYTES } = (workerData ?? {}) as { maxKeptBytes?: number }

parentPort?.on('message', (request: LoadRequest) => {
  const result = load(request, isServing(request) ? inTurns({ ...TURNS, isWanted: watchOthers() }) : goOn)
  // Later: until this returns, what is served is held here too, and cannot be given back.
  setImmediate(answer, result)
})

function answer(result: LoadResult): void {
  if (keptBytes() > maxKeptBytes) collectGarbage()
  const leaving = getHeapStatistics().total_heap_size > maxKeptBytes
  parentPort?.postMessage({ result, leaving } satisfies LoadAnswer)
  if (leaving) parentPort?.close()
}

/** What the heap takes, and what hangs on it. */
function keptBytes(): number {
  const { total_heap_size, external_memory } = getHeapStatistics()
  return total_heap_size + external_memory
}

function isServing(request: LoadRequest): boolean {
  return request.kind !== 'remembered' && request.active !== null
}
