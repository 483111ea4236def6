// What is wrong with a text that is no canonical JSON, and where: for one that was refused already, so it may take its
// time.

import { type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser'
import { placeAt, placesIn, quote } from './diagnostic.ts'
import { addToHash, HASH_BASIS, mixHash } from './hash.ts'
import type { JsonFault, JsonFaultCode } from './json.ts'
import { jsonPointer } from './json-pointer.ts'

/** Returns the offset of the first bracket that opens a level below `most`, or -1. */
export function tooDeepAt(text: string, most: number): number {
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
      if (depth > most) return at
    } else if (unit === '}' || unit === ']') depth -= 1
  }
  return -1
}

/**
 * Returns every fault of a text; `parsed` tells whether `JSON.parse` took it. The text is read from end to end and no
 * tree is made of it: that of a large one would take twenty times its room.
 */
export function findFaults(text: string, parsed: boolean): JsonFault[] {
  const found: (Omit<JsonFault, 'line' | 'column'> & { readonly offset: number })[] = []
  const add = (code: JsonFaultCode, offset: number, message: string, pointer = ''): void => {
    found.push({ code, offset, message, pointer })
  }
  const marked = text.charCodeAt(0) === 0xfeff
  if (marked) add('byte_order_mark', 0, 'the file begins with a byte-order mark (want none)')
  const crlf = text.indexOf('\r\n')
  if (crlf !== -1) add('crlf', crlf, 'line ends are CRLF (want LF); line endings changed on the way here')

  const body = marked ? ` ${text.slice(1)}` : text
  const { duplicates, firstError, end } = readThrough(body)
  for (const { name, offset, pointer } of duplicates) {
    add('duplicate_key', offset, `key ${quote(name)} stands twice in one object`, pointer)
  }
  const rest = end === undefined ? -1 : body.slice(end).search(/[^ \t\r\n]/)
  if (firstError !== undefined && end !== undefined && firstError.offset >= end && rest !== -1) {
    add('trailing_text', end + rest, 'text follows the document (want one document, then one newline)')
  } else if (firstError !== undefined) {
    const what = body.trim() === '' ? 'the file is empty' : printParseErrorCode(firstError.code)
    add('not_json', firstError.offset, `not JSON: ${what}`)
  } else if (!parsed && !marked) {
    add('not_json', 0, 'not JSON')
  }
  if (found.length === 0) return []
  const place = placesIn(text)
  return found
    .map(({ offset, ...fault }) => ({ ...fault, ...place(offset) }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

interface Duplicate {
  readonly name: string
  readonly offset: number
  readonly pointer: string
}

interface Reading {
  /** Keys that stand in their object for a second time, or a third. */
  readonly duplicates: readonly Duplicate[]
  readonly firstError: { readonly code: ParseErrorCode; readonly offset: number } | undefined
  /** Where the document ends, if it does. */
  readonly end: number | undefined
}

function readThrough(text: string): Reading {
  const duplicates: Duplicate[] = []
  /** The keys of each object that is open; nothing for an array. */
  const open: (Set<string> | undefined)[] = []
  let firstError: Reading['firstError']
  let end: number | undefined
  const close = (offset: number, length: number): void => {
    open.pop()
    if (open.length === 0) end ??= offset + length
  }
  visit(
    text,
    {
      onObjectBegin: () => void open.push(new Set()),
      onArrayBegin: () => void open.push(undefined),
      onObjectEnd: close,
      onArrayEnd: close,
      onObjectProperty: (name, offset, _length, _line, _character, path) => {
        const keys = open.at(-1)!
        if (keys.has(name)) duplicates.push({ name, offset, pointer: jsonPointer([...path(), name]) })
        keys.add(name)
      },
      onLiteralValue: (_value, offset, length) => {
        if (open.length === 0) end ??= offset + length
      },
      onError: (code, offset) => {
        firstError ??= { code, offset }
      },
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  )
  return { duplicates, firstError, end }
}

const LINE_FEED = 0x0a
const COMMA = 0x2c

/** Names the first place where `text` is not its canonical form, given as its `lines`. */
export function notCanonical(text: string, lines: string | undefined): JsonFault {
  if (lines === undefined) {
    const message = 'not in canonical form, which would be too long to be made'
    return { code: 'not_canonical', pointer: '', message, line: 1, column: 1 }
  }
  const canonical = `${lines}\n`
  let at = 0
  while (at < text.length && text[at] === canonical[at]) at += 1
  const want = canonical.slice(at, at + 24)
  const got = text.slice(at, at + 24)
  const sameMembers = text.length === canonical.length && sumOfLines(text) === sumOfLines(canonical)
  const message = sameMembers
    ? `members are not in canonical order: names that are whole numbers come first, ascending (want ${quote(want)}, got ${quote(got)})`
    : `not in canonical form, two-space JSON with one newline at the end (want ${quote(want)}, got ${quote(got)})`
  return { code: sameMembers ? 'key_order' : 'not_canonical', pointer: '', message, ...placeAt(text, at) }
}

/** Adds up the hashes of the lines, each without the comma that ends it: their order does not matter to the sum. */
function sumOfLines(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) {
    let hash = HASH_BASIS
    for (
      let unit = text.charCodeAt(at);
      at < text.length && unit !== LINE_FEED;
      unit = text.charCodeAt(++at)
    ) {
      if (unit !== COMMA || text.charCodeAt(at + 1) !== LINE_FEED) hash = addToHash(hash, unit)
    }
    // Mixed, or what two lines end with would cancel out.
    sum = (sum + mixHash(hash)) | 0
  }
  return sum
}
