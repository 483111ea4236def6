// The closed set of what can be wrong with a run folder. Every fault of a set is reported together (S8): an
// operator who repairs one fault at a time learns of the next only after the next attempt.

import { quote } from '../core/diagnostic.ts'
import { type FailureKind, HouseError } from '../core/error.ts'

/** Every code a run folder can be refused with. */
export const SEAL_CODES = [
  // S1, S6: the folder and its reading
  'SEAL_FOLDER_MISSING',
  'SEAL_NOT_A_FOLDER',
  'SEAL_SYMLINK',
  'SEAL_SPECIAL_FILE',
  'SEAL_NAME_NOT_UTF8',
  'SEAL_TOO_LARGE',
  'SEAL_TOO_MANY_FILES',
  'SEAL_TOO_DEEP',
  'SEAL_UNREADABLE',
  'SEAL_CHANGED_WHILE_READ',
  'SEAL_BAD_FOLDER_NAME',
  'SEAL_NOT_A_SEAL',
  // S2: run.json
  'SEAL_RUN_MISSING',
  'SEAL_RUN_NOT_JSON',
  'SEAL_RUN_DUPLICATE_KEY',
  'SEAL_RUN_NOT_OBJECT',
  'SEAL_RUN_BAD_ID',
  'SEAL_RUN_ID_MISMATCH',
  'SEAL_RUN_BAD_TIME',
  // S3: manifest.json
  'SEAL_MANIFEST_MISSING',
  'SEAL_MANIFEST_NOT_JSON',
  'SEAL_MANIFEST_DUPLICATE_KEY',
  'SEAL_MANIFEST_NOT_ARRAY',
  'SEAL_MANIFEST_EMPTY',
  'SEAL_MANIFEST_TOO_MANY',
  'SEAL_MANIFEST_BAD_ENTRY',
  'SEAL_MANIFEST_UNKNOWN_KEY',
  'SEAL_MANIFEST_BAD_RELPATH',
  'SEAL_MANIFEST_BAD_BYTES',
  'SEAL_MANIFEST_BAD_DIGEST',
  'SEAL_MANIFEST_DUPLICATE_ENTRY',
  'SEAL_MANIFEST_CASE_COLLISION',
  'SEAL_MANIFEST_UNSORTED',
  'SEAL_MANIFEST_LISTS_ITSELF',
  // S4, S5: MANIFEST.sha256
  'SEAL_LIST_MISSING',
  'SEAL_LIST_NOT_UTF8',
  'SEAL_LIST_TOO_MANY',
  'SEAL_LIST_TRUNCATED',
  'SEAL_LIST_BAD_LINE',
  'SEAL_LIST_DUPLICATE_LINE',
  'SEAL_LIST_EMPTY',
  'SEAL_LIST_MISSING_LINE',
  'SEAL_LIST_UNKNOWN_LINE',
  'SEAL_LIST_DISAGREES',
  'SEAL_ROOT_MISSING',
  'SEAL_ROOT_BAD',
  'SEAL_ROOT_TWICE',
  'SEAL_ROOT_NOT_LAST',
  'SEAL_ROOT_MISMATCH',
  // S6, S7: the files
  'SEAL_MISSING_FILE',
  'SEAL_UNLISTED_FILE',
  'SEAL_FILE_IS_FOLDER',
  'SEAL_SIZE_MISMATCH',
  'SEAL_DIGEST_MISMATCH',
] as const

export type SealCode = (typeof SEAL_CODES)[number]

/** Every code of a remark that refuses nothing by itself. */
export const SEAL_WARNING_CODES = ['SEAL_LIST_CRLF', 'SEAL_LINE_ENDINGS_CHANGED'] as const

export type SealWarningCode = (typeof SEAL_WARNING_CODES)[number]

/** What a folder is when it is not a registry seal; the other schemes are real and met in the field. */
export type ForeignKind = 'unsealed' | 'bare_hash_list' | 'other_scheme'

/** One reason to refuse a set; `path` is relative to the run folder, `.` for the folder itself. */
export interface SealFault {
  readonly code: SealCode
  readonly path: string
  readonly message: string
  readonly want?: string
  readonly got?: string
  /** Only with `SEAL_NOT_A_SEAL`. */
  readonly kind?: ForeignKind
}

/** A remark on a set: either it is valid all the same, or this explains why it is not. */
export interface SealWarning {
  readonly code: SealWarningCode
  readonly path: string
  readonly message: string
}

/** Builds a fault whose message ends with what was wanted and what was got, when these are given. */
export function sealFault(
  code: SealCode,
  path: string,
  what: string,
  details: { readonly want?: string; readonly got?: string; readonly kind?: ForeignKind } = {},
): SealFault {
  return Object.freeze({ code, path, message: `${what}${wantGot(details)}`, ...details })
}

/** Renders `want` and `got` as ` (want …, got …)`, or as nothing when neither is given. */
export function wantGot(details: { readonly want?: string; readonly got?: string }): string {
  const parts = []
  if (details.want !== undefined) parts.push(`want ${details.want}`)
  if (details.got !== undefined) parts.push(`got ${details.got}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

/** Renders a path from outside on one line; anything that a terminal could obey is quoted. */
export function renderPath(path: string): string {
  return /^[\x21-\x7e]{1,200}$/.test(path) ? path : quote(path)
}

/** Renders a fault or a warning as one line: `path: CODE message`. */
export function renderFault(fault: {
  readonly code: string
  readonly path: string
  readonly message: string
}): string {
  return `${renderPath(fault.path)}: ${fault.code} ${fault.message}`
}

/** The set is refused. `code` is that of the first fault; `faults` holds every one, `warnings` every remark. */
export class SealError extends HouseError<SealCode> {
  readonly runId: string
  readonly faults: readonly SealFault[]
  readonly warnings: readonly SealWarning[]

  constructor(runId: string, faults: readonly SealFault[], warnings: readonly SealWarning[] = []) {
    const first = faults[0]!
    const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
    const hint = warnings.find(warning => warning.code === 'SEAL_LINE_ENDINGS_CHANGED')
    super(first.code, `${renderPath(runId)}: ${renderFault(first)}${more}${hint ? `; ${hint.message}` : ''}`)
    this.runId = runId
    this.faults = Object.freeze([...faults])
    this.warnings = Object.freeze([...warnings])
  }

  override get kind(): FailureKind {
    return kindOfVerdict(this.faults)
  }

  override get lines(): readonly string[] {
    return [...this.faults, ...this.warnings].map(fault => `${this.runId}/${renderFault(fault)}`)
  }
}

/** Tells what could not be read, or moved while it was read, from a verdict on the bytes. */
export function kindOfVerdict(faults: readonly { readonly code: string }[]): FailureKind {
  if (faults.some(({ code }) => code.endsWith('_UNREADABLE'))) return 'world'
  return faults.some(({ code }) => code.endsWith('_CHANGED_WHILE_READ')) ? 'conflict' : 'refused'
}
