// The engines' own functions, by their names and in their shapes, so that a caller changes where they come from and
// little else. One thing differs on purpose: what used to read as "not registered" or as an empty list when the registry
// could not be had is an error here. Neither shape has a place to say how old it is, so neither is ever stale.

import type { EngineRecord } from '../registry/engine-record.ts'
import type { Client } from './contract.ts'
import { ClientError, failureError } from './error.ts'

/** What the engines pass today, with a client instead of the place where the registry file lies. */
export interface ResolveInfraOptions {
  readonly client: Client
  /** `<organisation>/<repository>`, and nothing more or less. */
  readonly targetRepo: string
  /** Taken, so that a call need not be rewritten, and neither used nor sent. */
  readonly githubToken?: string | undefined
}

/** Resolves a repository to the engines' record. Throws `ClientError` whenever the registry does not answer. */
export async function resolveInfra({ client, targetRepo }: ResolveInfraOptions): Promise<EngineRecord> {
  const [org, repo, ...rest] = targetRepo.split('/')
  if (org === undefined || repo === undefined || rest.length > 0)
    throw new ClientError(
      'CLIENT_BAD_NAME',
      `${JSON.stringify(targetRepo)} is not <organisation>/<repository>`,
    )
  const answer = await client.engineRecord(org, repo)
  if (answer.outcome !== 'recorded') throw failureError(answer)
  return answer.record
}

/** The same by its other name. */
export const resolveInfraForRepo = resolveInfra

/** A row of the dashboards. */
export interface DashboardRepo {
  readonly owner: string
  readonly repo: string
  readonly telemetryRepo: string
  readonly versionUsed: 'v2'
}

/** What the engines pass today, with a client. */
export interface DashboardOptions {
  readonly client: Client
  /** Taken, and neither used nor sent. */
  readonly githubToken?: string | undefined
  /** Taken, and not used: there is no first version any more. */
  readonly allowV1Fallback?: boolean | undefined
}

const BEGINNINGS = 5

/**
 * Lists every enabled repository, in registry order, from one revision: a list that the registry changed under is begun
 * again, a few times. Throws `ClientError` whenever the whole list cannot be had; an empty one means that none is enabled.
 */
export async function listDashboardEligibleRepos({ client }: DashboardOptions): Promise<DashboardRepo[]> {
  for (let beginning = 1; ; beginning++) {
    try {
      const rows: DashboardRepo[] = []
      for await (const { items } of client.repos({ state: 'enabled' })) {
        for (const { org, repo, telemetryRepo } of items)
          rows.push({ owner: org, repo, telemetryRepo, versionUsed: 'v2' })
      }
      return rows
    } catch (thrown) {
      const changed = thrown instanceof ClientError && thrown.code === 'CLIENT_REVISION_GONE'
      if (!changed || beginning === BEGINNINGS) throw thrown
    }
  }
}
