// How often serving threads may crash. One that crashes is replaced at once, the next ones after a while that doubles,
// and when they go on crashing the service gives up: what starts it can tell more people than a log can.

/** How many crashes of all threads together are borne within the window. */
const MAX_CRASHES = 5

const WINDOW_MS = 60_000

/** The wait before the second of them is replaced; doubled for each that follows. */
const WAIT_MS = 200

/** Counts crashes; told of each, it says what to do. */
export class CrashBudget {
  #crashes: number[] = []

  /** A thread crashed at `now`. Returns after how long to replace it, or `null` when it is enough. */
  spend(now: number): number | null {
    this.#crashes = [...this.#crashes.filter(at => now - at < WINDOW_MS), now]
    const { length } = this.#crashes
    if (length > MAX_CRASHES) return null
    return length === 1 ? 0 : WAIT_MS * 2 ** (length - 2)
  }
}
