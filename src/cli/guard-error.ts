// The reasons why the registry may not be changed here and now. Each has a code of its own, since each is ended by
// another act; whichever it is, nothing has been changed.

import { type Diagnostic, renderDiagnostic } from '../core/diagnostic.ts'
import { type FailureKind, HouseError } from '../core/error.ts'

/** Why nothing may be changed here and now. */
export const GUARD_CODES = [
  'GUARD_NO_REPOSITORY',
  'GUARD_IN_PROGRESS',
  'GUARD_INDEX_LOCKED',
  'GUARD_DETACHED_HEAD',
  'GUARD_DEFAULT_BRANCH',
  'GUARD_NO_COMMIT',
  'GUARD_UNMERGED',
  'GUARD_STAGED',
  'GUARD_DIRTY',
  'GUARD_UNTRACKED',
  'GUARD_NOT_COMMITTED',
  'GUARD_PAIR_DISAGREES',
] as const
export type GuardCode = (typeof GUARD_CODES)[number]

/** The registry may not be changed here; nothing has been. */
export class GuardError extends HouseError<GuardCode> {
  /** What is wrong with registry and changelog, where that is the reason. */
  readonly faults: readonly Diagnostic[]

  constructor(
    code: GuardCode,
    message: string,
    options: { cause?: unknown; faults?: readonly Diagnostic[] } = {},
  ) {
    super(code, message, options)
    this.faults = options.faults ?? []
  }

  override get kind(): FailureKind {
    return this.code === 'GUARD_INDEX_LOCKED' ? 'conflict' : 'refused'
  }

  override get lines(): readonly string[] {
    return [...super.lines, ...this.faults.map(fault => `  ${renderDiagnostic(fault)}`)]
  }
}
