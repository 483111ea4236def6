// Where things lie in a registry home, and what a telemetry-registry run is made of.

import { join } from 'node:path'

import { RUN_ROOT } from '../seal/pointer-entry.ts'

export { SEALED_CHANGELOG as CHANGELOG_SNAPSHOT } from '../changelog/change.ts'
export { REGISTRY_ID, RUN_ROOT } from '../seal/pointer-entry.ts'

/** The working copy, changed by the command line. */
export const WORKING_COPY = 'telemetry-registry.v2.json'
export const CHANGELOG = 'changelog/infra-changelog.jsonl'

/** The sealed copies: the stem, `_snapshot`, the ending. */
export const REGISTRY_SNAPSHOT = 'telemetry-registry.v2_snapshot.json'

/** Where runs and files are made before they are moved to their place; swept by the next writer. */
export const STAGING = '.codex/STAGING'

/** Absolute path of the folder of sealed runs. */
export function runsOf(home: string): string {
  return join(home, RUN_ROOT)
}

/** Absolute path of the folder where runs are made before they are moved among the others. */
export function stagingOf(home: string): string {
  return join(home, STAGING)
}
