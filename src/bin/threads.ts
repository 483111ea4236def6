// Several serving threads on one port. A port that is shared between threads would be shared with a second instance as
// well, and each would answer some of the requests from its own registry, without an error anywhere. So it is made
// sure first that this process alone has the port (docs/decisions/threads.md).

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Logger } from 'pino'
import { systemCode } from '../core/error.ts'
import type { Front, Place } from '../live/edition.ts'
import type { Live } from '../live/live.ts'
import { type ThreadEvent, ThreadPool } from '../live/thread-pool.ts'
import type { LogLevel } from './config.ts'
import type { FrontData } from './front.ts'

/** What every serving thread is given. */
export interface ThreadData {
  readonly logLevel: LogLevel
  readonly front: FrontData
}

interface Options {
  readonly threads: number
  /** The program of a thread (serving-thread.ts). */
  readonly script: URL
  readonly live: Live
  readonly data: ThreadData
  readonly log: Logger
  /** Given whole lines of the log. */
  readonly writeLog: (lines: string) => void
}

/** Starts the threads. Each loads its program while the main thread goes on. */
export function openThreads({ threads, script, live, data, log, writeLog }: Options): Front {
  const pool = new ThreadPool({
    threads,
    live,
    script,
    data,
    onEvent: event => logEvent(log, event),
    onLog: writeLog,
  })
  return {
    async open(place) {
      if (place.port !== 0) {
        await holdPort(place.port)
        await probe(place)
      }
      const address = await pool.open(place)
      if (place.port === 0) await holdPort(address.port)
      return address
    },
    close: drainMs => pool.close(drainMs),
  }
}

/**
 * Holds the name of a port among all that share one in this way, as long as the process lives. The kernel gives a
 * name to one holder. By number alone: whether two addresses are one depends on what else the machine has.
 */
async function holdPort(port: number): Promise<void> {
  const holder = createServer(socket => socket.destroy()).listen(`\0infra-resolver.port.${port}`)
  try {
    await once(holder, 'listening')
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'EADDRINUSE') throw error
    throw Object.assign(new Error(`another instance with several threads has port ${port}`), { code })
  }
  holder.unref()
}

/** Rejects when anybody listens there, sharing the port or not. */
async function probe({ host, port }: Place): Promise<void> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

function logEvent(log: Logger, event: ThreadEvent): void {
  const { thread } = event
  switch (event.kind) {
    case 'crashed':
      return log.error({ thread, err: event.error, againMs: event.againMs }, 'serving thread crashed')
    case 'replaced':
      return log.warn({ thread }, 'serving thread replaced')
    case 'exhausted':
      throw new Error('serving threads crash faster than they can be replaced', { cause: event.error })
  }
}
