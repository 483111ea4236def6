// The serving threads, as the main thread knows them. Each is started, told where to listen, asked every second whether
// it is there, and replaced when it crashes or hangs; a crash takes with it the connections of one thread.
//
//     start ─► loads ── listen ─► serves ── leave ─► drains ─► gone
//                ▲                  │ crashes, or does not answer
//                └── after a wait ◄─┴─► too often: the pool gives up

import { Worker } from 'node:worker_threads'
import { CrashBudget } from './crash-budget.ts'
import type { FromThread, Front, Place, ThreadStart, ToThread } from './edition.ts'
import type { Live } from './live.ts'
import { Relay } from './relay.ts'

/** What happened to a thread, for whoever keeps the log. */
export type ThreadEvent =
  | { readonly kind: 'crashed'; readonly thread: number; readonly error: unknown; readonly againMs: number }
  | { readonly kind: 'replaced'; readonly thread: number }
  /** Threads crash faster than it makes sense to replace them. Nothing more is done for the one that crashed last. */
  | { readonly kind: 'exhausted'; readonly thread: number; readonly error: unknown }

export interface PoolOptions {
  readonly threads: number
  readonly live: Pick<Live, 'follow'>
  /** The program of a thread: it calls `joinPool`. */
  readonly script: URL
  /** What every thread is given; plain values, and shared memory. */
  readonly data: unknown
  readonly onEvent: (event: ThreadEvent) => void
  /** Given whole lines of the log. */
  readonly onLog: (lines: string) => void
  /** Replaceable so that a test need not wait. */
  readonly pingMs?: number
}

const PING_MS = 1_000

/** A thread that leaves so many pings unanswered hangs. Counted, not timed: the whole process may have stood still. */
const MAX_MISSED = 10

/** Serves by several threads as by one. */
export class ThreadPool implements Front {
  readonly #options: PoolOptions
  readonly #relay: Relay
  readonly #threads = new Map<number, ServingThread>()
  /** The first of each number, also those that have ended before the pool was opened. */
  readonly #first: readonly ServingThread[]
  readonly #budget = new CrashBudget()
  readonly #pinging: NodeJS.Timeout
  /** Where replacements listen; set once all threads do. */
  #place: Place | undefined
  #replaced = 0
  #closing = false

  constructor(options: PoolOptions) {
    this.#options = options
    const { threads, live, pingMs = PING_MS } = options
    this.#relay = new Relay(live, { wanted: threads, serving: 0, replaced: 0 })
    this.#first = Array.from({ length: threads }, (_, thread) => this.#start(thread))
    this.#pinging = setInterval(() => this.#ping(), pingMs).unref()
  }

  /**
   * Lets the first thread listen, then the others where it does. Rejects when any of them cannot, or ends before all
   * do; no thread is left running then.
   */
  async open(place: Place): Promise<{ address: string; port: number }> {
    const ended = Promise.race(this.#first.map(thread => thread.ended))
    try {
      const address = await Promise.race([this.#openAll(place), ended.then(rethrow)])
      this.#place = { ...place, port: address.port, reusePort: true }
      this.#count()
      return address
    } catch (error) {
      // Those that were told to leave are left to drain.
      if (!this.#closing) for (const thread of this.#threads.values()) thread.stop(error)
      throw error
    }
  }

  async #openAll(place: Place): Promise<{ address: string; port: number }> {
    const [first, ...others] = this.#first
    const address = await first!.open({ ...place, reusePort: true })
    const same = { ...place, port: address.port, reusePort: true }
    await Promise.all(others.map(other => other.open(same)))
    return address
  }

  /** Lets every thread drain and end. */
  async close(drainMs: number): Promise<void> {
    this.#closing = true
    clearInterval(this.#pinging)
    await Promise.all([...this.#threads.values()].map(thread => thread.leave(drainMs)))
  }

  #start(thread: number): ServingThread {
    const { script, data, onLog } = this.#options
    const { port, leave } = this.#relay.join()
    const start = { thread, editions: port, shown: this.#relay.shown, data }
    const started = new ServingThread(script, start, onLog)
    this.#threads.set(thread, started)
    void started.ended.then(error => {
      leave()
      this.#threads.delete(thread)
      if (!this.#closing && this.#place !== undefined) this.#mourn(thread, error, this.#place)
    })
    return started
  }

  #mourn(thread: number, error: unknown, place: Place): void {
    const { onEvent } = this.#options
    this.#count()
    const againMs = this.#budget.spend(performance.now())
    if (againMs === null) return onEvent({ kind: 'exhausted', thread, error })
    onEvent({ kind: 'crashed', thread, error, againMs })
    setTimeout(() => void this.#replace(thread, place), againMs)
  }

  async #replace(thread: number, place: Place): Promise<void> {
    if (this.#closing) return
    try {
      await this.#start(thread).open(place)
    } catch {
      return // it has ended, and that is told like any other end
    }
    this.#replaced += 1
    this.#count()
    this.#options.onEvent({ kind: 'replaced', thread })
  }

  #count(): void {
    const serving = [...this.#threads.values()].filter(thread => thread.serving).length
    this.#relay.count({ wanted: this.#options.threads, serving, replaced: this.#replaced })
  }

  #ping(): void {
    for (const thread of this.#threads.values()) thread.ping()
  }
}

/** One thread, from its start to its end. */
class ServingThread {
  /** Resolves when it has ended, with the reason; never rejects. */
  readonly ended: Promise<unknown>
  serving = false
  readonly #worker: Worker
  readonly #listening = Promise.withResolvers<{ address: string; port: number }>()
  readonly #end: (reason: unknown) => void
  /** How many pings it has left unanswered; `undefined` while it loads, which takes as long as it takes. */
  #missed: number | undefined

  constructor(script: URL, start: ThreadStart, onLog: (lines: string) => void) {
    const worker = new Worker(script, {
      workerData: start,
      transferList: [start.editions],
      name: `serving ${start.thread}`,
    })
    const { promise, resolve } = Promise.withResolvers<unknown>()
    this.#worker = worker
    this.ended = promise
    this.#end = resolve
    worker.on('message', (message: FromThread) => this.#hear(message, onLog))
    // Until it is gone it may answer from what is shown, and is told of it: what it cannot read it does not answer from.
    let thrown: unknown
    worker.once('error', error => {
      this.serving = false
      thrown = error
    })
    worker.once('exit', code => resolve(thrown ?? new Error(`the thread ended with code ${code}`)))
    void promise.then(reason => this.#listening.reject(reason))
    // Whoever waits for it hears of it; when nobody does, `ended` has told.
    this.#listening.promise.catch(() => {})
  }

  open(place: Place): Promise<{ address: string; port: number }> {
    this.#tell({ kind: 'listen', place })
    return this.#listening.promise
  }

  async leave(drainMs: number): Promise<void> {
    this.#tell({ kind: 'leave', drainMs })
    await this.ended
  }

  ping(): void {
    if (this.#missed === undefined) return
    if (this.#missed === MAX_MISSED) return this.stop(new Error(`no answer to ${MAX_MISSED} pings`))
    this.#missed += 1
    this.#tell({ kind: 'ping' })
  }

  #hear(message: FromThread, onLog: (lines: string) => void): void {
    switch (message.kind) {
      case 'log':
        return onLog(message.lines)
      case 'pong':
        this.#missed = 0
        return
      case 'listening':
        this.serving = true
        return this.#listening.resolve(message)
      case 'not-listening':
        return this.stop(Object.assign(new Error(message.message), { code: message.code }))
      case 'left':
        return this.stop(undefined)
    }
  }

  /** Ends it. Not waited for: a thread that is stuck in a system call ends when the call does, but runs nothing of ours. */
  stop(reason: unknown): void {
    this.serving = false
    void this.#worker.terminate()
    this.#end(reason)
  }

  #tell(order: ToThread): void {
    this.#worker.postMessage(order)
  }
}

function rethrow(reason: unknown): never {
  throw reason
}
