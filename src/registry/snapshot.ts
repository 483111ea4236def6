// What a loaded registry can be asked. An interface: the plain `Map` version (map-snapshot.ts) stands
// beside the shared-memory one (shared-snapshot.ts) and is its oracle. A snapshot never changes: a reload makes another.

import type { BlobSha, Digest } from '../core/digest.ts'
import type { Context, State } from './schema.ts'
import type { Steps } from './steps.ts'

/** Where the entries come from: constant for the life of a snapshot. */
export interface RegistryInfo {
  /** ROOT_SHA256 of the sealed set, or the SHA-256 of a plain file. */
  readonly revision: Digest
  readonly schemaVersion: string
  /** The sealed run the registry comes from; `null` for a plain file. */
  readonly runId: string | null
  /** The serial of the pin; `null` where none is given. */
  readonly serial: number | null
  /** The git blob SHA-1 of the registry bytes: the engines' `registrySha`. */
  readonly blobSha: BlobSha
  readonly bytes: number
  /** RFC 3339, UTC: when this revision became the active one. */
  readonly activatedAt: string
  /** RFC 3339, UTC: when this process began to serve it. */
  readonly loadedAt: string
}

/** A registered repository, in canonical spelling. */
export interface Entry {
  readonly org: string
  readonly repo: string
  readonly state: State
  readonly context: Context
  readonly telemetry_repo: string
  readonly process: string
  readonly reason: string
}

/** An entry; its state, which is had without decoding it; and its members as JSON, with their length in UTF-8. */
export interface Found {
  readonly outcome: 'found'
  readonly state: State
  readonly entry: Entry
  readonly text: string
  readonly bytes: number
}

/** The answer to "what is this repository?": four outcomes short of an error, of which "disabled" is one of `found`. */
export type Resolution =
  | Found
  | { readonly outcome: 'repo_not_registered'; readonly org: Org }
  | { readonly outcome: 'org_not_registered' }

/** Numbers of repositories by state and context. */
export interface Counts {
  readonly total: number
  readonly enabled: { readonly sandbox: number; readonly production: number }
  readonly disabled: { readonly sandbox: number; readonly production: number }
}

/** A registered organisation. */
export interface Org {
  readonly org: string
  readonly telemetry_repo: string
  readonly repos: Counts
}

/** What a list is narrowed to; an absent filter lets everything through. Names and `q` match in any case. */
export interface Filter {
  readonly org?: string
  readonly state?: State
  readonly context?: Context
  /** A part of the name that the list is of: `org/repo`, the organisation, or the telemetry repository. */
  readonly q?: string
}

/** A stretch of a list: `from` is a position in registry order, as `next` of the page before gave it. */
export interface Window {
  readonly from: number
  readonly limit: number
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** How many items the filter lets through, on all pages together. */
  readonly total: number
  /** Where the next page begins; `undefined` on the last. */
  readonly next: number | undefined
}

/** A registered repository, by name, and where its telemetry goes. The name may be folded. */
export interface RepoName {
  readonly org: string
  readonly repo: string
  readonly telemetry_repo: string
}

/** What a registry can be asked, wherever it comes from. */
export interface Registry {
  readonly orgCount: number
  readonly counts: Counts
  /**
   * Looks up a repository, ignoring case. Names that are not legal are simply not registered. `text` is the
   * entry as the members of a JSON object, without the braces, made once.
   */
  resolve(org: string, repo: string): Resolution
  /** Looks up an organisation, ignoring case. */
  org(name: string): Org | undefined
  /** Returns 16 hexadecimal digits that change when anything of the organisation or of its repositories does. */
  orgDigest(name: string): string | undefined
  /** Every registered repository, in registry order. */
  repoNames(): Iterable<RepoName>
  /** Lists repositories, in registry order; as all lists in steps, since a search looks at every name. */
  repos(filter: Filter, window: Window): Steps<Page<Entry>>
  /** Lists organisations; with a state or context, those that have such a repository. */
  orgs(filter: Filter, window: Window): Steps<Page<Org>>
  /** Lists organisations by their telemetry repository: each has exactly one, and none is shared (R7). */
  telemetryRepos(filter: Filter, window: Window): Steps<Page<Org>>
}

/** A registry, and where it comes from. */
export interface Snapshot extends Registry {
  readonly info: RegistryInfo
}
