// The serving thread's side of the load worker. A worker that dies or hangs costs one failed load, never the
// service: it is replaced at the next one. One load at a time; live.ts sees to that.

import { once } from 'node:events'
import { extname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { errorText } from '../core/error.ts'
import type { LoadRequest, LoadResult } from './load.ts'

/** Loads off the event loop; never rejects. */
export interface Loader {
  load(request: LoadRequest): Promise<LoadResult>
  close(): Promise<void>
}

/** A million repositories load in under ten seconds; a load that takes this long is stuck in the file system. */
const LOAD_DEADLINE_MS = 60_000

/** Starts a loader with a worker thread of its own. */
export function startLoader(options: { deadlineMs?: number } = {}): Loader {
  return new WorkerLoader(options.deadlineMs ?? LOAD_DEADLINE_MS)
}

class WorkerLoader implements Loader {
  readonly #deadlineMs: number
  #worker: Worker | undefined

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs
    this.#worker = spawn()
  }

  async load(request: LoadRequest): Promise<LoadResult> {
    this.#worker ??= spawn()
    const worker = this.#worker
    const settled = new AbortController()
    const { signal } = settled
    try {
      worker.postMessage(request)
      return await Promise.race([
        once(worker, 'message', { signal }).then(([result]) => result as LoadResult),
        once(worker, 'exit', { signal }).then(([code]) => fail(`the load thread stopped with code ${code}`)),
        delay(this.#deadlineMs, undefined, { signal }).then(() =>
          fail(`no answer within ${this.#deadlineMs} ms`),
        ),
      ])
    } catch (error) {
      this.#worker = undefined
      await worker.terminate()
      return { kind: 'refused', code: 'load_failed', detail: errorText(error), disk: null }
    } finally {
      settled.abort()
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = undefined
  }
}

function spawn(): Worker {
  // `.ts` from source, `.js` from the built package.
  return new Worker(new URL(`./load-worker${extname(import.meta.url)}`, import.meta.url))
}

function fail(message: string): never {
  throw new Error(message)
}
