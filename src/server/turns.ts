// Lists of a large registry on the thread that answers everybody else. They take turns, a step at a time: one turn of
// the loop gives all of them together a few milliseconds, and then come the sockets.
//
//      turn               turn                        turn
//   ┌───┬───┬───┐      ┌───┬───┬───┐               ┌───┬───┬───┐
//   │ A │ B │ C │ idle │ A │ B │ A │ other requests│ B │ A │ B │     C had one step, B came later
//   └───┴───┴───┘      └───┴───┴───┘               └───┴───┴───┘
//                                   └── a rest ───┘

import type { Steps } from '../registry/steps.ts'

/** How long the lists may hold the loop; the step that is under way is ended. */
const TURN_MS = 2

/** A loop that comes round within this has nobody else to serve. */
const IDLE_MS = 0.1

/** What takes more steps than this is a search: a page of the longest kind takes some twenty. */
const SHORT = 32

/** How many searches may be under way: as many, of a million names, take a second or two in an idle thread. */
const MOST = 64

interface Task {
  readonly steps: Steps<unknown>
  readonly gone: AbortSignal
  readonly settle: (result: unknown) => void
  readonly fail: (error: unknown) => void
  taken: number
}

/** Runs steps side by side; one for each serving thread. */
export class Turns {
  readonly #most: number
  readonly #queue: Task[] = []
  #searches = 0
  #waiting = false

  constructor(most = MOST) {
    this.#most = most
  }

  /**
   * Resolves to the result of `steps`, which are taken one after another while others have theirs; to `undefined` when
   * too many searches are under way, or when `gone` says that nobody waits for it any more. Rejects with what a step throws.
   */
  run<Result>(steps: Steps<Result>, gone: AbortSignal): Promise<Result | undefined> {
    return new Promise((resolve, fail) => {
      const settle = resolve as (result: unknown) => void
      this.#queue.push({ steps, gone, settle, fail, taken: 0 })
      if (this.#waiting) return
      this.#waiting = true
      setImmediate(() => this.#turn())
    })
  }

  #turn(): void {
    const began = performance.now()
    let now = began
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      if (this.#take(task)) this.#queue.push(task)
      now = performance.now()
      if (now - began >= TURN_MS) break
    }
    this.#waiting = this.#queue.length > 0
    if (this.#waiting) setImmediate(() => this.#next(now, now - began))
  }

  /** After a turn that took `tookMs`: at once in a loop that is idle; in a busy one, when it had as long for itself. */
  #next(endedAt: number, tookMs: number): void {
    if (performance.now() - endedAt < IDLE_MS) this.#turn()
    else setTimeout(() => this.#turn(), tookMs)
  }

  /** Takes one step; returns whether there are more. */
  #take(task: Task): boolean {
    const { steps, gone, settle, fail } = task
    try {
      const step = gone.aborted ? steps.return(undefined) : steps.next()
      if (!step.done && this.#admits(task)) return true
      settle(step.done ? step.value : steps.return(undefined).value)
    } catch (error) {
      fail(error)
    }
    if (task.taken > SHORT) this.#searches -= 1
    return false
  }

  /** Counts a step, and tells whether there may be another one. */
  #admits(task: Task): boolean {
    if (task.taken === SHORT && this.#searches === this.#most) return false
    task.taken += 1
    if (task.taken === SHORT + 1) this.#searches += 1
    return true
  }
}
