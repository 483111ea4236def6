// The door: `createClient`, and every type that its answers have. It needs `fetch` and nothing else, so it runs in Node,
// in Deno and in a browser, on the service's own origin or where a proxy lets it ask.

import type { Client } from './contract.ts'
import { engineRecord } from './engine-record.ts'
import { type ClientOptions, partsOf } from './options.ts'
import { repos } from './repos.ts'
import { resolve } from './resolve.ts'
import { telemetryTarget } from './telemetry-target.ts'
import { watch } from './watch.ts'

export type { EngineOutcome, EngineRecord } from '../registry/engine-record.ts'
export type { Clock } from './clock.ts'
export type { Client } from './contract.ts'
export {
  type DashboardOptions,
  type DashboardRepo,
  listDashboardEligibleRepos,
  type ResolveInfraOptions,
  resolveInfra,
  resolveInfraForRepo,
} from './engine.ts'
export { ClientError } from './error.ts'
export type { CallOptions, ClientOptions } from './options.ts'
export type * from './outcome.ts'
export type { ListOptions, RepoFilter } from './repos.ts'
export type { WatchOptions } from './watch.ts'

/** Makes a client of the service at `url`. It asks nothing until it is asked. Throws `CLIENT_BAD_OPTION`. */
export function createClient(options: ClientOptions): Client {
  const parts = partsOf(options)
  return {
    resolve: (org, repo, more = {}) => resolve(parts, { org, repo }, more),
    telemetryTarget: (org, repo, more = {}) => telemetryTarget(parts, { org, repo }, more),
    engineRecord: (org, repo, more = {}) => engineRecord(parts, { org, repo }, more),
    repos: (filter = {}, more = {}) => repos(parts, filter, more),
    watch: (more = {}) => watch(parts, more),
  }
}
