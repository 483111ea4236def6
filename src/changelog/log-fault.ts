// The closed set of what can be wrong with a changelog: with one line, with the file, and with what the lines say of
// a registry. Every fault is reported, each with its line; a log that is partly believed is not a log.

import { type Diagnostic, renderDiagnostic } from '../core/diagnostic.ts'
import { HouseError } from '../core/error.ts'

/** Every code a changelog, or a claim in it, can be refused with. */
export const LOG_CODES = [
  // the file and its lines
  'LOG_TORN',
  'LOG_NOT_UTF8',
  'LOG_BYTE_ORDER_MARK',
  'LOG_CRLF',
  'LOG_BLANK_LINE',
  'LOG_NOT_JSON',
  'LOG_TRAILING_TEXT',
  'LOG_NOT_OBJECT',
  'LOG_TOO_DEEP',
  'LOG_NOT_COMPACT',
  'LOG_DUPLICATE_KEY',
  'LOG_UNKNOWN_KEY',
  'LOG_MISSING_KEY',
  'LOG_KEY_NOT_ALLOWED',
  'LOG_KEY_ORDER',
  'LOG_WRONG_TYPE',
  'LOG_BAD_VALUE',
  'LOG_BAD_NAME',
  'LOG_UNKNOWN_ACTION',
  'LOG_BAD_TIMESTAMP',
  'LOG_BACKWARD_TIMESTAMP',
  'LOG_LEGACY_AFTER_OWN',
  // what the lines say of a registry
  'LOG_CONTRADICTS',
  'LOG_FORBIDDEN',
  'LOG_UNDETERMINED',
  'LOG_WRONG_PREVIOUS',
  'LOG_WRONG_BEFORE',
  'LOG_WRONG_AFTER',
  'LOG_CHANGE_WITHOUT_LINE',
  'LOG_LINE_WITHOUT_CHANGE',
  'LOG_LINE_DISAGREES',
  'LOG_ORDER_DIFFERS',
  // the log against an earlier one
  'LOG_LINE_ALTERED',
  'LOG_LINE_DELETED',
  'LOG_LINE_INSERTED',
  'LOG_LINE_MOVED',
] as const

export type LogCode = (typeof LOG_CODES)[number]

export type LogFault = Diagnostic<LogCode>

/** The log is refused; `faults` holds every reason, by line. `LOG_TORN` is thrown only where that is the one fault. */
export class LogError extends HouseError<'LOG_INVALID' | 'LOG_TORN'> {
  readonly faults: readonly LogFault[]

  constructor(faults: readonly LogFault[]) {
    const first = faults[0]!
    const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
    const torn = faults.length === 1 && first.code === 'LOG_TORN'
    super(torn ? 'LOG_TORN' : 'LOG_INVALID', `${renderDiagnostic(first)}${more}`)
    this.faults = faults
  }

  override get lines(): readonly string[] {
    return this.faults.map(renderDiagnostic)
  }
}
