// Back-pressure: while the event loop is late, new work would only make every answer later, so it is refused. Measured
// here and not by the usual plugin, which looks up the options of the route for every request, a tenth of its cost.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pathOf } from './problems.ts'
import type { App } from './server.ts'

/** Work is refused when the loop was late by this much on average over one sample. */
const MAX_DELAY_MS = 1_000

const SAMPLE_MS = 1_000
const RESOLUTION_MS = 10
const MAX_PATH = 16

/** What must answer under any pressure: liveness, and the status that explains it. */
const NEVER_SHED: ReadonlySet<string> = new Set(['/livez', '/status'])

/** Begins to measure; returns whether a request for `url` is refused just now. Ends when the application closes. */
export function measurePressure(app: Pick<App, 'addHook'>): (url: string) => boolean {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let overloaded = false
  const timer = setInterval(() => {
    overloaded = isLate(histogram.mean / 1e6)
    histogram.reset()
  }, SAMPLE_MS)
  timer.unref()
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer)
    histogram.disable()
    done()
  })
  return url => overloaded && !NEVER_SHED.has(pathOf(url, MAX_PATH))
}

/** Tells whether a loop with this mean delay is late; one that never came round in a whole sample has no mean. */
export function isLate(meanMs: number): boolean {
  return Number.isNaN(meanMs) || meanMs - RESOLUTION_MS > MAX_DELAY_MS
}
