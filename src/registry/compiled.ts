// A registry as one buffer that every thread may read and nobody writes again: made once by the thread that loads it,
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

import { sha256 } from '../core/digest.ts'
import { buildSlots, type IsName, NameTable } from './name-table.ts'
import { foldName } from './names.ts'
import type { RegistryDocument, RepoEntry } from './schema.ts'
import { TextColumn, TextColumnWriter, type TextParts } from './text-column.ts'

/** Bits of an entry's flags. The lower two choose one of an organisation's four counts. */
export const DISABLED = 1
export const PRODUCTION = 2
export const ASCII = 4

/** Counts of an organisation: one for each value of the lower two flags. */
export const COUNTS = 4

/** Bytes of an organisation's digest: enough to tell two states of one organisation apart, and they are only that. */
export const ORG_DIGEST_BYTES = 8

const SECTIONS = [
  ...['entryTexts', 'entryTextOffsets', 'entryNames', 'entryNameOffsets', 'entryFlags', 'entrySlots'],
  ...['orgTexts', 'orgTextOffsets', 'orgNames', 'orgNameOffsets', 'orgTargets', 'orgTargetOffsets'],
  ...['orgFirsts', 'orgCounts', 'orgDigests', 'orgSlots', 'counts'],
] as const
type Section = (typeof SECTIONS)[number]

const WORD = 4
const ALIGNMENT = 8
const HEADER_BYTES = SECTIONS.length * 2 * WORD

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

/** Compiles a registry that has passed R1–R10. */
export function compileRegistry({ orgs }: Pick<RegistryDocument, 'orgs'>): SharedArrayBuffer {
  const all = Object.entries(orgs)
  const entryCount = all.reduce((sum, [, { repos }]) => sum + Object.keys(repos).length, 0)
  const entryTexts = new TextColumnWriter(entryCount, 256)
  const entryNames = new TextColumnWriter(entryCount)
  const entryFlags = new Uint8Array(entryCount)
  const orgTexts = new TextColumnWriter(all.length, 128)
  const orgNames = new TextColumnWriter(all.length)
  const orgTargets = new TextColumnWriter(all.length)
  const orgFirsts = new Uint32Array(all.length + 1)
  const orgCounts = new Uint32Array(all.length * COUNTS)
  const counts = new Uint32Array(COUNTS)

  let entry = 0
  for (const [at, [org, { telemetry_repo, repos }]] of all.entries()) {
    orgTexts.add(membersOf({ org, telemetry_repo }))
    orgNames.add(foldName(org))
    orgTargets.add(foldName(telemetry_repo))
    for (const [repo, { state, context, process, reason }] of Object.entries(repos)) {
      const ascii = entryTexts.add(membersOf({ org, repo, state, context, telemetry_repo, process, reason }))
      entryNames.add(foldName(`${org}/${repo}`))
      const kind = kindOf({ state, context })
      entryFlags[entry] = kind | (ascii ? ASCII : 0)
      orgCounts[at * COUNTS + kind]! += 1
      counts[kind]! += 1
      entry += 1
    }
    orgFirsts[at + 1] = entry
  }
  const texts = { entry: entryTexts.finish(), name: entryNames.finish() }
  const own = { text: orgTexts.finish(), name: orgNames.finish(), target: orgTargets.finish() }
  return pack({
    ...{ entryTexts: texts.entry.bytes, entryTextOffsets: texts.entry.offsets },
    ...{ entryNames: texts.name.bytes, entryNameOffsets: texts.name.offsets },
    ...{ entryFlags, entrySlots: buildSlots(texts.name) },
    ...{ orgTexts: own.text.bytes, orgTextOffsets: own.text.offsets },
    ...{ orgNames: own.name.bytes, orgNameOffsets: own.name.offsets },
    ...{ orgTargets: own.target.bytes, orgTargetOffsets: own.target.offsets },
    ...{ orgFirsts, orgCounts, orgDigests: digestOrgs(own.text, texts.entry, orgFirsts) },
    ...{ orgSlots: buildSlots(own.name), counts },
  })
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

/**
 * Digests each organisation, with everything that is registered in it, in its order. The text of an entry names its
 * organisation and telemetry repository, so that of the organisation itself is needed only where there is none.
 */
function digestOrgs(orgs: TextParts, entries: TextParts, firsts: Uint32Array): Uint8Array {
  const digests = Buffer.alloc((firsts.length - 1) * ORG_DIGEST_BYTES)
  for (let at = 0; at + 1 < firsts.length; at++) {
    const [from, to] = [firsts[at]!, firsts[at + 1]!]
    const text =
      from === to
        ? orgs.bytes.subarray(orgs.offsets[at], orgs.offsets[at + 1])
        : entries.bytes.subarray(entries.offsets[from], entries.offsets[to])
    digests.write(sha256(text), at * ORG_DIGEST_BYTES, ORG_DIGEST_BYTES, 'hex')
  }
  return digests
}

/** The members of a JSON object, without its braces. */
function membersOf(object: object): string {
  return JSON.stringify(object).slice(1, -1)
}

function pack(sections: Readonly<Record<Section, Uint8Array | Uint32Array>>): SharedArrayBuffer {
  let size = HEADER_BYTES
  const places = SECTIONS.map(name => {
    const offset = align(size)
    const { buffer, byteOffset, byteLength } = sections[name]
    size = offset + byteLength
    return { offset, data: new Uint8Array(buffer, byteOffset, byteLength) }
  })
  const compiled = new SharedArrayBuffer(align(size))
  const header = new Uint32Array(compiled, 0, SECTIONS.length * 2)
  const whole = new Uint8Array(compiled)
  for (const [i, { offset, data }] of places.entries()) {
    header.set([offset, data.byteLength], i * 2)
    whole.set(data, offset)
  }
  return compiled
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}
