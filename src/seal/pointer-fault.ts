// The closed set of what can be wrong with a pointer file, with one pin in it, or with what that pin names.
// "unknown", "false" and "invalid" are three codes, since they call for three different acts (P2).

import { type FailureKind, HouseError } from '../core/error.ts'
import { kindOfVerdict, renderFault, wantGot } from './fault.ts'

/** Every code a pointer or a pin can be refused with. */
export const POINTER_CODES = [
  // the file
  'POINTER_MISSING',
  'POINTER_NOT_A_FILE',
  'POINTER_TOO_LARGE',
  'POINTER_CHANGED_WHILE_READ',
  'POINTER_UNREADABLE',
  'POINTER_NOT_JSON',
  'POINTER_DUPLICATE_KEY',
  'POINTER_NOT_OBJECT',
  'POINTER_BAD_VERSION',
  'POINTER_UNKNOWN_KEY',
  'POINTER_BAD_LIST',
  // P1, P2, P3: an entry
  'POINTER_BAD_ENTRY',
  'POINTER_BAD_REGISTRY_ID',
  'POINTER_DUPLICATE_REGISTRY_ID',
  'POINTER_BAD_REF',
  'POINTER_BAD_RUN_ID',
  'POINTER_BAD_RUN_ROOT',
  'POINTER_BAD_RELPATH',
  'POINTER_BAD_DIGEST',
  'POINTER_BAD_KNOWN',
  'POINTER_BAD_TIME',
  'POINTER_BAD_NOTES',
  'POINTER_BAD_SERIAL',
  'POINTER_TRUE_WITHOUT_REF',
  'POINTER_UNKNOWN_WITH_REF',
  // the pin that was asked for
  'POINTER_NOT_PINNED',
  'POINTER_UNKNOWN',
  'POINTER_FALSE',
  // what the pin names
  'POINTER_HOME_MISSING',
  'POINTER_OUTSIDE_HOME',
  'POINTER_RUN_MISSING',
  'POINTER_ROOT_MISMATCH',
  'POINTER_RELPATH_UNLISTED',
] as const

export type PointerCode = (typeof POINTER_CODES)[number]

/** One reason to refuse; `path` is a place in the pointer file (`#/pointers/0/…`) or the path that is at fault. */
export interface PointerFault {
  readonly code: PointerCode
  readonly path: string
  readonly message: string
  readonly want?: string
  readonly got?: string
}

/** The pointer file, relative to the registry home. */
export const POINTER_PATH = 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json'

/** Builds a fault whose message ends with what was wanted and what was got, when these are given. */
export function pointerFault(
  code: PointerCode,
  path: string,
  what: string,
  details: { readonly want?: string; readonly got?: string } = {},
): PointerFault {
  return Object.freeze({ code, path, message: `${what}${wantGot(details)}`, ...details })
}

/** The pointer, or the pin, is refused. `code` is that of the first fault; `faults` holds every one of the stage. */
export class PointerError extends HouseError<PointerCode> {
  readonly faults: readonly PointerFault[]

  constructor(faults: readonly PointerFault[]) {
    const first = faults[0]!
    const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
    super(first.code, `${renderPointerFault(first)}${more}`)
    this.faults = Object.freeze([...faults])
  }

  override get kind(): FailureKind {
    return kindOfVerdict(this.faults)
  }

  override get lines(): readonly string[] {
    return this.faults.map(renderPointerFault)
  }
}

/** A place inside the file is told with the file. */
function renderPointerFault(fault: PointerFault): string {
  return renderFault(fault.path.startsWith('#') ? { ...fault, path: `${POINTER_PATH}${fault.path}` } : fault)
}
