// A garbage collection that is asked for. Node has no other way to it at run time than the flags of its engine.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects all, or only what is `young`. */
type Collect = (young?: boolean) => void

let collect: Collect | undefined

/** Collects the whole heap of this thread, which does nothing else meanwhile. */
export function collectGarbage(): void {
  collector()()
}

/**
 * Begins to collect the whole heap of this thread in steps, between which it goes on. An engine that does not know the
 * flag any more collects only what is young.
 */
export function beginCollecting(): void {
  const collect = collector()
  // After a collection of what is young the engine looks whether it is time to begin with the rest. The flag says yes.
  // Nothing may be made in between, not even options: it could begin with that, and be ended at once by this collection.
  setFlagsFromString('--stress-incremental-marking')
  collect(true)
  setFlagsFromString('--no-stress-incremental-marking')
}

function collector(): Collect {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  return collect
}
