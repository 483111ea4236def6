// What a gate finds, as a diagnostic: each fault has a code of a closed set and a place in a file.

import type { Diagnostic } from '../core/diagnostic.ts'
import type { Discrepancy } from '../edit/replay.ts'
import type { SealFault } from '../seal/fault.ts'
import type { PointerFault } from '../seal/pointer-fault.ts'
import type { SourceError } from './source.ts'

/** What a gate finds itself; what it hands on keeps its own code. */
export const GATE_CODES = [
  'GATE_DRIFT',
  'GATE_NO_REPOSITORY',
  'GATE_BASE_MISSING',
  'GATE_NOT_COMPARED',
  'GATE_MASS_CHANGE',
  'GATE_SERIAL_REFUSED',
] as const

/** Every code that a gate may tell. */
export type FaultCode =
  | (typeof GATE_CODES)[number]
  | Discrepancy['code']
  | PointerFault['code']
  | SealFault['code']
  | SourceError['code']

/** Returns a fault of `file`: an error at its beginning, unless `over` says otherwise. */
export function fault(
  file: string,
  code: FaultCode,
  message: string,
  over: Partial<Diagnostic> = {},
): Diagnostic {
  return { severity: 'error', code, message, file, line: 1, column: 1, ...over }
}
