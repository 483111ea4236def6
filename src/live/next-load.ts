// What the next load is told, so that it takes nothing older than it may, and does nothing that is done.

import type { Digest } from '../core/digest.ts'
import type { Pin } from '../seal/pointer.ts'
import type { LoadRequest } from './load.ts'
import type { Loaded, LoadResult, PinMark, Refused } from './load-result.ts'
import type { Look } from './look.ts'
import type { Memory } from './memory.ts'
import type { Served } from './served.ts'

/** Where the registry comes from: one plain file, or what the pointer of a home pins. */
export type Source =
  | { readonly kind: 'file'; readonly file: string; readonly sha256: PinMark['root'] | null }
  | { readonly kind: 'pin'; readonly home: string; readonly memory: Memory | null }

/** The default time between two verifications of the active run. */
export const REVERIFY_MS = 60_000

/** How things stand when a load is asked for. */
export interface Standing {
  readonly served: Served | null
  /** Whether anything is known to be wrong. */
  readonly troubled: boolean
  readonly now: number
}

/** What is kept from one load for the next. */
export class NextLoad {
  readonly #source: Source
  readonly #reverifyMs: number
  /** The pin that is served, or that the memory holds: no older one is taken. */
  #known: PinMark | null = null
  /** Digest of the pointer file behind what is served. */
  #pointer: Digest | null = null
  /** What was refused last: as long as it is there, and known to be, it is not judged again. */
  #refusal: Refused | null = null
  /** The last reading, of what is served or of that. */
  #look: Look | null = null
  #verifiedAt = 0

  constructor(source: Source, reverifyMs = REVERIFY_MS) {
    this.#source = source
    this.#reverifyMs = reverifyMs
  }

  /** What was refused last, if nothing was served since. */
  get refusal(): Refused | null {
    return this.#refusal
  }

  /** Makes the request of the next load. */
  request({ served, troubled, now }: Standing): LoadRequest {
    const common = { skip: this.#refusal?.final ?? null, look: this.#look }
    const source = this.#source
    if (source.kind === 'file') {
      const { file, sha256 } = source
      return { kind: 'file', file, sha256, active: served?.loaded.revision ?? null, ...common }
    }
    return {
      kind: 'pin',
      home: source.home,
      pointer: this.#pointer,
      known: this.#known,
      active: served?.loaded.compiled ?? null,
      serving: served !== null,
      ...common,
      // While anything is wrong, an unmoved pointer proves nothing: the run it names is looked at every time.
      reverify: troubled || now - this.#verifiedAt >= this.#reverifyMs,
    }
  }

  /** Takes no pin that is older than `pin`. */
  holdTo({ runId, relpath, root, serial = 0 }: Pin): void {
    this.#known = { runId, relpath, root, serial }
  }

  /** Notes what a load has read, whatever it made of it. */
  note(result: LoadResult, now: number): void {
    this.#look = result.look ?? null
    if (result.kind !== 'unchanged') return
    this.#pointer = result.pointer
    if (result.verified) this.#verifiedAt = now
  }

  /** Notes that `loaded` is served from `now` on. */
  noteServed({ pin, pointer }: Loaded, now: number): void {
    this.#pointer = pointer
    this.#refusal = null
    this.#verifiedAt = now
    if (pin !== null) this.holdTo(pin)
  }

  /** Notes that what lies there is refused. */
  noteRefused(refusal: Refused): void {
    this.#refusal = refusal
  }
}
