// What the road from branch to merge refuses. Each refusal names the thing and the command that mends it, and lists
// every path, check or entry that it is about; nothing has been changed when one of these is thrown.

import { type FailureKind, HouseError } from '../core/error.ts'

export const FLOW_CODES = {
  // where we stand
  FLOW_NO_REPOSITORY: 'refused',
  FLOW_NO_DEFAULT_BRANCH: 'refused',
  FLOW_DETACHED: 'refused',
  FLOW_BUSY: 'refused',
  FLOW_ON_DEFAULT_BRANCH: 'refused',
  FLOW_NOT_ON_DEFAULT_BRANCH: 'refused',
  FLOW_NOT_UP_TO_DATE: 'refused',
  FLOW_BEHIND: 'refused',
  FLOW_DIVERGED: 'refused',
  FLOW_UNRELATED: 'refused',
  FLOW_UNKNOWN_BASE: 'refused',
  // names
  FLOW_BAD_NAME: 'refused',
  FLOW_BRANCH_EXISTS: 'refused',
  // what is there
  FLOW_NOT_CLEAN: 'refused',
  FLOW_FOREIGN_CHANGES: 'refused',
  FLOW_FOREIGN_FILES: 'refused',
  FLOW_SEALED_ALTERED: 'refused',
  FLOW_LOOSE_RUN: 'refused',
  FLOW_DRIFTED: 'refused',
  FLOW_BYTES_ALTERED: 'refused',
  FLOW_NOTHING: 'refused',
  FLOW_GATES: 'refused',
  FLOW_CHANGED_MEANWHILE: 'conflict',
  FLOW_REPLAY_CONFLICT: 'conflict',
  // the pull request
  FLOW_NO_COMMITS: 'refused',
  FLOW_UNPUSHED: 'refused',
  FLOW_NO_PR: 'refused',
  FLOW_MANY_PRS: 'refused',
  FLOW_HAS_PR: 'refused',
  FLOW_UNKNOWN_HEAD: 'refused',
  FLOW_PR_NOT_OPEN: 'refused',
  FLOW_WRONG_BASE: 'refused',
  FLOW_NOT_MERGEABLE: 'refused',
  FLOW_CHECKS_MISSING: 'refused',
  FLOW_CHECKS_FAILING: 'refused',
  FLOW_UNCONFIRMED: 'refused',
} as const satisfies Readonly<Record<string, FailureKind>>

export type FlowCode = keyof typeof FLOW_CODES

/** A step of the workflow that is refused whole. */
export class FlowError extends HouseError<FlowCode> {
  /** What it is about, a line each. */
  readonly details: readonly string[]

  constructor(code: FlowCode, message: string, details: readonly string[] = []) {
    super(code, message)
    this.details = details
  }

  override get kind(): FailureKind {
    return FLOW_CODES[this.code]
  }

  override get lines(): readonly string[] {
    return [...super.lines, ...this.details.map(detail => `  ${detail}`)]
  }
}
