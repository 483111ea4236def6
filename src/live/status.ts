// What the service knows about its registry in time: what it serves, what lies on disk, and how the last look
// at it went. A failure changes this document, never an answer.

import type { Digest } from '../core/digest.ts'
import type { RegistryInfo } from '../registry/snapshot.ts'
import type { LoadCode } from './load.ts'

/** `ok`: what is served is what lies on disk. `degraded`: the last good is served. `unavailable`: nothing is. */
export type LiveState = 'ok' | 'degraded' | 'unavailable'

export interface LiveError {
  readonly code: LoadCode
  readonly detail: string
  /** RFC 3339: when checks began to fail with this code. */
  readonly since: string
  /** How many checks in a row have failed with it. */
  readonly count: number
}

export interface LiveStatus {
  readonly state: LiveState
  /** RFC 3339: since when `state` is what it is. */
  readonly since: string
  readonly active: RegistryInfo | null
  /** SHA-256 of what lies on disk; `null` when it cannot be read. */
  readonly disk: Digest | null
  readonly lastCheck: string | null
  readonly lastSuccess: string | null
  readonly lastError: LiveError | null
  readonly watch: 'ok' | 'degraded'
  readonly loads: { readonly activated: number; readonly unchanged: number; readonly refused: number }
  /** Refused loads by code, since the start of the process. */
  readonly refusals: Readonly<Partial<Record<LoadCode, number>>>
}
