// What a client can be asked, apart from what it is made of.

import type { CallOptions } from './options.ts'
import type { Change, Failure, Recorded, RepoPage, Resolution, TelemetryTarget } from './outcome.ts'
import type { ListOptions, RepoFilter } from './repos.ts'
import type { WatchOptions } from './watch.ts'

/** A service, as its callers see it. */
export interface Client {
  /**
   * Asks what a repository is. Every trouble is an outcome; throws `CLIENT_BAD_NAME` for a name that no repository can
   * have, and the reason of the caller's own signal.
   */
  resolve(org: string, repo: string, options?: CallOptions): Promise<Resolution>
  /** Asks where a repository's telemetry goes. Throws as `resolve` does. */
  telemetryTarget(org: string, repo: string, options?: CallOptions): Promise<TelemetryTarget>
  /** Asks for the engines' own record, which is never stale. Throws as `resolve` does. */
  engineRecord(
    org: string,
    repo: string,
    options?: Omit<CallOptions, 'staleIfErrorSeconds'>,
  ): Promise<Recorded | Failure>
  /**
   * Lists repositories, page by page, all of one revision. Throws `CLIENT_UNAVAILABLE`, `CLIENT_UNTRUSTED`, and
   * `CLIENT_REVISION_GONE` when the registry became another one on the way.
   */
  repos(filter?: RepoFilter, options?: ListOptions): AsyncGenerator<RepoPage, void, undefined>
  /**
   * Tells of each change of the registry, or of what `options` names of it, beginning with the revision that is served,
   * until the caller stops or the service asks watchers to leave. It goes on through outages: silence says nothing about
   * the service. Throws `CLIENT_BAD_NAME` and `CLIENT_BAD_OPTION`, the reason of the caller's own signal, and
   * `CLIENT_UNAVAILABLE` when whoever answers was never the service.
   */
  watch(options?: WatchOptions): AsyncGenerator<Change, void, undefined>
}
