// The gates a registry has to pass, each over exactly the bytes it is given: the rules, the changelog, the one against
// the other, the pin and its seal, the pin against what is there, and all of it against an earlier state. Every gate
// tells all its faults; one that cannot be carried out is a fault itself, never a pass.

import { relative } from 'node:path'
import { isOwn } from '../changelog/change.ts'
import { scanChangelog } from '../changelog/changelog.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { blobSha } from '../core/digest.ts'
import { locatePointers } from '../core/json-pointer.ts'
import { checkConsistency } from '../edit/consistency.ts'
import { checkLogExtends } from '../edit/extends.ts'
import type { Discrepancy } from '../edit/replay.ts'
import { CHANGELOG, CHANGELOG_SNAPSHOT, REGISTRY_ID, WORKING_COPY } from '../publish/layout.ts'
import { measureBytes } from '../publish/registry-run.ts'
import { refuseChange } from '../registry/mass-change.ts'
import { checkRegistry, parseRegistry, RegistryError } from '../registry/parse.ts'
import type { RegistryDocument } from '../registry/schema.ts'
import { SealError, type SealFault } from '../seal/fault.ts'
import type { PinnedSeal } from '../seal/pin.ts'
import { POINTER_PATH } from '../seal/pointer.ts'
import { PointerError, type PointerFault } from '../seal/pointer-fault.ts'
import { readPinnedSeal } from './drift.ts'
import { commitSource, type Pair, type Source, SourceError, workingSource } from './source.ts'

/** The verdict of one gate: `ok` where no fault is an error. */
export interface Gate {
  readonly name: GateName
  readonly ok: boolean
  readonly faults: readonly Diagnostic[]
}

/** The gates, in the order they are told. */
const GATE_NAMES = ['registry', 'changelog', 'log', 'pin', 'drift', 'against'] as const
export type GateName = (typeof GATE_NAMES)[number]

/** What a gate finds itself; what it hands on keeps its own code. */
export const GATE_CODES = [
  'GATE_DRIFT',
  'GATE_NO_REPOSITORY',
  'GATE_BASE_MISSING',
  'GATE_NOT_COMPARED',
  'GATE_MASS_CHANGE',
  'GATE_SERIAL_NOT_RISEN',
] as const
type FaultCode =
  | (typeof GATE_CODES)[number]
  | Discrepancy['code']
  | PointerFault['code']
  | SealFault['code']
  | SourceError['code']

export interface GateRequest {
  readonly home: string
  /** The top folder of the repository, with every link resolved; `null` outside one. */
  readonly top: string | null
  /** A git ref whose log this one has to extend, and from whose registry it has to lead to this one. */
  readonly against?: string
  /** `required`: there is a pin, and it agrees with the registry; `optional`: a pin that is there is sound. */
  readonly pin: 'required' | 'optional'
  /** What is judged: the working copy, unless another source is given. */
  readonly source?: Source
}

/** Runs every gate that applies and returns them all. Throws `SOURCE_UNKNOWN_REF`, or what keeps git from answering. */
export async function runGates(request: GateRequest): Promise<readonly Gate[]> {
  const { home, top, against, pin } = request
  const prefix = top === null ? home : relative(top, home)
  const source = request.source ?? workingSource(home, prefix)
  const files = { registry: source.nameOf(WORKING_COPY), changelog: source.nameOf(CHANGELOG) }

  const registry = await readOr(source, WORKING_COPY)
  const changelog = await readOr(source, CHANGELOG)
  const gates = [
    gate('registry', registry.fault ?? checkRegistry(registry.bytes, files.registry)),
    gate('changelog', changelog.fault ?? scanChangelog(changelog.bytes, files.changelog).faults),
  ]
  // What follows compares two sides that have each been found sound.
  const sound = gates.every(({ ok }) => ok)
  const pair = sound ? { registry: registry.bytes!, changelog: changelog.bytes! } : undefined
  if (pair !== undefined) gates.push(gate('log', checkChain(pair, files)))
  const pinned = await readPin(source)
  gates.push(...checkPin(pinned, pin, pair, files))
  if (against !== undefined)
    gates.push(gate('against', await checkAgainst({ top, prefix, against, pin, files }, pair, pinned.seal)))
  return gates
}

/** How the two files are named in a message. */
export interface PairFiles {
  readonly registry: string
  readonly changelog: string
}

/** Checks that the log of `head` extends that of `base`, and leads from its registry to this one, entry for entry. */
export function checkPair(
  base: Pair,
  head: Pair,
  files: PairFiles,
  baseLabel: string,
): readonly Diagnostic[] {
  const extended = checkLogExtends(base.changelog, head.changelog, files.changelog)
  if (extended.length > 0) return extended
  const earlier = readDocument(base.registry, `${baseLabel}:${files.registry}`)
  if ('faults' in earlier) return earlier.faults
  const known = countLines(base.changelog)
  const { lines, faults } = scanChangelog(head.changelog, files.changelog)
  if (faults.length > 0) return faults
  const found = checkConsistency(
    earlier.document,
    lines.filter(({ line }) => line > known),
    parseRegistry(head.registry, files.registry),
  )
  return found.length === 0 ? [] : place(found, head, files)
}

function readDocument(
  bytes: Uint8Array,
  file: string,
): { readonly document: RegistryDocument } | { readonly faults: readonly Diagnostic[] } {
  try {
    return { document: parseRegistry(bytes, file) }
  } catch (error) {
    if (error instanceof RegistryError) return { faults: error.violations }
    throw error
  }
}

function gate(name: GateName, faults: readonly Diagnostic[]): Gate {
  return { name, ok: faults.every(({ severity }) => severity !== 'error'), faults }
}

type Read =
  | { readonly bytes: Uint8Array; readonly fault?: undefined }
  | { readonly bytes?: undefined; readonly fault: readonly Diagnostic[] }

async function readOr(source: Source, relpath: string): Promise<Read> {
  const file = source.nameOf(relpath)
  try {
    const bytes = await source.read(relpath)
    if (bytes !== null) return { bytes }
    return { fault: [fault(file, 'SOURCE_MISSING', `${source.label}: there is no such file`)] }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return { fault: [fault(file, error.code, error.message)] }
  }
}

function fault(file: string, code: FaultCode, message: string, over: Partial<Diagnostic> = {}): Diagnostic {
  return { severity: 'error', code, message, file, line: 1, column: 1, ...over }
}

/** The lines with each other, and the last with the registry; where they begin is not known. */
function checkChain(pair: Pair, files: PairFiles): readonly Diagnostic[] {
  const { lines } = scanChangelog(pair.changelog, files.changelog)
  const faults: Diagnostic[] = []
  const got = blobSha(pair.registry)
  for (const [at, { line, change }] of lines.entries()) {
    if (!isOwn(change)) continue
    const before = lines[at - 1]?.change
    if (before !== undefined && isOwn(before) && before.registry_after !== change.registry_before) {
      const sides = `(want ${before.registry_after}, got ${change.registry_before})`
      const message = `registry_before is not what the line above led to ${sides}`
      faults.push(fault(files.changelog, 'LOG_WRONG_BEFORE', message, { line }))
    }
    if (at === lines.length - 1 && change.registry_after !== got) {
      const interrupted =
        change.registry_before === got ? '; an interrupted change, perhaps, which the next change mends' : ''
      const message = `the last line leads to another registry (want ${change.registry_after}, got ${got})${interrupted}`
      faults.push(fault(files.registry, 'LOG_WRONG_AFTER', message))
    }
  }
  return faults
}

type ReadPin =
  | { readonly seal: PinnedSeal; readonly faults?: undefined }
  | { readonly seal?: undefined; readonly faults: readonly Diagnostic[] }

async function readPin(source: Source): Promise<ReadPin> {
  try {
    return { seal: await source.verifyPin(REGISTRY_ID) }
  } catch (error) {
    return { faults: pinFaults(error, source.nameOf(POINTER_PATH)) }
  }
}

function checkPin(
  { seal, faults }: ReadPin,
  want: GateRequest['pin'],
  pair: Pair | undefined,
  files: PairFiles,
): readonly Gate[] {
  if (seal === undefined) {
    const absent = faults.every(({ code }) => ABSENT.includes(code))
    return [gate('pin', absent && want === 'optional' ? [] : faults)]
  }
  if (pair === undefined || seal.payload === null) return [gate('pin', [])]
  return [gate('pin', []), gate('drift', checkDrift(seal, want, pair, files))]
}

/** There is nothing pinned yet, which is not wrong by itself. */
const ABSENT: readonly string[] = ['POINTER_MISSING', 'POINTER_NOT_PINNED', 'POINTER_UNKNOWN']

function pinFaults(error: unknown, pointer: string): readonly Diagnostic[] {
  if (error instanceof PointerError) {
    return error.faults.map(({ code, path, message }) => fault(pointer, code, `${path}: ${message}`))
  }
  if (error instanceof SealError) {
    return error.faults.map(({ code, path, message }) =>
      fault(pointer, code, `${error.runId}/${path}: ${message}`),
    )
  }
  if (error instanceof SourceError) return [fault(pointer, error.code, error.message)]
  throw error
}

function checkDrift(
  { pin, seal, payload }: PinnedSeal,
  want: GateRequest['pin'],
  pair: Pair,
  files: PairFiles,
): readonly Diagnostic[] {
  const changelog = seal.files.get(CHANGELOG_SNAPSHOT)
  const registryDiffers = !Buffer.from(pair.registry).equals(payload!)
  const changelogDiffers = changelog !== undefined && !Buffer.from(pair.changelog).equals(changelog)
  if (!registryDiffers && !changelogDiffers) return []
  const severity = want === 'required' ? 'error' : 'warning'
  const file = registryDiffers ? files.registry : files.changelog
  const drift = fault(
    file,
    'GATE_DRIFT',
    `differs from the pinned run ${pin.runId} (next: infra finalize; after a rollback, undo it in the working copy first)`,
    {
      severity,
    },
  )
  if (changelog === undefined) return [drift]
  return [drift, ...checkPair({ registry: payload!, changelog }, pair, files, pin.runId)]
}

interface Comparison {
  readonly top: string | null
  readonly prefix: string
  readonly against: string
  readonly pin: GateRequest['pin']
  readonly files: PairFiles
}

async function checkAgainst(
  { top, prefix, against, pin, files }: Comparison,
  pair: Pair | undefined,
  seal: PinnedSeal | undefined,
): Promise<readonly Diagnostic[]> {
  const refuse = (code: FaultCode, message: string) => [fault(files.registry, code, message)]
  if (top === null)
    return refuse('GATE_NO_REPOSITORY', `${against} can be looked up in a git repository only`)
  const base = await commitSource(top, prefix, against)
  const registry = await base.read(WORKING_COPY)
  if (registry === null)
    return refuse('GATE_BASE_MISSING', `${against} has no ${files.registry} to compare with`)
  if (pair === undefined)
    return refuse('GATE_NOT_COMPARED', `not compared with ${against}: see the faults above`)
  const changelog = (await base.read(CHANGELOG)) ?? new Uint8Array()
  const served = await readPinnedSeal(base)
  const pins = served === null || seal === undefined ? [] : checkPins(served, seal, { pin, files, against })
  return [...checkPair({ registry, changelog }, pair, files, against), ...pins]
}

/** Whether services that have what `base` pins will take what is pinned here, in however many runs that was made. */
function checkPins(
  base: PinnedSeal,
  head: PinnedSeal,
  { pin, files, against }: Pick<Comparison, 'pin' | 'files' | 'against'>,
): readonly Diagnostic[] {
  const faults: Diagnostic[] = []
  const [had, has] = [base.pin.serial ?? 0, head.pin.serial ?? 0]
  const isOther = base.pin.runId !== head.pin.runId || base.pin.root !== head.pin.root
  if (has < had || (has === had && isOther)) {
    const next = `infra activate ${head.pin.runId} --serial ${had + 1} --reason '<why>'`
    const message = `the pin has serial ${has}, and that of ${against} has ${had}: services refuse it; next: ${next}`
    faults.push(fault(files.registry, 'GATE_SERIAL_NOT_RISEN', message))
  }
  const change = base.payload && head.payload ? measureBytes(base.payload, head.payload) : undefined
  const refusal = change && refuseChange(change, head.seal.run.mass_change) // P5
  if (refusal !== undefined) {
    const next = change?.verdict === 'mass' ? '; if this is meant: infra finalize --mass-change' : ''
    const message = `${head.pin.runId}, against what ${against} pins: ${refusal}${next}`
    const severity = pin === 'required' ? 'error' : 'warning'
    faults.push(fault(files.registry, 'GATE_MASS_CHANGE', message, { severity }))
  }
  return faults
}

function place(found: readonly Discrepancy[], head: Pair, files: PairFiles): readonly Diagnostic[] {
  const pointers = new Set(found.flatMap(({ pointer }) => (pointer === undefined ? [] : [pointer])))
  const places = locatePointers(Buffer.from(head.registry).toString('utf8'), pointers)
  return found.map(({ code, message, line, pointer }) => {
    if (line !== undefined) return fault(files.changelog, code, message, { line })
    return fault(files.registry, code, message, places.get(pointer ?? '') ?? {})
  })
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}
