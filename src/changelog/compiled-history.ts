// A changelog as one buffer that every thread may read: its bytes as they were sealed, and where the lines of each
// entry stand among them. Made by the thread that loads a registry. Only as much of a line is read here as says whose
// it is, since a log may have a million lines; the rest is judged when a line is shown (history.ts).
//
//   key     `acme","repo":"app"` or, of a line on the organisation itself, `acme"`: as it stands in the line
//   line    where it begins · where its key begins · the line before it that has the same key
//   slot    hash of a folded key · its last line plus one; open addressing, never more than half full

import { renderDiagnostic } from '../core/diagnostic.ts'
import { hashFolded } from '../registry/name-table.ts'
import { foldCode } from '../registry/text-column.ts'
import { checkChangelog } from './changelog.ts'

/** Views on a compiled changelog; lines count from 0. */
export interface CompiledHistory {
  readonly bytes: Uint8Array
  /** Where each line begins, and one more. */
  readonly starts: Uint32Array
  readonly keys: Uint32Array
  readonly keyLengths: Uint8Array
  /** The line before, with the same key, plus one; 0 for the first. */
  readonly earlier: Uint32Array
  readonly slots: Uint32Array
  /** Why the log is not believed; it has no lines then. */
  readonly fault: string | undefined
}

const LF = 0x0a
const QUOTE = 0x22
const CLOSING_BRACE = 0x7d
const WORD = 4
const HEADER_WORDS = 4

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const TIMESTAMP = latin1('{"timestamp":"')
const ACTION = latin1('","action":"')
const OWNER = latin1('","owner":"')
const REPO = latin1('","repo":"')
const ACTION_AT = TIMESTAMP.length + '2026-01-31T23:59:59Z'.length
const MAX_WORD = 100

const NAME = /^[A-Za-z0-9._-]{1,100}$/
const IN_NAMES = new Uint8Array(256)
for (const byte of latin1('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-'))
  IN_NAMES[byte] = 1

/** Compiles a changelog. Never throws: a log of which a line cannot be placed has a fault instead of lines. */
export function compileHistory(log: Uint8Array, file: string): SharedArrayBuffer {
  const { buffer, views } = allocate(countLines(log), log)
  for (let line = 0, start = 0; start < log.byteLength; line++) {
    const end = log.indexOf(LF, start)
    const key = end === -1 || log[end - 1] !== CLOSING_BRACE ? undefined : findKey(log, start)
    if (key === undefined) return refuse(log.subarray(start, end === -1 ? undefined : end + 1), file, line)
    views.starts[line + 1] = end + 1
    addLine(views, line, key)
    start = end + 1
  }
  return buffer
}

/** Opens what `compileHistory` made; nothing is copied. */
export function openCompiledHistory(buffer: SharedArrayBuffer): CompiledHistory {
  const [lines, slots, bytes, faulty] = [...new Uint32Array(buffer, 0, HEADER_WORDS)] as [
    ...[number, number, number, number],
  ]
  const views = viewsOf(buffer, lines, slots, bytes)
  return { ...views, fault: faulty === 0 ? undefined : Buffer.from(views.bytes).toString() }
}

/** Returns the last line that has the key of a repository, or of an organisation itself; -1 for none. */
export function findLastLine(history: CompiledHistory, org: string, repo?: string): number {
  // What is no name could be spelled to be read as another key.
  if (!NAME.test(org) || (repo !== undefined && !NAME.test(repo))) return -1
  const key = latin1(`${repo === undefined ? org : `${org}","repo":"${repo}`}"`)
  const slot = findSlot(history, hashFolded(key, 0, key.length), key, 0, key.length)
  return history.slots[slot * 2 + 1]! - 1
}

type Views = Omit<CompiledHistory, 'fault'>

function countLines(log: Uint8Array): number {
  let count = 0
  for (let at = log.indexOf(LF); at !== -1; at = log.indexOf(LF, at + 1)) count += 1
  return count
}

function allocate(lines: number, bytes: Uint8Array): { buffer: SharedArrayBuffer; views: Views } {
  let slots = 2
  while (slots < lines * 2) slots *= 2
  const words = HEADER_WORDS + 3 * lines + 1 + 2 * slots
  const buffer = new SharedArrayBuffer(words * WORD + lines + bytes.byteLength)
  new Uint32Array(buffer, 0, HEADER_WORDS).set([lines, slots, bytes.byteLength])
  const views = viewsOf(buffer, lines, slots, bytes.byteLength)
  views.bytes.set(bytes)
  return { buffer, views }
}

function viewsOf(buffer: SharedArrayBuffer, lines: number, slots: number, length: number): Views {
  let at = HEADER_WORDS * WORD
  const take = (bytes: number): number => {
    at += bytes
    return at - bytes
  }
  return {
    starts: new Uint32Array(buffer, take((lines + 1) * WORD), lines + 1),
    keys: new Uint32Array(buffer, take(lines * WORD), lines),
    earlier: new Uint32Array(buffer, take(lines * WORD), lines),
    slots: new Uint32Array(buffer, take(slots * 2 * WORD), slots * 2),
    keyLengths: new Uint8Array(buffer, take(lines), lines),
    bytes: new Uint8Array(buffer, take(length), length),
  }
}

/** What is wrong is told by the grammar itself, which knows every way in which a line can be. */
function refuse(lineBytes: Uint8Array, file: string, line: number): SharedArrayBuffer {
  const [fault] = checkChangelog(lineBytes, file)
  const text = fault === undefined ? `${file}:${line + 1}` : renderDiagnostic({ ...fault, line: line + 1 })
  const { buffer } = allocate(0, Buffer.from(text))
  new Uint32Array(buffer, 0, HEADER_WORDS)[HEADER_WORDS - 1] = 1
  return buffer
}

/** Finds the key of the line that begins at `start`: `undefined` where it is not written as every line is. */
function findKey(log: Uint8Array, start: number): readonly [from: number, length: number] | undefined {
  if (!isAt(log, start, TIMESTAMP) || !isAt(log, start + ACTION_AT, ACTION)) return undefined
  const action = endOfWord(log, start + ACTION_AT + ACTION.length)
  if (!isAt(log, action, OWNER)) return undefined
  const from = action + OWNER.length
  let end = endOfWord(log, from)
  if (isAt(log, end, REPO)) end = endOfWord(log, end + REPO.length)
  return log[end] === QUOTE ? [from, end + 1 - from] : undefined
}

/** Returns where the word that begins at `from` ends: at its quotation mark, or where it is none. */
function endOfWord(log: Uint8Array, from: number): number {
  let at = from
  while (at - from < MAX_WORD && IN_NAMES[log[at]!] === 1) at += 1
  return at
}

function isAt(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false
  return true
}

function addLine(views: Views, line: number, [from, length]: readonly [number, number]): void {
  const hash = hashFolded(views.bytes, from, from + length)
  const slot = findSlot(views, hash, views.bytes, from, length)
  views.keys[line] = from
  views.keyLengths[line] = length
  views.earlier[line] = views.slots[slot * 2 + 1]!
  views.slots[slot * 2] = hash
  views.slots[slot * 2 + 1] = line + 1
}

/** Returns the slot of the key that is `length` bytes of `text`, or the empty one where it would be. */
function findSlot(
  { slots, keys, keyLengths, bytes }: Views,
  hash: number,
  text: Uint8Array,
  from: number,
  length: number,
): number {
  const mask = slots.length / 2 - 1
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const line = slots[slot * 2 + 1]! - 1
    if (line === -1) return slot
    if (slots[slot * 2] !== hash || keyLengths[line] !== length) continue
    if (isSame(bytes, keys[line]!, text, from, length)) return slot
  }
}

function isSame(bytes: Uint8Array, at: number, text: Uint8Array, from: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (foldCode(bytes[at + i]!) !== foldCode(text[from + i]!)) return false
  return true
}
