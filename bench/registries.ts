// Registries of any size, the same ones each time.

import { writeFileSync } from 'node:fs'
import { renderCanonical } from '../src/core/json.ts'

const REPOS_PER_ORG = 100

/** Builds a registry document of `repos` repositories, a hundred to an organisation. */
export function buildRegistry(
  repos: number,
  reasonOf = (i: number): string => `Entry ${i} of a registry made for measuring`,
): object {
  const orgs: Record<string, { telemetry_repo: string; repos: Record<string, object> }> = {}
  for (let i = 0; i < repos; i++) {
    const name = `org-${Math.floor(i / REPOS_PER_ORG)}`
    orgs[name] ??= { telemetry_repo: `${name}/telemetry`, repos: {} }
    orgs[name].repos[`repo-${i % REPOS_PER_ORG}`] = {
      state: i % 10 === 9 ? 'disabled' : 'enabled',
      context: i % 2 === 0 ? 'production' : 'sandbox',
      process: 'infra-cli',
      reason: reasonOf(i),
    }
  }
  return { schema_version: '2.0', orgs }
}

/** The path that asks for entry `i` of such a registry. */
export function pathOf(i: number): string {
  return `/resolve/org-${Math.floor(i / REPOS_PER_ORG)}/repo-${i % REPOS_PER_ORG}`
}

/** Writes such a registry to `path`. */
export function writeRegistry(path: string, repos: number): void {
  writeFileSync(path, renderCanonical(buildRegistry(repos)))
}
