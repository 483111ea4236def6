// The engines' own record of a resolution, byte for byte as recorded in the field: eleven keys in this order.
// It never holds both `owner` and `repo`, which a guard in the engines refuses, and its two sentences are wire
// data: recorded evidence contains them.

import type { Resolution } from './snapshot.ts'

export type EngineOutcome = 'INFRA_OK' | 'INFRA_REPO_UNREGISTERED' | 'INFRA_TELEMETRY_UNRESOLVABLE'

export interface EngineRecord {
  readonly orgOwner: string
  readonly targetRepoName: string
  readonly telemetryRepo: string
  readonly repoContext: 'sandbox' | 'production' | 'unknown'
  readonly repoState: 'enabled' | 'disabled' | 'absent'
  readonly dashboard: { readonly enabled: boolean; readonly public: false }
  readonly warnings: readonly string[]
  readonly reasons: readonly string[]
  readonly versionUsed: 'v2'
  readonly registrySha: string
  readonly outcomeCode: EngineOutcome
}

const REPO_UNREGISTERED = 'repo not explicitly registered in infra v2; using org-level telemetry routing'
const ORG_UNREGISTERED = 'repository not registered in infra v2'

/** Builds the record for `asked`; a registered name is given in its canonical spelling, any other as it was asked. */
export function buildEngineRecord(
  asked: { readonly org: string; readonly repo: string },
  resolution: Resolution,
  registrySha: string,
): EngineRecord {
  const unknown = {
    orgOwner: asked.org,
    targetRepoName: asked.repo,
    telemetryRepo: '',
    repoContext: 'unknown',
    repoState: 'absent',
    dashboard: { enabled: false, public: false },
    warnings: [],
    reasons: [],
    versionUsed: 'v2',
    registrySha,
    outcomeCode: 'INFRA_TELEMETRY_UNRESOLVABLE',
  } as const
  switch (resolution.outcome) {
    case 'org_not_registered':
      return { ...unknown, reasons: [ORG_UNREGISTERED] }
    case 'repo_not_registered':
      return {
        ...unknown,
        orgOwner: resolution.org.org,
        telemetryRepo: resolution.org.telemetry_repo,
        warnings: [REPO_UNREGISTERED],
        outcomeCode: 'INFRA_REPO_UNREGISTERED',
      }
    case 'found': {
      const { org, repo, state, context, telemetry_repo } = resolution.entry
      return {
        ...unknown,
        orgOwner: org,
        targetRepoName: repo,
        telemetryRepo: telemetry_repo,
        repoContext: context,
        repoState: state,
        dashboard: { enabled: state === 'enabled', public: false },
        outcomeCode: 'INFRA_OK',
      }
    }
  }
}

/** Renders a record as the engines write it to disk: two-space JSON and a newline. */
export function renderEngineRecord(record: EngineRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`
}
