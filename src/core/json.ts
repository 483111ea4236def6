// JSON as this house accepts it from disk: strict UTF-8, no byte-order mark, one document, no duplicate key.
// `JSON.parse` alone hides a duplicate (the last wins), and decoding alone hides a bad byte (U+FFFD), so both
// are looked for here. The fast path does no work twice: a canonical text cannot hold either fault.

import {
  getNodePath,
  type Node,
  type ParseErrorCode,
  parseTree,
  printParseErrorCode,
  visit,
} from 'jsonc-parser'
import { type Place, placeAt, placesIn, quote } from './diagnostic.ts'
import { HouseError } from './error.ts'

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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes strict UTF-8, keeping a byte-order mark. Throws `NOT_UTF8`. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new EncodingError(firstBadByte(bytes))
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
  const lines = parsed ? tryRender(value) : undefined
  // Compared without the newline: with it, a large text would be copied to be compared.
  const canonical = text.endsWith('\n') && text.slice(0, -1) === lines
  if (canonical && !text.includes(DEEP_INDENT)) return { ok: true, value, text }

  const deep = tooDeepAt(text)
  if (deep !== -1)
    return refused(text, { code: 'too_deep', pointer: '', message: TOO_DEEP, ...placeAt(text, deep) })
  if (canonical) return { ok: true, value, text }

  const faults = findFaults(text, parsed)
  if (options.canonical && parsed && faults.length === 0) faults.push(notCanonical(text, lines))
  const kept = options.canonical ? faults : faults.filter(fault => fault.code !== 'crlf')
  return kept.length === 0 ? { ok: true, value, text } : { ok: false, value, text, faults: kept }
}

function refused(text: string, fault: JsonFault): ParsedJson {
  return { ok: false, value: undefined, text, faults: [fault] }
}

/** Returns the place of each JSON pointer in `pointers` that `text` holds; for a member, the place of its key. */
export function locatePointers(text: string, pointers: ReadonlySet<string>): Map<string, Place> {
  const places = new Map<string, Place>()
  const mark = (pointer: string, line: number, character: number): void => {
    if (pointers.has(pointer)) places.set(pointer, { line: line + 1, column: character + 1 })
  }
  const markItem = (path: () => (string | number)[], line: number, character: number): void => {
    const segments = path()
    if (typeof segments.at(-1) === 'number') mark(jsonPointer(segments), line, character)
  }
  visit(
    text,
    {
      onObjectProperty: (name, _offset, _length, line, character, path) =>
        mark(jsonPointer([...path(), name]), line, character),
      onObjectBegin: (_offset, _length, line, character, path) => void markItem(path, line, character),
      onArrayBegin: (_offset, _length, line, character, path) => void markItem(path, line, character),
      onLiteralValue: (_value, _offset, _length, line, character, path) => markItem(path, line, character),
    },
    { disallowComments: true },
  )
  if (pointers.has('')) places.set('', { line: 1, column: 1 })
  return places
}

/** Joins segments to a JSON pointer (RFC 6901). */
export function jsonPointer(segments: readonly (string | number)[]): string {
  return segments.map(segment => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

const TOO_DEEP = `nested too deeply (want at most ${MAX_DEPTH} levels)`

/** In canonical text, what stands inside `MAX_DEPTH` brackets begins a line with this. */
const DEEP_INDENT = `\n${'  '.repeat(MAX_DEPTH)}`

/** Returns the offset of the first bracket that opens a level below `MAX_DEPTH`, or -1. */
function tooDeepAt(text: string): number {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]
    if (inString) {
      if (unit === '\\') at += 1
      else inString = unit !== '"' && unit !== '\n'
    } else if (unit === '"') inString = true
    else if (unit === '{' || unit === '[') {
      depth += 1
      if (depth > MAX_DEPTH) return at
    } else if (unit === '}' || unit === ']') depth -= 1
  }
  return -1
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

function findFaults(text: string, parsed: boolean): JsonFault[] {
  const faults: JsonFault[] = []
  const place = placesIn(text)
  const add = (code: JsonFaultCode, offset: number, message: string, pointer = ''): void => {
    faults.push({ code, pointer, message, ...place(offset) })
  }
  if (text.charCodeAt(0) === 0xfeff)
    add('byte_order_mark', 0, 'the file begins with a byte-order mark (want none)')
  const crlf = text.indexOf('\r\n')
  if (crlf !== -1) add('crlf', crlf, 'line ends are CRLF (want LF); line endings changed on the way here')

  const body = faults.some(fault => fault.code === 'byte_order_mark') ? ` ${text.slice(1)}` : text
  const errors: { error: ParseErrorCode; offset: number; length: number }[] = []
  const tree = parseTree(body, errors, {
    disallowComments: true,
    allowTrailingComma: false,
    allowEmptyContent: false,
  })
  if (tree !== undefined) {
    for (const node of duplicateKeys(tree)) {
      add(
        'duplicate_key',
        node.offset,
        `key ${quote(node.value)} stands twice in one object`,
        keyPointer(node),
      )
    }
  }
  const first = errors[0]
  const end = tree === undefined ? -1 : tree.offset + tree.length
  const rest = tree === undefined ? -1 : body.slice(end).search(/[^ \t\r\n]/)
  if (first !== undefined && first.offset >= end && rest !== -1) {
    add('trailing_text', end + rest, 'text follows the document (want one document, then one newline)')
  } else if (first !== undefined) {
    const what = body.trim() === '' ? 'the file is empty' : printParseErrorCode(first.error)
    add('not_json', first.offset, `not JSON: ${what}`)
  } else if (!parsed && !faults.some(fault => fault.code === 'byte_order_mark')) {
    add('not_json', 0, 'not JSON')
  }
  return faults.sort((a, b) => a.line - b.line || a.column - b.column)
}

function* duplicateKeys(root: Node): Generator<Node> {
  const open: Node[] = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const children = node.children ?? []
    if (node.type === 'object') {
      const seen = new Set<string>()
      for (const property of children) {
        const key = property.children?.[0]
        if (key === undefined) continue
        if (seen.has(key.value)) yield key
        seen.add(key.value)
      }
    }
    for (let i = children.length - 1; i >= 0; i--) open.push(children[i]!)
  }
}

function keyPointer(key: Node): string {
  return jsonPointer(getNodePath(key.parent?.children?.[1] ?? key))
}

/** Names the first place where `text` is not its canonical form, given as its `lines`. */
function notCanonical(text: string, lines: string | undefined): JsonFault {
  if (lines === undefined) {
    const message = 'not in canonical form, which would be too long to be made'
    return { code: 'not_canonical', pointer: '', message, line: 1, column: 1 }
  }
  const canonical = `${lines}\n`
  let at = 0
  while (at < text.length && text[at] === canonical[at]) at += 1
  const want = canonical.slice(at, at + 24)
  const got = text.slice(at, at + 24)
  const sameMembers = text.length === canonical.length && sortLines(text) === sortLines(canonical)
  const message = sameMembers
    ? `members are not in canonical order: names that are whole numbers come first, ascending (want ${quote(want)}, got ${quote(got)})`
    : `not in canonical form, two-space JSON with one newline at the end (want ${quote(want)}, got ${quote(got)})`
  return { code: sameMembers ? 'key_order' : 'not_canonical', pointer: '', message, ...placeAt(text, at) }
}

function sortLines(text: string): string {
  return text.replaceAll(/,$/gm, '').split('\n').sort().join('\n')
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
