// A registry read a part at a time: no tree of a million entries is built to be thrown away, and between two parts
// others may have the core.
//
//   {                                 ─┐
//     "schema_version": "2.0",         │ the frame: a document without organisations
//     "orgs": {                       ─┘
//       "acme": { … },                ─┐ a part: organisations, about as many as PART_BYTES hold
//       "beta": { … },                ─┘
//       "zenith": { … }               ─  a part
//     }                               ─┐ the frame
//   }                                 ─┘
//
// Where to cut is a guess by the look of the lines, and need not be believed: the frame is compared with the canonical
// rendering of what was parsed out of it, and so is each part. Where no key stands in two of them, or before one that it
// must follow, these renderings joined are the rendering of the whole (R1). A text that is not like that is read
// otherwise, and told what is wrong with it (parse.ts).

import { parseCanonicalAt, tryDecodeUtf8 } from '../core/json.ts'
import { isMembers, type Members } from '../core/value.ts'

/** A part is as short as that, in bytes, if its organisations let it: a fraction of a millisecond's work. */
const PART_BYTES = 16 * 1024

const ORGS = '\n  "orgs": {'
const ORG = '\n    "'
const ORGS_END = '\n  }'

/** A document without its organisations, and where in the text they lie. */
export interface Frame {
  readonly members: Members
  readonly begin: number
  readonly end: number
}

/** Some organisations, whole, and where in the text their first line ends the one before. */
export interface Part {
  readonly orgs: Members
  readonly begin: number
}

/** Finds the frame of a registry; `undefined` where there is none, or no organisation in it. */
export function findFrame(bytes: Buffer): Frame | undefined {
  const found = bytes.indexOf(ORGS + ORG)
  const begin = found + ORGS.length
  const end = bytes.lastIndexOf(ORGS_END)
  if (found === -1 || end < begin) return undefined
  const before = tryDecodeUtf8(bytes.subarray(0, begin))
  const after = tryDecodeUtf8(bytes.subarray(end + ORGS_END.length - 1))
  if (before === undefined || !after?.endsWith('\n')) return undefined
  const members = parseCanonicalAt(`${before}${after.slice(0, -1)}`, 0)
  return isMembers(members) ? { members, begin, end } : undefined
}

/** Hands out the parts in order, and returns whether that was all of a canonical text; if not, the rest is kept back. */
export function readParts(
  bytes: Buffer,
  { begin, end }: Frame,
  take: (part: Part) => void,
  partBytes = PART_BYTES,
): boolean {
  const order = new KeyOrder()
  for (let at = begin; at < end; ) {
    const next = cutAfter(bytes, at + partBytes, end)
    const orgs = parsePart(tryDecodeUtf8(bytes.subarray(at, next)), next === end)
    if (orgs === undefined || !Object.keys(orgs).every(name => order.take(name))) return false
    take({ orgs, begin: at })
    at = next
  }
  return true
}

function cutAfter(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return end
  const cut = bytes.indexOf(ORG, at + 1)
  return cut === -1 || cut > end ? end : cut
}

function parsePart(text: string | undefined, last: boolean): Members | undefined {
  if (text === undefined || text.endsWith(',') === last) return undefined
  const orgs = parseCanonicalAt(`{${last ? text : text.slice(0, -1)}\n  }`, 1)
  return isMembers(orgs) ? orgs : undefined
}

const MAX_INDEX = 2 ** 32 - 2

/** Of a key that is no array index: it follows all that are. */
const NO_INDEX = Number.POSITIVE_INFINITY

/**
 * The order that `JSON.parse` gives the keys of an object, and `JSON.stringify` renders them in: array indices first,
 * ascending, then the others as they came, and none twice (ECMA-262, OrdinaryOwnPropertyKeys).
 */
class KeyOrder {
  readonly #seen = new Set<string>()
  #last = -1

  /** Tells whether `key` may stand here, after all that were taken before. */
  take(key: string): boolean {
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    const index = indexOf(key)
    const follows = index > this.#last || index === NO_INDEX
    this.#last = index
    return follows
  }
}

function indexOf(key: string): number {
  const index = /^(?:0|[1-9]\d{0,9})$/.test(key) ? Number(key) : NO_INDEX
  return index > MAX_INDEX ? NO_INDEX : index
}
