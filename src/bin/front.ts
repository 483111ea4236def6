// The HTTP application as a process or a serving thread runs it: made of a live registry and of plain data, opened,
// drained and closed. There is one for each thread that serves.

import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { clip } from '../core/diagnostic.ts'
import type { Front } from '../live/edition.ts'
import { openMeters } from '../server/meters.ts'
import { buildServer, type Parts } from '../server/server.ts'

/** What every serving thread is given: plain values, and shared memory. */
export interface FrontData extends Pick<Parts, 'service' | 'manifestFaults' | 'openapi'> {
  /** Where all threads count, a row for each. */
  readonly counts: SharedArrayBuffer
}

/** Builds the application over `live`, for the serving thread of that number. */
export function openFront(
  live: Parts['live'],
  { counts, ...data }: FrontData,
  log: Logger,
  thread = 0,
  threads?: Parts['threads'],
): Front {
  const lifecycle = { draining: false }
  const app = buildServer({
    ...data,
    live,
    lifecycle,
    log,
    meters: openMeters(counts, thread),
    ...(threads !== undefined && { threads }),
    ...(log.isLevelEnabled('debug') && {
      onAnswered: answered => log.debug({ ...answered, path: clip(answered.path, 200) }, 'request answered'),
    }),
  })
  return {
    async open(place) {
      await app.listen(place)
      return app.server.address() as AddressInfo
    },
    async close(drainMs) {
      // First say that we leave, and answer whoever has not heard; then close, again and again, what has gone idle:
      // `close()` alone waits out the keep-alive of every idle connection.
      lifecycle.draining = true
      if (drainMs > 0) await delay(drainMs)
      const reaper = setInterval(() => app.server.closeIdleConnections(), 50)
      await app.close()
      clearInterval(reaper)
    },
  }
}
