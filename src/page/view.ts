// What the pages know of the service, besides the entries they show: who it is, what it serves, and how that stands to
// what lies on disk. Plain values, given by the server.

import type { Counts, RegistryInfo } from '../registry/snapshot.ts'

/** Something that went wrong, in the words of the table of problems. */
export interface Trouble {
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly remediation: string
  /** RFC 3339: since when. */
  readonly since: string
}

/** The end of a load. */
export interface Reload {
  readonly at: string
  readonly result: 'activated' | 'recalled' | 'refused'
  readonly code: string | null
  readonly detail: string | null
  readonly revision: string | null
  readonly count: number
}

export interface ServiceView {
  readonly name: string
  readonly version: string
  readonly environment: string
  /** The clock of the answer. */
  readonly now: number
  readonly state: 'ok' | 'degraded' | 'unavailable'
  readonly since: string
  readonly watch: 'ok' | 'degraded'
  /** Seconds since what is served was found to be what lies on disk. */
  readonly ageS: number
  readonly trouble: Trouble | null
  /** Newest first. */
  readonly recent: readonly Reload[]
  /** What is served, if anything is. */
  readonly active: {
    readonly info: RegistryInfo
    readonly counts: Counts
    readonly orgCount: number
  } | null
}
