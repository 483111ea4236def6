// What is wrong with a text that is no canonical JSON, and where: for one that was refused already, so it may take its
// time.

import { getNodePath, type Node, type ParseErrorCode, parseTree, printParseErrorCode } from 'jsonc-parser'
import { placeAt, placesIn, quote } from './diagnostic.ts'
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

/** Returns every fault of a text; `parsed` tells whether `JSON.parse` took it. */
export function findFaults(text: string, parsed: boolean): JsonFault[] {
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
  const sameMembers = text.length === canonical.length && sortLines(text) === sortLines(canonical)
  const message = sameMembers
    ? `members are not in canonical order: names that are whole numbers come first, ascending (want ${quote(want)}, got ${quote(got)})`
    : `not in canonical form, two-space JSON with one newline at the end (want ${quote(want)}, got ${quote(got)})`
  return { code: sameMembers ? 'key_order' : 'not_canonical', pointer: '', message, ...placeAt(text, at) }
}

function sortLines(text: string): string {
  return text.replaceAll(/,$/gm, '').split('\n').sort().join('\n')
}
