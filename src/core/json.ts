// JSON as this house accepts it from disk: strict UTF-8, no byte-order mark, one document, no duplicate key.
// `JSON.parse` alone hides a duplicate (the last wins), and decoding alone hides a bad byte (U+FFFD), so both
// are looked for here. The fast path does no work twice: a canonical text cannot hold either fault.

import { type Place, placeAt } from './diagnostic.ts'
import { HouseError } from './error.ts'
import { findFaults, notCanonical, tooDeepAt } from './json-faults.ts'
import { isMembers, type Members } from './value.ts'

export type JsonFaultCode =
  | 'not_utf8'
  | 'byte_order_mark'
  | 'not_json'
  | 'trailing_text'
  | 'duplicate_key'
  | 'crlf'
  | 'key_order'
  | 'not_canonical'
  | 'too_deep'

/** A fault of the text, before any question of what it says. */
export interface JsonFault extends Place {
  readonly code: JsonFaultCode
  readonly pointer: string
  readonly message: string
}

/** A text that is not UTF-8; `offset` is where the first sequence that cannot be decoded begins. */
export class EncodingError extends HouseError<'NOT_UTF8'> {
  readonly offset: number

  constructor(offset: number) {
    super('NOT_UTF8', `not UTF-8: byte ${offset} cannot be decoded`)
    this.offset = offset
  }
}

/** The deepest nesting that is read; a registry needs five levels, and recursive readers a bound. */
export const MAX_DEPTH = 64

const TOO_DEEP = `nested too deeply (want at most ${MAX_DEPTH} levels)`

/** In canonical text, what stands inside `MAX_DEPTH` brackets begins a line with this. */
const DEEP_INDENT = `\n${'  '.repeat(MAX_DEPTH)}`

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes strict UTF-8, keeping a byte-order mark. Throws `NOT_UTF8`. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = tryDecodeUtf8(bytes)
  if (text === undefined) throw new EncodingError(firstBadByte(bytes))
  return text
}

/** Does what `decodeUtf8` does, for whoever need not know where it breaks: `undefined` then. */
export function tryDecodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Renders `value` in the canonical form of rule R1: two spaces, LF, one newline at the end. */
export function renderCanonical(value: unknown): string {
  return `${renderLines(value)}\n`
}

/** The canonical form without the newline at its end. */
function renderLines(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | {
      readonly ok: false
      readonly value: unknown
      readonly text: string
      readonly faults: readonly JsonFault[]
    }

/**
 * Parses `bytes` and returns every fault of the text; `value` is what could be read all the same, or `undefined`.
 * With `canonical`, the text must also equal `renderCanonical(value)`, and a difference is named for what it is.
 */
export function parseJson(bytes: Uint8Array, options: { canonical?: boolean } = {}): ParsedJson {
  try {
    return parseStrictly(bytes, options)
  } catch (error) {
    // The search for faults reads on in a broken text, and may nest where the depth was not seen to.
    if (!(error instanceof RangeError)) throw error
    return refused('', { code: 'too_deep', pointer: '', message: TOO_DEEP, line: 1, column: 1 })
  }
}

function parseStrictly(bytes: Uint8Array, options: { canonical?: boolean }): ParsedJson {
  let text: string
  try {
    text = decodeUtf8(bytes)
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
    const readable = utf8.decode(bytes.subarray(0, error.offset))
    const place = placeAt(readable, readable.length)
    return refused('', { code: 'not_utf8', pointer: '', message: error.message, ...place })
  }

  let value: unknown
  let parsed = true
  try {
    value = JSON.parse(text)
  } catch {
    parsed = false
  }
  // One comparison refuses duplicates, CRLF, a second document and hand formatting together (R1).
  const canonical = parsed && isCanonical(text, value)
  if (canonical && !text.includes(DEEP_INDENT)) return { ok: true, value, text }

  const deep = tooDeepAt(text, MAX_DEPTH)
  if (deep !== -1)
    return refused(text, { code: 'too_deep', pointer: '', message: TOO_DEEP, ...placeAt(text, deep) })
  if (canonical) return { ok: true, value, text }

  const faults = findFaults(text, parsed)
  if (options.canonical && parsed && faults.length === 0) faults.push(notCanonical(text, tryRender(value)))
  const kept = options.canonical ? faults : faults.filter(fault => fault.code !== 'crlf')
  return kept.length === 0 ? { ok: true, value, text } : { ok: false, value, text, faults: kept }
}

function refused(text: string, fault: JsonFault): ParsedJson {
  return { ok: false, value: undefined, text, faults: [fault] }
}

/**
 * Returns what `text` holds if it is how a canonical text renders a value that stands `depth` levels deep, without the
 * newline at the end of all; `undefined` where it is not, or nests too deeply to tell.
 */
export function parseCanonicalAt(text: string, depth: number): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return !text.includes(DEEP_INDENT) && renderAt(value, depth) === text ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** A value this deep is compared with a canonical text at once, and what is above it member by member. */
const PART_DEPTH = 3

/** Member by member, at any depth, is also what has more of them than this. */
const MANY = 1_000

/**
 * Tells whether `text` is `renderCanonical(value)`. It is compared a part at a time: the rendering of a large document
 * would take as much room as its text, and longer to be given that room than to be made.
 */
function isCanonical(text: string, value: unknown): boolean {
  let at = 0
  const take = (part: string | undefined): boolean => {
    if (part === undefined || text.slice(at, at + part.length) !== part) return false
    at += part.length
    return true
  }
  const takeValue = (inner: unknown, depth: number): boolean => {
    const keys = isMembers(inner) ? Object.keys(inner) : []
    if (keys.length === 0 || (depth >= PART_DEPTH && keys.length <= MANY)) return take(renderAt(inner, depth))
    const indent = '  '.repeat(depth)
    return (
      keys.every((key, i) => {
        const name = `${i === 0 ? '{' : ','}\n${indent}  ${JSON.stringify(key)}: `
        return take(name) && takeValue((inner as Members)[key], depth + 1)
      }) && take(`\n${indent}}`)
    )
  }
  return takeValue(value, 0) && take('\n') && at === text.length
}

/** Renders `value` as it stands `depth` levels deep in a canonical text; `undefined` where `tryRender` cannot. */
function renderAt(value: unknown, depth: number): string | undefined {
  // Inside as many arrays it comes out indented as it should, after `[\n  [\n    ` and before `\n  ]\n]`.
  let inner = value
  for (let i = 0; i < depth; i++) inner = [inner]
  const before = depth * (depth + 3)
  return tryRender(inner)?.slice(before, depth === 0 ? undefined : -depth * (depth + 1))
}

/** Renders the lines of `value`, or returns `undefined` where it is nested too deeply, or the text would be too long, to be made. */
function tryRender(value: unknown): string | undefined {
  try {
    return renderLines(value)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return undefined
  }
}

function firstBadByte(bytes: Uint8Array): number {
  // A byte that fits nothing fails with everything after it cut off; a sequence that is merely cut does not
  // (`stream`), so the shortest failing prefix ends at that byte. Its sequence began at most three bytes before.
  let low = 0
  let high = bytes.byteLength
  while (low < high) {
    const middle = (low + high) >> 1
    if (decodes(bytes.subarray(0, middle + 1), { stream: true })) low = middle + 1
    else high = middle
  }
  while (low > 0 && !decodes(bytes.subarray(0, low))) low -= 1
  return low
}

function decodes(prefix: Uint8Array, options?: { stream: boolean }): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, options)
    return true
  } catch {
    return false
  }
}
