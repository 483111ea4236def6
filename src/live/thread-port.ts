// A serving thread's side of the thread pool: what it was started with, its view of the registry, its way to the one
// log, and the orders that it obeys.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { errorText, systemCode } from '../core/error.ts'
import type { FromThread, Front, ThreadStart, ToThread } from './edition.ts'
import { ThreadView } from './thread-view.ts'

/** What a serving thread knows of where it is. */
export interface Joined<Data> {
  /** Which of the threads it is, from 0. */
  readonly thread: number
  /** What every thread was given. */
  readonly data: Data
  readonly live: ThreadView
  /** Adds a whole line to the log of the process. */
  readonly writeLog: (line: string) => void
  /** Obeys the main thread: listens, answers that it is there, leaves. */
  readonly serve: (front: Front) => void
}

/** Joins the pool (thread-pool.ts) that has started this thread. Throws where nothing has. */
export function joinPool<Data>(): Joined<Data> {
  if (parentPort === null) throw new Error('a serving thread is started by the main thread')
  const port = parentPort
  const { thread, editions, shown, data } = workerData as ThreadStart
  const live = new ThreadView(editions, shown)
  const log = new LogPort(port)
  // The last lines are those that tell why, and who was cut off by it.
  process.on('uncaughtExceptionMonitor', () => log.hurry())
  return {
    thread,
    data: data as Data,
    live,
    writeLog: line => log.write(line),
    serve: front => {
      port.on('message', (order: ToThread) => obey(order, { front, port, live, log }))
      tell(port, { kind: 'pong' }) // before it is asked: it has loaded
    },
  }
}

interface Parts {
  readonly front: Front
  readonly port: MessagePort
  readonly live: ThreadView
  readonly log: LogPort
}

function obey(order: ToThread, parts: Parts): void {
  switch (order.kind) {
    case 'listen':
      return void listen(order.place, parts)
    case 'leave':
      return void leave(order.drainMs, parts)
    case 'ping':
      return tell(parts.port, { kind: 'pong' })
  }
}

async function listen(place: Parameters<Front['open']>[0], { front, port }: Parts): Promise<void> {
  try {
    tell(port, { kind: 'listening', ...(await front.open(place)) })
  } catch (error) {
    tell(port, { kind: 'not-listening', message: errorText(error), code: systemCode(error) })
  }
}

async function leave(drainMs: number, { front, port, live, log }: Parts): Promise<void> {
  await front.close(drainMs)
  live.close()
  log.flush()
  tell(port, { kind: 'left' })
}

/** Gathers the lines of one turn of the loop into one message: refused requests come by the thousand. */
class LogPort {
  readonly #port: MessagePort
  #lines = ''
  #hurried = false

  constructor(port: MessagePort) {
    this.#port = port
  }

  write(line: string): void {
    const first = this.#lines === ''
    this.#lines += line
    if (this.#hurried) this.flush()
    else if (first) setImmediate(() => this.flush())
  }

  /** Waits for no turn of the loop any more: there may be none. */
  hurry(): void {
    this.#hurried = true
    this.flush()
  }

  flush(): void {
    if (this.#lines !== '') tell(this.#port, { kind: 'log', lines: this.#lines })
    this.#lines = ''
  }
}

function tell(port: MessagePort, message: FromThread): void {
  port.postMessage(message)
}
