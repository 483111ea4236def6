// Back-pressure: while the event loop is late, new work would only make every answer later, so it is refused. Measured
// here and not by the usual plugin, which looks up the options of the route for every request, a tenth of its cost.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meters } from './meters.ts'
import { pathOf } from './problems.ts'
import type { App } from './server.ts'

/** Work is refused when the loop was late by this much on average over one sample. */
const MAX_DELAY_MS = 1_000

const SAMPLE_MS = 1_000
const RESOLUTION_MS = 10
const MAX_PATH = 16

/** Samples that are remembered: as many seconds as lie between two scrapes. */
const WINDOW = 15

/** What must answer under any pressure: liveness, and what explains it. */
const NEVER_SHED: ReadonlySet<string> = new Set(['/livez', '/status', '/metrics'])

/**
 * Measures from when the application is ready until it closes, so that what its start takes is no pressure; returns
 * whether a request for `url` is refused just now. The meters are told what was found.
 */
export function measurePressure(app: Pick<App, 'addHook'>, meters: Meters): (url: string) => boolean {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const window = new LagWindow()
  let overloaded = false
  let timer: NodeJS.Timeout | undefined
  const sample = (): void => {
    overloaded = isLate(histogram.mean / 1e6)
    const meanMs = lagOf(histogram.mean)
    // A loop that never came round has no longest delay either.
    meters.sample(window.add({ meanMs, maxMs: Math.max(meanMs, lagOf(histogram.max)) }))
    histogram.reset()
  }
  app.addHook('onReady', done => {
    histogram.enable()
    timer = setInterval(sample, SAMPLE_MS).unref()
    done()
  })
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

/** Returns what a delay of so many nanoseconds is beyond the timer's own time. */
function lagOf(ns: number): number {
  return Number.isNaN(ns) ? SAMPLE_MS : Math.max(0, ns / 1e6 - RESOLUTION_MS)
}

/** The samples of the last quarter of a minute: what is asked for every so often shall not miss what lay between. */
export class LagWindow {
  readonly #samples: Lag[] = []

  /** Takes a sample; returns the mean and the longest delay of the window. */
  add(sample: Lag): Lag {
    this.#samples.push(sample)
    if (this.#samples.length > WINDOW) this.#samples.shift()
    return {
      meanMs: this.#samples.reduce((sum, { meanMs }) => sum + meanMs, 0) / this.#samples.length,
      maxMs: Math.max(...this.#samples.map(({ maxMs }) => maxMs)),
    }
  }
}

interface Lag {
  readonly meanMs: number
  readonly maxMs: number
}
