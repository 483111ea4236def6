// Where things lie in a registry home, and what a telemetry-registry run is made of.

import { join } from 'node:path'

export { SEALED_CHANGELOG as CHANGELOG_SNAPSHOT } from '../changelog/change.ts'

/** The registry whose pin the service serves. */
export const REGISTRY_ID = 'telemetry_registry'

/** The working copy, changed by the command line. */
export const WORKING_COPY = 'telemetry-registry.v2.json'
export const CHANGELOG = 'changelog/infra-changelog.jsonl'

/** The sealed copies: the stem, `_snapshot`, the ending. */
export const REGISTRY_SNAPSHOT = 'telemetry-registry.v2_snapshot.json'

export const RUN_ROOT = '.codex/RUNS'
const STAGING = '.codex/STAGING'

/** Absolute path of the folder of sealed runs. */
export function runsOf(home: string): string {
  return join(home, RUN_ROOT)
}

/** Absolute path of the folder where runs are made before they are moved among the others. */
export function stagingOf(home: string): string {
  return join(home, STAGING)
}
