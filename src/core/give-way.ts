// Long work in a thread that may share its core with one that answers requests. Left to itself it is interrupted by the
// clock of the kernel alone, every few milliseconds, and whoever asks in between waits as long. So between two of its
// steps, none of which takes more than a fraction of a millisecond, it gives way.

/** Called between two steps of long work. */
export type GiveWay = () => void

/** Gives way to nobody: for work that has nobody beside it. */
export const goOn: GiveWay = () => {}

/** When and for how long others have the core. */
export interface Turns {
  /** So long it is worked at a time. */
  readonly workMs: number
  /** And so long nothing is done then. */
  readonly restMs: number
  /** Tells whether there is anybody to give way to. */
  readonly isWanted: () => boolean
}

/** Returns what makes a thread work in turns: called often, it sleeps when it is time to. */
export function inTurns({ workMs, restMs, isWanted }: Turns): GiveWay {
  let began = performance.now()
  return () => {
    if (performance.now() - began < workMs) return
    if (isWanted()) sleep(restMs)
    began = performance.now()
  }
}

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

/** Blocks this thread for `ms` milliseconds: for a thread that serves nobody. */
export function sleep(ms: number): void {
  Atomics.wait(never, 0, 0, ms)
}
