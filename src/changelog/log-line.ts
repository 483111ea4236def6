// One line of the changelog, strictly: one compact JSON object whose content line-rules.ts has
// nothing against. A fault is given the column at which a person would look for it.

import { type Place, quote } from '../core/diagnostic.ts'
import { decodeUtf8, type JsonFaultCode, parseJson } from '../core/json.ts'
import { jsonPointer, locatePointers } from '../core/json-pointer.ts'
import type { Change } from './change.ts'
import { checkLine } from './line-rules.ts'
import type { LogCode } from './log-fault.ts'

/** A fault of one line, at a column. */
export interface LineFault {
  readonly code: LogCode
  readonly message: string
  readonly column: number
}

/** A line that was read: `change` only where it has no fault. */
export interface ScannedLine {
  readonly change?: Change
  readonly faults: readonly LineFault[]
}

const FAULT_CODES: Readonly<Record<JsonFaultCode, LogCode>> = {
  not_utf8: 'LOG_NOT_UTF8',
  byte_order_mark: 'LOG_BYTE_ORDER_MARK',
  not_json: 'LOG_NOT_JSON',
  trailing_text: 'LOG_TRAILING_TEXT',
  duplicate_key: 'LOG_DUPLICATE_KEY',
  too_deep: 'LOG_TOO_DEEP',
  crlf: 'LOG_NOT_COMPACT',
  key_order: 'LOG_NOT_COMPACT',
  not_canonical: 'LOG_NOT_COMPACT',
}

const START: Place = { line: 1, column: 1 }

/** Reads one line, given without its line end, and returns its change or every fault of it. */
export function scanLine(bytes: Uint8Array): ScannedLine {
  const compact = parseCompact(bytes)
  if (compact !== undefined && findingsOf(compact.value).length === 0) {
    return { change: compact.value as Change, faults: [] }
  }
  // The slow way, for a line that is refused in any case: it bounds the depth before anything descends into it.
  const json = parseJson(bytes)
  const faults: LineFault[] = json.ok
    ? []
    : json.faults.map(({ code, message, column }) => ({ code: FAULT_CODES[code], message, column }))
  if (json.value === undefined) return { faults }
  if (compact === undefined && faults.length === 0) faults.push(notCompact(json.text, json.value))
  const findings = findingsOf(json.value)
  const places = locatePointers(json.text, new Set(findings.map(({ pointer }) => pointer)))
  for (const { code, message, pointer } of findings) {
    faults.push({ code, message, column: (places.get(pointer) ?? START).column })
  }
  return { faults: faults.sort((a, b) => a.column - b.column) }
}

/** Returns the value of a line that is what we would write: one comparison refuses duplicates, blanks and trailing text. */
function parseCompact(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    const text = decodeUtf8(bytes)
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? { value } : undefined
  } catch {
    // What is wrong with it is looked for by the caller, who knows more ways to be wrong.
    return undefined
  }
}

function findingsOf(value: unknown): { code: LogCode; pointer: string; message: string }[] {
  const found: { code: LogCode; pointer: string; message: string }[] = []
  checkLine(value, (code, path, message) => found.push({ code, pointer: jsonPointer(path), message }))
  return found
}

function notCompact(text: string, value: unknown): LineFault {
  const want = JSON.stringify(value)
  let at = 0
  while (at < text.length && text[at] === want[at]) at += 1
  const message = `not compact JSON (want ${quote(want.slice(at, at + 24))}, got ${quote(text.slice(at, at + 24))})`
  return { code: 'LOG_NOT_COMPACT', message, column: at + 1 }
}
