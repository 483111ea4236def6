// The live registry as a serving thread sees it: the edition whose number is stored in shared memory (relay.ts), looked
// up whenever a request asks. What has not been read from the port by then is read at once, so that this thread shows
// an edition from the same instant as all others, whatever its event loop is busy with.

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { History } from '../changelog/history.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import type { Edition, ThreadCounts } from './edition.ts'
import { EditionLost } from './edition-lost.ts'
import { giveBack } from './give-back.ts'
import type { LiveView } from './live-view.ts'
import { NUDGE } from './relay.ts'
import { buffersOf, type Opened, openServed, type Served } from './served.ts'
import { ageOf, type LiveStatus } from './status.ts'

/**
 * `current()` and `status()` look up what is shown; `history()`, `degraded` and `age()` belong to what these two found.
 * Any of them throws `EditionLost` in a thread that is past finding it.
 */
export class ThreadView implements LiveView {
  readonly #port: MessagePort
  readonly #shown: Int32Array
  /** Editions that were read from the port before their number was stored. */
  readonly #early: Edition[] = []
  readonly #listeners = new Set<() => void>()
  #edition: Edition | undefined
  #opened: Opened | undefined
  #held: readonly SharedArrayBuffer[] = []

  constructor(port: MessagePort, shown: Int32Array) {
    this.#port = port
    this.#shown = shown
    port.on('message', (message: Edition | typeof NUDGE) => {
      if (message !== NUDGE) this.#early.push(message)
      this.#follow()
    })
  }

  current(): Snapshot | undefined {
    this.#follow()
    return this.#opened?.snapshot
  }

  history(): History | undefined {
    return this.#opened?.history
  }

  status(): LiveStatus {
    return this.#follow().status
  }

  get degraded(): boolean {
    return this.#known.standing.state !== 'ok'
  }

  age(): number {
    return ageOf(this.#known.standing, Date.now())
  }

  /** How it stands with all the serving threads. */
  get threads(): ThreadCounts {
    return this.#follow().threads
  }

  /** Calls `listener` whenever another snapshot is served, also the first; returns the way to stop. */
  onSwap(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Sees nothing new from now on. */
  close(): void {
    this.#port.close()
  }

  get #known(): Edition {
    return this.#edition ?? this.#follow()
  }

  #follow(): Edition {
    const shown = Atomics.load(this.#shown, 0)
    let served: Served | undefined
    while (this.#edition?.number !== shown) {
      this.#edition = this.#next(shown)
      served = this.#edition.served ?? served
    }
    if (served !== undefined) this.#serve(served)
    return this.#edition
  }

  #next(shown: number): Edition {
    const early = this.#early.shift()
    if (early !== undefined) return early
    for (;;) {
      const received = receiveMessageOnPort(this.#port)
      // A message comes out empty where the thread has thrown or is being ended: Node gives it nothing more to read.
      const message = received?.message as Edition | typeof NUDGE | undefined
      // Better no answer than one that may be out of date.
      if (message === undefined) throw new EditionLost(shown)
      if (message !== NUDGE) return message
    }
  }

  #serve(served: Served): void {
    giveBack(this.#held)
    this.#held = buffersOf(served)
    this.#opened = openServed(served)
    // Not now: this may be in the middle of a request.
    setImmediate(() => {
      for (const listener of this.#listeners) listener()
    })
  }
}
