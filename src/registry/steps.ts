// Work in small steps: a generator that pauses after each, so that whoever runs it may do something else between two.
// What the steps read never changes, so that the result is the same however long the pauses are.

/** Work that pauses by itself; each step is bounded, whatever the size of the registry. */
export type Steps<Result> = Generator<undefined, Result, undefined>

/** Takes all steps at once, for whoever has nothing else to do, and returns the result. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
