// What the service counts of itself, in one shared buffer: a row for each serving thread, which alone writes it, and a
// head for what one thread knows of the whole process. Whoever is asked for the metrics adds the rows up. A cell is a
// float of eight bytes, aligned, so that a reader never meets half of one.
//
//   head: start time, resident memory, loads │ row 0: gauges, counters, one series for each route and class │ row 1 …

import type { LoadEnd } from '../live/live-view.ts'
import type { Resolution } from '../registry/snapshot.ts'
import { PROBLEMS, type ProblemCode } from './problems.ts'
import { cumulate, RouteMeter, SERIES_CELLS } from './route-meter.ts'

/** How a question for one repository ended. */
export const OUTCOMES = [
  'enabled',
  'disabled',
  'repo_not_registered',
  'org_not_registered',
  'unavailable',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Returns the outcome of a look-up. */
export function outcomeOf(resolution: Resolution): Outcome {
  return resolution.outcome === 'found' ? resolution.state : resolution.outcome
}

/** How a look at the disk ended. */
export const LOAD_ENDS = ['activated', 'unchanged', 'refused'] as const satisfies readonly LoadEnd[]

export const TRANSPORTS = ['sse', 'poll'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** Upper bounds of a load, in seconds: a look at an unmoved pointer, up to the deadline of the loader. */
export const LOAD_BOUNDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const

/** Classes of status that are told apart: 2xx to 5xx. */
export const CLASSES = 4

/** Whoever keeps watchers waiting tells of them here. */
export interface WatchMeter {
  watching(transport: Transport, by: 1 | -1): void
  notified(): void
}

const CODES = Object.keys(PROBLEMS) as ProblemCode[]
const CODE_AT = new Map(CODES.map((code, at) => [code, at]))

/** More routes than this are a mistake, and the start says so. */
const MAX_ROUTES = 64

/** The labels of what is no route: refused before one was found, and held back because the caller said so. */
export const OTHER = 'other'
export const WAITING = 'waiting'

const CELL = Float64Array.BYTES_PER_ELEMENT
const LOAD_CELLS = LOAD_BOUNDS.length + 2
const STARTED = 0
const RESIDENT = 1
const LOADS = 2
const LAG_MEAN = 0
const LAG_MAX = 1
const HEAP_USED = 2
const WATCHING = 3
const NOTIFIED = WATCHING + TRANSPORTS.length
const RESOLVED = NOTIFIED + 1
const PROBLEM = RESOLVED + OUTCOMES.length
const ROUTES = PROBLEM + CODES.length

/** Two threads never write into one line of the processor's cache. */
const align = (cells: number): number => Math.ceil(cells / 8) * 8
const HEAD = align(LOADS + LOAD_ENDS.length * LOAD_CELLS)
const ROW = align(ROUTES + MAX_ROUTES * CLASSES * SERIES_CELLS)

/** Makes the buffer for that many serving threads; every thread is given it, and `openMeters` opens its row. */
export function createMeters(threads: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer((HEAD + threads * ROW) * CELL)
  const head = new Float64Array(buffer, 0, HEAD)
  head[STARTED] = Date.now() / 1000 - process.uptime()
  return buffer
}

/** Opens the row of the serving thread with that number, from 0. Counters go on; gauges of a thread before it end. */
export function openMeters(buffer: SharedArrayBuffer, thread: number): Meters {
  return new Meters(buffer, thread)
}

/** Returns a way to count the loads of the process, for the one thread that knows of them. */
export function openLoadMeter(buffer: SharedArrayBuffer): (result: LoadEnd, ms: number) => void {
  const head = new Float64Array(buffer, 0, HEAD)
  return (result, ms) => {
    const at = LOADS + LOAD_ENDS.indexOf(result) * LOAD_CELLS
    const bucket = LOAD_BOUNDS.findIndex(bound => ms / 1000 <= bound)
    head[at + (bucket === -1 ? LOAD_BOUNDS.length : bucket)]! += 1
    head[at + LOAD_CELLS - 1]! += ms / 1000
  }
}

/** One thread's row, and the sums of all. */
export class Meters implements WatchMeter {
  /** Requests that were refused before a route was found, or beside all of them. */
  readonly other: RouteMeter
  /** Answers that were held back because the caller asked to wait: their time is no latency. */
  readonly waiting: RouteMeter
  readonly #head: Float64Array
  readonly #rows: readonly Float64Array[]
  readonly #row: Float64Array
  readonly #routes = new Map<string, RouteMeter>()

  constructor(buffer: SharedArrayBuffer, thread: number) {
    this.#head = new Float64Array(buffer, 0, HEAD)
    const threads = (buffer.byteLength / CELL - HEAD) / ROW
    this.#rows = Array.from(
      { length: threads },
      (_, n) => new Float64Array(buffer, (HEAD + n * ROW) * CELL, ROW),
    )
    const row = this.#rows[thread]
    if (row === undefined) throw new RangeError(`thread ${thread} has no row (want 0 to ${threads - 1})`)
    this.#row = row.fill(0, 0, NOTIFIED)
    this.other = this.route(OTHER)
    this.waiting = this.route(WAITING)
    this.sample({ meanMs: 0, maxMs: 0 })
  }

  /** Returns the meter of a route. Threads ask for the same routes in the same order, so that their rows agree. */
  route(name: string): RouteMeter {
    let meter = this.#routes.get(name)
    if (meter === undefined) {
      const at = this.#routes.size
      if (at === MAX_ROUTES) throw new RangeError(`${name}: more than ${MAX_ROUTES} routes to measure`)
      meter = new RouteMeter(this.#row, ROUTES + at * CLASSES * SERIES_CELLS)
      this.#routes.set(name, meter)
    }
    return meter
  }

  /** Counts a question for one repository. */
  resolved(outcome: Outcome): void {
    this.#row[RESOLVED + OUTCOMES.indexOf(outcome)]! += 1
  }

  /** Counts a problem that was answered. */
  problem(code: ProblemCode): void {
    this.#row[PROBLEM + CODE_AT.get(code)!]! += 1
  }

  watching(transport: Transport, by: 1 | -1): void {
    this.#row[WATCHING + TRANSPORTS.indexOf(transport)]! += by
  }

  notified(): void {
    this.#row[NOTIFIED]! += 1
  }

  /** Told once a second of the thread's loop. What the system reads files for is asked here, and in no request. */
  sample(lag: { readonly meanMs: number; readonly maxMs: number }): void {
    this.#row[LAG_MEAN] = lag.meanMs / 1000
    this.#row[LAG_MAX] = lag.maxMs / 1000
    const { rss, heapUsed } = process.memoryUsage()
    this.#row[HEAP_USED] = heapUsed
    this.#head[RESIDENT] = rss
    for (const meter of this.#routes.values()) meter.renew()
  }

  /** Adds the rows up. */
  read() {
    const series = (from: number, length: number): number[] =>
      Array.from({ length }, (_, n) => this.#sum(from + n))
    const named = <Name extends string>(names: readonly Name[], from: number) =>
      names.map((name, n) => [name, this.#sum(from + n)] as const)
    return {
      startedS: this.#head[STARTED]!,
      residentBytes: this.#head[RESIDENT]!,
      loads: LOAD_ENDS.map((result, n) => {
        const at = LOADS + n * LOAD_CELLS
        const cells = [...this.#head.subarray(at, at + LOAD_CELLS)]
        return { result, ...cumulate(cells.slice(0, -1)), sumS: cells.at(-1)! }
      }),
      heapUsedBytes: this.#sum(HEAP_USED),
      lagMeanS: this.#max(LAG_MEAN),
      lagMaxS: this.#max(LAG_MAX),
      watching: named(TRANSPORTS, WATCHING),
      notified: this.#sum(NOTIFIED),
      outcomes: named(OUTCOMES, RESOLVED),
      problems: named(CODES, PROBLEM),
      routes: [...this.#routes.keys()].map((route, n) => ({
        route,
        classes: Array.from({ length: CLASSES }, (_, c) =>
          RouteMeter.render(series(ROUTES + (n * CLASSES + c) * SERIES_CELLS, SERIES_CELLS)),
        ),
      })),
    }
  }

  #sum(at: number): number {
    return this.#rows.reduce((sum, row) => sum + row[at]!, 0)
  }

  #max(at: number): number {
    return this.#rows.reduce((max, row) => Math.max(max, row[at]!), 0)
  }
}
