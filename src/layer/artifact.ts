// Bytes of one artifact against its schema: JSON, JSON Lines or CSV. Every violation of the text and of what it says, with
// file, line, column and JSON pointer; in JSON Lines and CSV the pointer begins at the line.

import type { TSchema } from '@sinclair/typebox'
import type { Diagnostic, Place } from '../core/diagnostic.ts'
import { type JsonFaultCode, parseJson } from '../core/json.ts'
import { locatePointers } from '../core/json-pointer.ts'
import { checkValue, MAX_FAULTS, type ValueCode } from './check.ts'
import { type CsvCode, readCsv } from './csv.ts'

/** What can be wrong with a text of lines, or with a set of files. */
export const ARTIFACT_CODES = ['blank_line', 'no_line_end', 'no_content', 'missing_file'] as const

export type ArtifactCode = (typeof ARTIFACT_CODES)[number] | ValueCode | CsvCode | JsonFaultCode

/** One violation with its place. */
export interface Violation extends Diagnostic<ArtifactCode> {
  readonly pointer: string
}

/** How an artifact is written, and, of lines, what it is when there is nothing to tell. */
export type Form = 'json' | 'jsonl' | 'jsonl-or-nothing' | 'csv'

const LF = 0x0a

/** Checks the bytes of `file` and returns every violation, at most a hundred, in the order of the file. */
export function checkArtifact(form: Form, schema: TSchema, bytes: Uint8Array, file: string): Violation[] {
  const found =
    form === 'csv' ? checkCsv(schema, bytes) : form === 'json' ? checkJson(schema, bytes, 1) : undefined
  return (found ?? checkLines(schema, bytes, form === 'jsonl-or-nothing'))
    .slice(0, MAX_FAULTS)
    .map(fault => ({ severity: 'error', file, ...fault }))
}

type Fault = Omit<Violation, 'file' | 'severity'>

function checkJson(schema: TSchema, bytes: Uint8Array, firstLine: number): Fault[] {
  const json = parseJson(bytes)
  const down = (place: Place): Place => ({ line: place.line + firstLine - 1, column: place.column })
  if (!json.ok) {
    return json.faults.map(({ code, pointer, message, ...place }) => ({
      code,
      pointer,
      message,
      ...down(place),
    }))
  }
  const faults = checkValue(schema, json.value)
  if (faults.length === 0) return []
  return placed(json.text, faults).map(fault => ({ ...fault, ...down(fault) }))
}

/** Gives each fault of the document `text` its line and column, and sorts them by these. */
export function placed<Fault extends { readonly pointer: string }>(
  text: string,
  faults: readonly Fault[],
): (Fault & Place)[] {
  const places = locatePointers(text, new Set(faults.flatMap(fault => withAncestors(fault.pointer))))
  return faults
    .map(fault => ({ ...fault, ...nearest(places, fault.pointer) }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

function withAncestors(pointer: string): string[] {
  const all = [pointer]
  for (let at = pointer.lastIndexOf('/'); at >= 0; at = pointer.lastIndexOf('/', at - 1)) {
    all.push(pointer.slice(0, at))
    if (at === 0) break
  }
  return all
}

/** The place of what is there; of a key that is missing, the place of what should hold it. */
function nearest(places: ReadonlyMap<string, Place>, pointer: string): Place {
  for (const at of withAncestors(pointer)) {
    const place = places.get(at)
    if (place !== undefined) return place
  }
  return { line: 1, column: 1 }
}

function checkLines(schema: TSchema, bytes: Uint8Array, mayBeEmpty: boolean): Fault[] {
  const fault = (code: ArtifactCode, line: number, message: string): Fault => ({
    ...{ code, pointer: '', message, line, column: 1 },
  })
  // Of no runs the registry is one LF, of no deltas the log is nothing at all.
  const empty = bytes.byteLength === 0 || (bytes.byteLength === 1 && bytes[0] === LF)
  if (empty) return mayBeEmpty ? [] : [fault('no_content', 1, 'the file holds no line')]
  const faults: Fault[] = []
  let line = 1
  for (let from = 0; from < bytes.byteLength && faults.length < MAX_FAULTS; line += 1) {
    const end = bytes.indexOf(LF, from)
    const text = bytes.subarray(from, end === -1 ? bytes.byteLength : end)
    if (text.byteLength === 0) faults.push(fault('blank_line', line, 'the line is blank'))
    else faults.push(...checkJson(schema, text, line))
    if (end === -1) faults.push(fault('no_line_end', line, 'the last line has no line end'))
    from = end === -1 ? bytes.byteLength : end + 1
  }
  return faults
}

function checkCsv(schema: TSchema, bytes: Uint8Array): Fault[] {
  const { rows, faults } = readCsv(bytes, schema)
  const found: Fault[] = [...faults]
  for (const { line, value } of rows) {
    if (found.length >= MAX_FAULTS) break
    for (const fault of checkValue(schema, value)) found.push({ ...fault, line, column: 1 })
  }
  return found
}
