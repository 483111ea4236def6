// What would be published beyond the change of a branch. After a rollback the working copy still holds what was rolled
// back: the next change of anything would make it active again, and no comparison of two working copies shows that.

import type { Change } from '../changelog/change.ts'
import type { LogLine } from '../changelog/changelog.ts'
import { type Difference, diffRegistries } from '../edit/diff.ts'
import { REGISTRY_SNAPSHOT, WORKING_COPY } from '../publish/layout.ts'
import { foldName } from '../registry/names.ts'
import { parseRegistry } from '../registry/parse.ts'

/** Returns what `registry` says otherwise than `active`, which is served, and no line of the branch's `own` does. */
export function findDrift(
  active: Uint8Array,
  registry: Uint8Array,
  own: readonly LogLine[],
): readonly Difference[] {
  const asked = new Set(own.flatMap(({ change }) => subjectsOf(change)))
  const differences = diffRegistries(
    parseRegistry(active, REGISTRY_SNAPSHOT),
    parseRegistry(registry, WORKING_COPY),
  )
  return differences.filter(difference => difference.org !== null && !asked.has(subjectOf(difference)))
}

/** An entry, an organisation that comes or goes with its entries, or where an organisation's telemetry goes. */
function subjectOf({ risk, org, repo }: Difference): string {
  if (repo !== null) return foldName(`${org}/${repo}`)
  return risk === 'TELEMETRY_REDIRECT' ? `${foldName(org!)} telemetry` : foldName(org!)
}

function subjectsOf(change: Change): string[] {
  const org = foldName(change.owner)
  return 'repo' in change ? [org, foldName(`${change.owner}/${change.repo}`)] : [org, `${org} telemetry`]
}
