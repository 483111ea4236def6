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
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  let began = performance.now()
  return () => {
    if (performance.now() - began < workMs) return
    if (isWanted()) Atomics.wait(never, 0, 0, restMs)
    began = performance.now()
  }
}
