// The live registry as others see it: what the server answers from, and what is told to whoever keeps a log or counts.

import type { History } from '../changelog/history.ts'
import type { RegistryInfo, Snapshot } from '../registry/snapshot.ts'
import type { LiveStatus } from './status.ts'

/** What the server needs of the live registry. */
export interface LiveView {
  /** The snapshot to answer from, or `undefined` while there is none. Take it once per request. */
  current(): Snapshot | undefined
  /** The changelog sealed with the snapshot that was taken last, where there is one. Take the snapshot first. */
  history(): History | undefined
  status(): LiveStatus
  /** Whether the last check failed, so that answers may be out of date. */
  readonly degraded: boolean
  /** Seconds since the last check that found what is served to be what lies on disk. */
  age(): number
  /** Has `listener` called whenever another snapshot has begun to be served, the first too; returns the way to stop. */
  onSwap(listener: () => void): () => void
}

/** What happened, for whoever keeps the log. A refusal that merely goes on is not told again. */
export type LiveEvent =
  | {
      readonly kind: 'swapped'
      readonly active: RegistryInfo
      readonly previous: string | null
      readonly remembered: boolean
      readonly loadMs: number
    }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string; readonly disk: string | null }
  | { readonly kind: 'recovered'; readonly code: string }
  | { readonly kind: 'memory'; readonly state: 'ok' | 'degraded'; readonly detail: string }
  | { readonly kind: 'watch'; readonly state: 'ok' | 'degraded'; readonly detail: string }

/** How a look at the disk ended, as `loads` of the status counts it. */
export type LoadEnd = keyof LiveStatus['loads']
