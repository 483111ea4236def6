// How long the answers of one route took, by class of status. Every answer is counted; reading the clock twice costs a
// hundredth of a whole request, so of a busy route only some answers are timed, and each stands for itself and for
// those that follow it until the next.

/** The upper bounds of OpenTelemetry's `http.server.request.duration`, in seconds. */
export const DURATION_BOUNDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const

const SUM = DURATION_BOUNDS.length + 1
const LAST_BUCKET = SUM + 1
const LAST_S = SUM + 2

/** Cells of one series: a bucket for each bound and one above, the sum, and the last time taken. */
export const SERIES_CELLS = SUM + 3

/** Up to this many answers of a route are timed in each second … */
export const TIMED_PER_SECOND = 1_000

/** … and one of this many beyond them. */
export const TIMED_OF = 16

/** What `begin` returns when the clock is not read. */
const UNTIMED = 0

export interface Durations {
  /** Answers that took at most as long as each bound, and last all of them. */
  readonly cumulative: readonly number[]
  readonly count: number
}

/** Turns the answers between the bounds into the answers up to each bound. */
export function cumulate(buckets: readonly number[]): Durations {
  let count = 0
  const cumulative = buckets.map(answers => (count += answers))
  return { cumulative, count }
}

/** Measures one route on one thread: `begin` before an answer, `answered` after it. */
export class RouteMeter {
  readonly #cells: Float64Array
  readonly #at: number
  #left = TIMED_PER_SECOND
  #turn = 0

  /** Writes from `at` on into `cells`: one series for each class of status, 2xx to 5xx. */
  constructor(cells: Float64Array, at: number) {
    this.#cells = cells
    // No status is below 200.
    this.#at = at - 2 * SERIES_CELLS
  }

  /** Begins an answer; returns what `answered` wants to know of it. */
  begin(): number {
    if (this.#left > 0) {
      this.#left -= 1
      return performance.now()
    }
    this.#turn += 1
    return this.#turn % TIMED_OF === 0 ? performance.now() : UNTIMED
  }

  /** Counts an answer with that status. */
  answered(status: number, began: number): void {
    if (began === UNTIMED) this.#repeat(status)
    else this.observe(status, (performance.now() - began) / 1000)
  }

  /** Counts an answer that took that long. */
  observe(status: number, seconds: number): void {
    const at = this.#seriesOf(status)
    let bucket = 0
    while (bucket < DURATION_BOUNDS.length && seconds > DURATION_BOUNDS[bucket]!) bucket += 1
    const cells = this.#cells
    cells[at + bucket]! += 1
    cells[at + SUM]! += seconds
    cells[at + LAST_BUCKET] = bucket
    cells[at + LAST_S] = seconds
  }

  /** Lets a new second begin. */
  renew(): void {
    this.#left = TIMED_PER_SECOND
  }

  #repeat(status: number): void {
    const cells = this.#cells
    const at = this.#seriesOf(status)
    cells[at + cells[at + LAST_BUCKET]!]! += 1
    cells[at + SUM]! += cells[at + LAST_S]!
  }

  #seriesOf(status: number): number {
    return this.#at + ((status / 100) | 0) * SERIES_CELLS
  }

  /** Reads one series, given its cells or the sums of them. */
  static render(cells: readonly number[]): Durations & { readonly sumS: number } {
    return { ...cumulate(cells.slice(0, SUM)), sumS: cells[SUM]! }
  }
}
