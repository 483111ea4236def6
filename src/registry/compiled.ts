// A registry as one buffer that every thread may read and nobody writes again: made once by the thread that loads it (compile.ts),
// served by those that answer. The heap of a serving thread stays almost empty, whatever the size of the registry.
//
//   ┌────────┬──────────┬──────────┬───┐
//   │ header │ section  │ section  │ … │     header: for each section its offset and length, in bytes
//   └────────┴──────────┴──────────┴───┘     sections begin at multiples of eight; numbers are 32 bits wide
//
//   of each entry        its answer's text · its folded name `org/repo` · flags
//   of each organisation its text · its folded name · its folded telemetry repository · its first entry · four counts
//                        · a digest of all of that and of its entries
//   over both            a hash table of the folded names
//   of all               four counts

import { type IsName, NameTable } from './name-table.ts'
import type { RepoEntry } from './schema.ts'
import { TextColumn } from './text-column.ts'

/** Bits of an entry's flags. The lower two choose one of an organisation's four counts. */
export const DISABLED = 1
export const PRODUCTION = 2
export const ASCII = 4

/** Counts of an organisation: one for each value of the lower two flags. */
export const COUNTS = 4

/** Bytes of an organisation's digest: enough to tell two states of one organisation apart, and they are only that. */
export const ORG_DIGEST_BYTES = 8

/** In the order in which they lie. */
export const SECTIONS = [
  ...['entryTexts', 'entryTextOffsets', 'entryNames', 'entryNameOffsets', 'entryFlags', 'entrySlots'],
  ...['orgTexts', 'orgTextOffsets', 'orgNames', 'orgNameOffsets', 'orgTargets', 'orgTargetOffsets'],
  ...['orgFirsts', 'orgCounts', 'orgDigests', 'orgSlots', 'counts'],
] as const
export type Section = (typeof SECTIONS)[number]

export const WORD = 4
export const ALIGNMENT = 8
export const HEADER_BYTES = SECTIONS.length * 2 * WORD

/** Views on a compiled registry; positions are in registry order. */
export interface Compiled {
  readonly entryTexts: TextColumn
  readonly entryNames: TextColumn
  readonly entryFlags: Uint8Array
  readonly entryTable: NameTable
  readonly orgTexts: TextColumn
  readonly orgNames: TextColumn
  readonly orgTargets: TextColumn
  /** The position of each organisation's first entry, and one more. */
  readonly orgFirsts: Uint32Array
  readonly orgCounts: Uint32Array
  /** `ORG_DIGEST_BYTES` of each organisation. */
  readonly orgDigests: Buffer
  readonly orgTable: NameTable
  /** Of all organisations together. */
  readonly counts: Uint32Array
}

/** Opens what `compileRegistry` made; nothing is copied. */
export function openCompiled(buffer: SharedArrayBuffer): Compiled {
  const header = new Uint32Array(buffer, 0, SECTIONS.length * 2)
  const placeOf = (section: Section): [offset: number, bytes: number] => {
    const at = SECTIONS.indexOf(section) * 2
    return [header[at]!, header[at + 1]!]
  }
  const bytes = (section: Section): Buffer => Buffer.from(buffer, ...placeOf(section))
  const words = (section: Section): Uint32Array => {
    const [offset, length] = placeOf(section)
    return new Uint32Array(buffer, offset, length / WORD)
  }
  const column = (name: Section, offsets: Section): TextColumn => new TextColumn(bytes(name), words(offsets))
  const entryTexts = column('entryTexts', 'entryTextOffsets')
  const entryNames = column('entryNames', 'entryNameOffsets')
  const orgNames = column('orgNames', 'orgNameOffsets')
  return {
    entryTexts,
    entryNames,
    entryFlags: bytes('entryFlags'),
    entryTable: new NameTable(words('entrySlots'), entryNamed(entryTexts)),
    orgTexts: column('orgTexts', 'orgTextOffsets'),
    orgNames,
    orgTargets: column('orgTargets', 'orgTargetOffsets'),
    orgFirsts: words('orgFirsts'),
    orgCounts: words('orgCounts'),
    orgDigests: bytes('orgDigests'),
    orgTable: new NameTable(words('orgSlots'), (position, parts) => orgNames.isFolded(position, parts)),
    counts: words('counts'),
  }
}

/** The text of an entry begins with `"org":"acme","repo":"app"`. */
const TO_ORG = '"org":"'.length
const TO_REPO = '","repo":"'.length

/**
 * Tells entries by their texts and not by their names: whoever looks an entry up wants its text next, and waits for that
 * part of the memory once.
 */
export function entryNamed(texts: TextColumn): IsName {
  return (position, parts) => {
    if (parts.length !== 2) return false
    const orgEnd = texts.foldedEnd(position, TO_ORG, parts[0]!)
    return orgEnd !== -1 && texts.foldedEnd(position, orgEnd + TO_REPO, parts[1]!) !== -1
  }
}

/** Returns the lower two flags of an entry. */
export function kindOf({ state, context }: Pick<RepoEntry, 'state' | 'context'>): number {
  return (state === 'disabled' ? DISABLED : 0) | (context === 'production' ? PRODUCTION : 0)
}
