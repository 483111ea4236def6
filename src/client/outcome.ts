// What an engine can be told: five outcomes, closed, each with the fields that it has and no others. An outage is never
// one of the three that speak of a repository: those hold what a registry said, and name its revision.

import type { EngineRecord } from '../registry/engine-record.ts'
import type { Context, State } from '../registry/schema.ts'

/** What the service said, and how old that is. */
export interface Told {
  /** The revision of the registry that it was said from. */
  readonly revision: string
  /**
   * Seconds since this was known to hold. Of a fresh answer it is the time that the answer took, unless the service
   * itself could not check for longer what it serves.
   */
  readonly ageSeconds: number
  /**
   * The service says that it goes on from its last good registry, since the one on its disk cannot be taken;
   * `ageSeconds` counts from when it could. It answers, so this alone does not make an answer stale.
   */
  readonly degraded: boolean
}

/** What the service said, now or before. */
export interface Kept extends Told {
  /**
   * The service could not be asked: this is its last answer, and the caller's bound allows it. The answer of a service
   * that is degraded is fresh and not stale; whoever will not act on old knowledge of either kind looks at `ageSeconds`.
   */
  readonly stale: boolean
}

/** A registered repository, in canonical spelling. */
export interface Repository {
  readonly org: string
  readonly repo: string
  readonly state: State
  readonly context: Context
  readonly telemetryRepo: string
  /** Who wrote the entry. */
  readonly process: string
  /** Why it is as it is; may be empty. */
  readonly reason: string
}

/** Registered and enabled. */
export interface Registered extends Repository, Kept {
  readonly outcome: 'registered'
  readonly state: 'enabled'
}

/** Registered and disabled: it must not run and must not write telemetry. */
export interface Disabled extends Repository, Kept {
  readonly outcome: 'disabled'
  readonly state: 'disabled'
}

/** A registry was asked just now, and does not hold it. Never kept, never stale, never made of an error. */
export interface NotRegistered extends Told {
  readonly outcome: 'not-registered'
  /** What is missing: the organisation, or the repository of a known organisation. */
  readonly missing: 'organisation' | 'repository'
  readonly detail: string
}

/** Why nothing is known. */
export type UnavailableCode =
  | 'deadline'
  | 'foreign_answer'
  | 'network'
  | 'overloaded'
  | 'rate_limited'
  | 'refused'
  | 'registry_invalid'
  | 'registry_not_loaded'
  | 'registry_version_unsupported'
  | 'server_error'
  | 'shutting_down'

/** Nothing is known of the repository. */
export interface Unavailable {
  readonly outcome: 'unavailable'
  readonly code: UnavailableCode
  readonly detail: string
  /** How often the service was asked before giving up. */
  readonly attempts: number
  /** When it is worth another try, where the last answer said so. */
  readonly retryAfterSeconds?: number
}

/** Why what was said is not believed. */
export type UntrustedCode =
  | 'bad_shape'
  | 'pin_invalid'
  | 'pin_unknown'
  | 'revision_mismatch'
  | 'schema_version_unknown'
  | 'seal_invalid'
  | 'wrong_subject'

/** The service does not trust its registry, or its answer contradicts itself. Nothing may be done on the strength of it. */
export interface Untrusted {
  readonly outcome: 'untrusted'
  readonly code: UntrustedCode
  readonly detail: string
}

/** Why there is no answer. */
export type Failure = Unavailable | Untrusted

/** What is this repository? */
export type Resolution = Registered | Disabled | NotRegistered | Failure

/** Where the telemetry of an enabled repository goes. */
export interface Target extends Kept {
  readonly outcome: 'registered'
  readonly org: string
  readonly repo: string
  readonly telemetryRepo: string
}

/** Registered and disabled, hence without a target. */
export interface NoTarget extends Told {
  readonly outcome: 'disabled'
  readonly detail: string
}

/** Where does its telemetry go? */
export type TelemetryTarget = Target | NoTarget | NotRegistered | Failure

/** The engines' record, with what the record itself has no place for. */
export interface Recorded extends Told {
  readonly outcome: 'recorded'
  readonly record: EngineRecord
}

/** A stretch of a list; all pages of one list are of one revision. */
export interface RepoPage extends Told {
  readonly items: readonly Repository[]
  /** How many repositories there are on all pages together. */
  readonly total: number
}

/** The registry is another one now. */
export interface Change {
  readonly revision: string
}
