// What publishing can fail with. `kind` is what the command line turns into an exit code: the input is refused, the
// world failed, or somebody else was there first.

import { type FailureKind, HouseError } from '../core/error.ts'

export const PUBLISH_CODES = {
  PUBLISH_SOURCE_MISSING: 'refused',
  PUBLISH_SOURCE_UNREADABLE: 'world',
  PUBLISH_MASS_CHANGE: 'refused',
  PUBLISH_LOG_DISAGREES: 'refused',
  PUBLISH_NOT_A_REGISTRY: 'refused',
  PUBLISH_NO_PREVIOUS: 'refused',
  PUBLISH_BAD_RUN: 'refused',
  PUBLISH_BAD_SERIAL: 'refused',
  PUBLISH_SERIALS_SPENT: 'refused',
  PUBLISH_RUN_EXISTS: 'conflict',
  PUBLISH_FILE_EXISTS: 'refused',
  PUBLISH_CONFLICT: 'conflict',
  PUBLISH_LOCKED: 'conflict',
  PUBLISH_LOCK_FAILED: 'world',
  PUBLISH_WRITE_FAILED: 'world',
  PUBLISH_NOT_DURABLE: 'world',
} as const

export type PublishCode = keyof typeof PUBLISH_CODES

/** A seal, an activation or a rollback that did not happen; only `PUBLISH_NOT_DURABLE` did, and says so. */
export class PublishError extends HouseError<PublishCode> {
  override get kind(): FailureKind {
    return PUBLISH_CODES[this.code]
  }
}
