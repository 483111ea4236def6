// A garbage collection that is asked for. Node has no other way to it at run time than the flag of its engine.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (how: { type: 'major'; execution: 'sync' | 'async' }) => Promise<void> | undefined

let collect: Collect | undefined

/** Collects the whole heap of this thread: at once, or as soon as the thread has nothing else to do. */
export function collectGarbage(when: 'at once' | 'when idle'): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  void collect({ type: 'major', execution: when === 'at once' ? 'sync' : 'async' })
}
