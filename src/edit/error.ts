// Everything an edit can be refused with. A refusal names the thing, what was wanted and what was got, and, where
// one command mends it, that command; nothing has been changed when one of these is thrown.

import { type FailureKind, HouseError } from '../core/error.ts'

/** Every code an edit can be refused with. */
export const EDIT_CODES = [
  // what was asked
  'EDIT_BAD_NAME',
  'EDIT_CASE_COLLISION',
  'EDIT_NOT_APPLICABLE',
  'EDIT_CONTEXT_MISSING',
  'EDIT_BAD_CONTEXT',
  'EDIT_TELEMETRY_MISSING',
  'EDIT_BAD_TELEMETRY',
  'EDIT_CROSS_ORG_TELEMETRY',
  'EDIT_TELEMETRY_SELF',
  'EDIT_REASON_MISSING',
  'EDIT_BAD_REASON',
  'EDIT_BAD_CLOCK',
  'EDIT_CLOCK_BACKWARD',
  'EDIT_UNCONFIRMED',
  // what is there
  'EDIT_ALREADY_REGISTERED',
  'EDIT_REPO_NOT_REGISTERED',
  'EDIT_ORG_NOT_REGISTERED',
  'EDIT_ALREADY_ENABLED',
  'EDIT_ALREADY_DISABLED',
  'EDIT_TELEMETRY_MISMATCH',
  'EDIT_TELEMETRY_UNCHANGED',
  'EDIT_PRODUCTION_ENABLED',
  'EDIT_PRODUCTION_IMMUTABLE',
  'EDIT_ORG_NOT_EMPTY',
] as const

export type EditCode = (typeof EDIT_CODES)[number]

/** An edit that is refused whole. */
export class EditError extends HouseError<EditCode> {
  /** A command line that mends it, without a leading prompt; `<why>` stands for the operator's own words. */
  readonly remedy: string | undefined

  constructor(code: EditCode, message: string, remedy?: string) {
    super(code, remedy === undefined ? message : `${message}; try: ${remedy}`)
    this.remedy = remedy
  }

  override get kind(): FailureKind {
    return WORDS.includes(this.code) ? 'usage' : 'refused'
  }
}

/** Refusals that need no look at the registry: the words themselves are wrong. */
const WORDS: readonly EditCode[] = [
  'EDIT_BAD_NAME',
  'EDIT_BAD_CONTEXT',
  'EDIT_CONTEXT_MISSING',
  'EDIT_BAD_REASON',
  'EDIT_REASON_MISSING',
  'EDIT_NOT_APPLICABLE',
]

/** The words of a command line that stand for the operator's reason. */
export const WHY = "--reason '<why>'"
