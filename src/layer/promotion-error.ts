// What keeps a registry from being promoted. Nothing is sealed then: a source that is not whole is no source.

import { renderViolation } from '../core/diagnostic.ts'
import { type FailureKind, HouseError } from '../core/error.ts'
import type { Violation } from './artifact.ts'

/** Each code, and whether the source is refused, the world failed, or somebody was writing. */
export const PROMOTION_CODES = {
  PROMOTE_UNKNOWN_REGISTRY: 'refused',
  PROMOTE_NOT_PROMOTABLE: 'refused',
  PROMOTE_RUN_MISSING: 'refused',
  PROMOTE_RUN_UNWANTED: 'refused',
  PROMOTE_RUN_BAD: 'refused',
  PROMOTE_SOURCE_MISSING: 'refused',
  PROMOTE_SOURCE_EMPTY: 'refused',
  PROMOTE_SOURCE_NOT_PLAIN: 'refused',
  PROMOTE_SOURCE_BAD_NAME: 'refused',
  PROMOTE_SOURCE_RESERVED_NAME: 'refused',
  PROMOTE_SOURCE_CASE_COLLISION: 'refused',
  PROMOTE_SOURCE_TOO_LARGE: 'refused',
  PROMOTE_SOURCE_INVALID: 'refused',
  PROMOTE_SOURCE_CHANGED: 'conflict',
  PROMOTE_SOURCE_UNREADABLE: 'world',
} as const

export type PromotionCode = keyof typeof PROMOTION_CODES

/** The registry was not promoted. `violations` holds every fault of its content, with `PROMOTE_SOURCE_INVALID`. */
export class PromotionError extends HouseError<PromotionCode> {
  readonly violations: readonly Violation[]

  constructor(code: PromotionCode, message: string, violations: readonly Violation[] = []) {
    super(code, message)
    this.violations = violations
  }

  override get kind(): FailureKind {
    return PROMOTION_CODES[this.code]
  }

  override get lines(): readonly string[] {
    return [...super.lines, ...this.violations.map(violation => `  ${renderViolation(violation)}`)]
  }
}
