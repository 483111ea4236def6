// From the one live registry to any number of serving threads, as if they were one. Each state of the service is an
// edition with a number. It is posted to every thread first; then its number is stored where all of them look.
//
//     main                             threads (thread-view.ts)
//     post edition 8 ───────────────►  8 lies in the queue of each, read or not; all show 7
//     store 8 in `shown`               from this instant all show 8: whoever sees the number finds the edition
//     post a nudge ─────────────────►  also those that nobody asks anything
//
// So no thread has to answer that it has understood, and none can be waited for: what one of them says, be it in
// `/status` or in any answer, holds for all of them.

import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Edition, Moment, ThreadCounts } from './edition.ts'
import type { Live } from './live.ts'

/** Posted after the number has been stored; not an edition. */
export const NUDGE = null

/** Tells every thread that has joined each edition. */
export class Relay {
  /** The number of the edition that is shown. Shared. */
  readonly shown = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  readonly #ports = new Set<MessagePort>()
  #moment!: Moment
  #counts: ThreadCounts

  constructor(live: Pick<Live, 'follow'>, counts: ThreadCounts) {
    this.#counts = counts
    live.follow(moment => this.#publish(moment))
  }

  /** Tells all threads how it stands with them. */
  count(counts: ThreadCounts): void {
    this.#counts = counts
    this.#publish(this.#moment)
  }

  /** Returns the port for one more thread's view; the edition that is shown lies in it already. */
  join(): { readonly port: MessagePort; readonly leave: () => void } {
    const { port1: ours, port2: port } = new MessageChannel()
    ours.unref()
    ours.postMessage(this.#edition(this.#shown, this.#moment.served))
    this.#ports.add(ours)
    const leave = (): void => {
      this.#ports.delete(ours)
      ours.close()
    }
    return { port, leave }
  }

  get #shown(): number {
    return Atomics.load(this.shown, 0)
  }

  #publish(moment: Moment): void {
    const { served } = moment
    const changed = served === this.#moment?.served ? null : served
    this.#moment = moment
    const edition = this.#edition(this.#shown + 1, changed)
    for (const port of this.#ports) port.postMessage(edition)
    Atomics.store(this.shown, 0, edition.number)
    for (const port of this.#ports) port.postMessage(NUDGE)
  }

  #edition(number: number, served: Moment['served']): Edition {
    const { status, standing } = this.#moment
    return { number, ...(served !== null && { served }), status, standing, threads: this.#counts }
  }
}
