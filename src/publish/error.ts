// What publishing can fail with. `kind` is what the command line turns into an exit code: the input is refused, the
// world failed, or somebody else was there first.

import { HouseError } from '../core/error.ts'
import type { SealError } from '../seal/fault.ts'
import type { PointerError } from '../seal/pointer-fault.ts'

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

/** What kept a command from being done. */
export type FailureKind = 'refused' | 'world' | 'conflict'

export type PublishCode = keyof typeof PUBLISH_CODES

/** A seal, an activation or a rollback that did not happen; only `PUBLISH_NOT_DURABLE` did, and says so. */
export class PublishError extends HouseError<PublishCode> {
  get kind(): FailureKind {
    return PUBLISH_CODES[this.code]
  }
}

/** Tells whether a set or a pointer could not be read, and is not known to be wrong, from a verdict on its bytes. */
export function kindOfVerdict(error: SealError | PointerError): FailureKind {
  const codes: readonly string[] = error.faults.map(fault => fault.code)
  if (codes.some(code => code.endsWith('_UNREADABLE'))) return 'world'
  return codes.some(code => code.endsWith('_CHANGED_WHILE_READ')) ? 'conflict' : 'refused'
}
