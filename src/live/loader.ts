// The serving thread's side of the load worker. A worker that dies or hangs costs one failed load, never the
// service: it is replaced at the next one. One load at a time; live.ts sees to that.

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { errorText } from '../core/error.ts'
import type { LoadRequest } from './load.ts'
import { type LoadResult, refused } from './load-result.ts'
import type { LoadAnswer } from './load-worker.ts'

/** Loads off the event loop; never rejects. */
export interface Loader {
  load(request: LoadRequest): Promise<LoadResult>
  close(): Promise<void>
}

/** A million repositories load in seconds, or, beside a busy thread on one core, in some twenty of them. */
const LOAD_DEADLINE_MS = 120_000

/**
 * A registry is read in parts, each of which is soon garbage: a young generation that fits the caches is enough, and leaves
 * the rest of them to the thread that answers.
 */
const YOUNG_MB = 6

/** How long closing waits for the thread to end. */
const CLOSE_MS = 500

/** Starts a loader with a worker thread of its own, which runs `script` (load-worker.ts). */
export function startLoader(script: URL, { deadlineMs = LOAD_DEADLINE_MS } = {}): Loader {
  return new WorkerLoader(script, deadlineMs)
}

class WorkerLoader implements Loader {
  readonly #script: URL
  readonly #deadlineMs: number
  #worker: Worker | undefined
  /** Of the load that is under way: aborted, it ends. */
  #settled: AbortController | undefined

  constructor(script: URL, deadlineMs: number) {
    this.#script = script
    this.#deadlineMs = deadlineMs
    this.#worker = this.#spawn()
  }

  async load(request: LoadRequest): Promise<LoadResult> {
    let worker: Worker | undefined
    const settled = new AbortController()
    this.#settled = settled
    const { signal } = settled
    try {
      this.#worker ??= this.#spawn()
      worker = this.#worker
      worker.postMessage(request)
      const { result, leaving } = await Promise.race([
        once(worker, 'message', { signal }).then(([answer]) => answer as LoadAnswer),
        once(worker, 'exit', { signal }).then(([code]) => fail(`the load thread stopped with code ${code}`)),
        delay(this.#deadlineMs, undefined, { signal }).then(() =>
          fail(`no answer within ${this.#deadlineMs} ms`),
        ),
      ])
      // Giving a large heap back takes it a while, and the next load does not wait for that.
      if (leaving) this.#worker = undefined
      return result
    } catch (error) {
      this.#worker = undefined
      // Not awaited: a thread that is stuck in a system call ends when the call does, which may be never.
      void worker?.terminate()
      return refused('load_failed', errorText(error), null)
    } finally {
      settled.abort()
    }
  }

  async close(): Promise<void> {
    // Raced: a thread that is stuck in a system call ends when the call does, and nobody shall wait for that.
    await Promise.race([this.#worker?.terminate(), delay(CLOSE_MS, undefined, { ref: false })])
    this.#worker = undefined
    this.#settled?.abort()
  }

  #spawn(): Worker {
    const worker = new Worker(this.#script, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    // A thread that dies between two loads is replaced at the next; unheard, its error would end the process.
    worker.on('error', () => {})
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    return worker
  }
}

function fail(message: string): never {
  throw new Error(message)
}
