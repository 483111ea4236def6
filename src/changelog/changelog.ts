// The changelog as a file: lines that end in LF, one change each, in the order of time. A last line without its end is
// a torn one, the trace of a writer that died; it is told apart from every other fault, since it alone may be cut off.

import { type Change, isOwn } from './change.ts'
import { LogError, type LogFault } from './log-fault.ts'
import { scanLine } from './log-line.ts'

/** A change and where it stands. */
export interface LogLine {
  /** Counted from 1. */
  readonly line: number
  readonly change: Change
}

/** What follows the last line end, where anything does. */
export interface TornLine {
  readonly line: number
  /** The byte at which it begins: what a recovery cuts the file to. */
  readonly offset: number
  /** The change it would be if only its line end were missing. */
  readonly change: Change | undefined
}

/** All that can be told of a file. */
export interface ScannedLog {
  /** The lines without fault. */
  readonly lines: readonly LogLine[]
  /** Every fault, by line and column; a torn line is one of them. */
  readonly faults: readonly LogFault[]
  readonly torn: TornLine | undefined
}

const LF = 0x0a
const CR = 0x0d

/** Reads a whole changelog and reports everything; an empty file is a log of no lines. */
export function scanChangelog(bytes: Uint8Array, file: string): ScannedLog {
  const lines: LogLine[] = []
  const faults: LogFault[] = []
  let torn: TornLine | undefined
  let latest = ''
  let owned = false
  let offset = 0
  for (let line = 1; offset < bytes.byteLength; line++) {
    const add = ({ code, message, column }: Pick<LogFault, 'code' | 'message' | 'column'>): void => {
      faults.push({ severity: 'error', code, message, file, line, column })
    }
    const end = bytes.indexOf(LF, offset)
    if (end === -1) {
      const { change } = scanLine(bytes.subarray(offset))
      torn = { line, offset, change }
      const what = change === undefined ? 'is cut off' : 'lacks its line end'
      add({
        code: 'LOG_TORN',
        message: `the last line ${what} (want LF at the end of every line)`,
        column: 1,
      })
      break
    }
    const text = bytes.subarray(offset, end)
    offset = end + 1
    const crlf = text.at(-1) === CR
    if (crlf) add({ code: 'LOG_CRLF', message: 'the line ends in CRLF (want LF)', column: text.byteLength })
    const body = crlf ? text.subarray(0, -1) : text
    if (isBlank(body)) {
      add({ code: 'LOG_BLANK_LINE', message: 'the line is blank (want one change)', column: 1 })
      continue
    }
    const read = scanLine(body)
    for (const fault of read.faults) add(fault)
    const { change } = read
    if (change === undefined) continue
    if (change.timestamp < latest) {
      const message = `timestamp ${change.timestamp} lies before that of an earlier line (want ${latest} or later)`
      add({ code: 'LOG_BACKWARD_TIMESTAMP', message, column: 1 })
    } else latest = change.timestamp
    if (isOwn(change)) owned = true
    else if (owned) {
      const message =
        'a line without previous, registry_before and registry_after follows lines that have them'
      add({ code: 'LOG_LEGACY_AFTER_OWN', message, column: 1 })
    }
    lines.push({ line, change })
  }
  return { lines, faults, torn }
}

/** Checks a whole changelog and returns every fault; never throws. */
export function checkChangelog(bytes: Uint8Array, file: string): readonly LogFault[] {
  return scanChangelog(bytes, file).faults
}

/** Parses a whole changelog. Throws `LOG_TORN` where a torn last line is its only fault, `LOG_INVALID` for all others. */
export function parseChangelog(bytes: Uint8Array, file: string): readonly LogLine[] {
  const { lines, faults } = scanChangelog(bytes, file)
  if (faults.length > 0) throw new LogError(faults)
  return lines
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0x20 || byte === 0x09 || byte === CR)
}
