// Bytes in, a checked registry out: the one validator of the CLI, the gates, CI and the service, over exactly
// the bytes it is given. It refuses whole: a document with one bad entry is not a registry with one entry less.

import { type Diagnostic, type Place, renderDiagnostic } from '../core/diagnostic.ts'
import { HouseError } from '../core/error.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import { type JsonFaultCode, parseJson } from '../core/json.ts'
import { locateInCanonical, locatePointers } from '../core/json-pointer.ts'
import { type Frame, findFrame, readParts } from './parts.ts'
import { checkRules, OrgRules, type RuleCode, type RuleViolation } from './rules.ts'
import type { OrgEntry, RegistryDocument } from './schema.ts'

/** A broken rule with its place in the file. R1 is the text itself; R2–R10 are in rules.ts. */
export interface Violation extends Diagnostic<JsonFaultCode | RuleCode> {
  readonly rule: `R${number}`
  readonly pointer: string
}

/** The document is refused; `violations` holds every reason, in document order. */
export class RegistryError extends HouseError<'REGISTRY_INVALID' | 'REGISTRY_VERSION_UNSUPPORTED'> {
  readonly violations: readonly Violation[]

  constructor(violations: readonly Violation[]) {
    const version = violations.find(violation => violation.rule === 'R2')
    const first = version ?? violations[0]!
    const more = violations.length === 1 ? '' : ` (and ${violations.length - 1} more)`
    super(version ? 'REGISTRY_VERSION_UNSUPPORTED' : 'REGISTRY_INVALID', `${renderDiagnostic(first)}${more}`)
    this.violations = violations
  }

  override get lines(): readonly string[] {
    return this.violations.map(renderDiagnostic)
  }
}

/** Checks `bytes` against R1–R10 and returns every violation; an empty array means a registry that may be served. */
export function checkRegistry(bytes: Uint8Array, file: string): readonly Violation[] {
  return read(bytes, { file, take: () => {} }).violations
}

/** Parses `bytes` into a registry that satisfies R1–R10. Throws `REGISTRY_INVALID` or `REGISTRY_VERSION_UNSUPPORTED`. */
export function parseRegistry(bytes: Uint8Array, file: string): RegistryDocument {
  const orgs: [name: string, org: OrgEntry][] = []
  const frame = readRegistry(bytes, { file, take: (name, org) => orgs.push([name, org]) })
  return { ...frame, orgs: Object.fromEntries(orgs) }
}

/** How a registry is read, organisation by organisation. */
export interface Reader {
  /** What violations call it. */
  readonly file: string
  /** Takes each organisation, in order; for nothing if the registry turns out to be none. */
  readonly take: (name: string, org: OrgEntry) => void
  readonly giveWay?: GiveWay
}

/**
 * Reads a registry that satisfies R1–R10 and returns the document; its organisations were handed out. Throws
 * `REGISTRY_INVALID` or `REGISTRY_VERSION_UNSUPPORTED`.
 */
export function readRegistry(bytes: Uint8Array, reader: Reader): Omit<RegistryDocument, 'orgs'> {
  const { document, violations } = read(bytes, reader)
  if (violations.length > 0) throw new RegistryError(violations)
  return document as RegistryDocument
}

interface Reading {
  readonly document: unknown
  readonly violations: readonly Violation[]
}

function read({ buffer, byteOffset, byteLength }: Uint8Array, reader: Reader): Reading {
  const bytes = Buffer.from(buffer, byteOffset, byteLength)
  const frame = findFrame(bytes)
  const sound = frame !== undefined && checkRules(frame.members).length === 0
  const inParts = sound ? readInParts(bytes, frame, reader) : undefined
  if (inParts !== undefined) return inParts
  // What is wrong with the text, or with its frame, is told of the whole.
  const whole = readWhole(bytes, reader.file)
  if (whole.violations.length > 0) return whole
  if (sound) throw new Error(`${reader.file}: a registry, and not one when it is read in parts`)
  for (const [name, org] of Object.entries((whole.document as RegistryDocument).orgs)) reader.take(name, org)
  return whole
}

/** Reads a registry in parts; `undefined` where its text is not one that can be read so. */
function readInParts(
  bytes: Buffer,
  frame: Frame,
  { file, take, giveWay = goOn }: Reader,
): Reading | undefined {
  const rules = new OrgRules()
  const violations: Violation[] = []
  const lineAt = lineCounter(bytes, giveWay)
  const whole = readParts(bytes, frame, ({ orgs, begin }) => {
    const known = rules.violations.length
    for (const name of Object.keys(orgs)) {
      rules.check(name, orgs[name])
      if (rules.violations.length === 0) take(name, orgs[name] as OrgEntry)
    }
    if (rules.violations.length > known) {
      const places = (pointers: ReadonlySet<string>): Map<string, Place> =>
        locateInCanonical({ orgs }, pointers)
      // In a document of its own the part would begin in the third line.
      const down = lineAt(begin) + 1 - 3
      for (const violation of placed(rules.violations.slice(known), file, places, down)) {
        violations.push(violation)
      }
    }
    giveWay()
  })
  return whole ? { document: frame.members, violations: inOrder(violations) } : undefined
}

function readWhole(bytes: Buffer, file: string): Reading {
  const json = parseJson(bytes, { canonical: true })
  const violations: Violation[] = []
  if (!json.ok) {
    for (const { code, pointer, message, line, column } of json.faults) {
      violations.push({ severity: 'error', rule: 'R1', code, message, file, line, column, pointer })
    }
  }
  const broken = json.value === undefined ? [] : checkRules(json.value)
  const places = (pointers: ReadonlySet<string>): Map<string, Place> =>
    json.ok ? locateInCanonical(json.value, pointers) : locatePointers(json.text, pointers)
  return { document: json.value, violations: inOrder(violations.concat(placed(broken, file, places))) }
}

/** Places what is broken in its file, `down` lines below where it is found. */
function placed(
  broken: readonly RuleViolation[],
  file: string,
  find: (pointers: ReadonlySet<string>) => Map<string, Place>,
  down = 0,
): Violation[] {
  if (broken.length === 0) return []
  const places = find(new Set(broken.map(({ pointer }) => pointer)))
  return broken.map(({ rule, code, pointer, message }) => {
    const { line, column } = places.get(pointer) ?? { line: 1, column: 1 }
    return { severity: 'error', rule, code, message, file, line: line + down, column, pointer }
  })
}

function inOrder(violations: Violation[]): readonly Violation[] {
  return violations.sort((a, b) => a.line - b.line || a.column - b.column)
}

const LINE_FEED = 0x0a

/** As many bytes are looked at before others may have the core. */
const COUNTED_AT_ONCE = 64 * 1024

/** Returns what tells the line of an offset; each is at least as large as the one before. */
function lineCounter(bytes: Buffer, giveWay: GiveWay): (offset: number) => number {
  let line = 1
  let at = 0
  return offset => {
    for (; at < offset; at++) {
      if (bytes[at] === LINE_FEED) line += 1
      if (at % COUNTED_AT_ONCE === 0) giveWay()
    }
    return line
  }
}
