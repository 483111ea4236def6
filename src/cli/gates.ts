// The gates a registry has to pass, each over exactly the bytes it is given: the rules, the changelog, the one against
// the other, the pin and its seal, the pin against what is there, and all of it against an earlier state. Every gate
// tells all its faults; one that cannot be carried out is a fault itself, never a pass.

import { relative } from 'node:path'
import { isOwn } from '../changelog/change.ts'
import { scanChangelog } from '../changelog/changelog.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { blobSha } from '../core/digest.ts'
import { CHANGELOG, WORKING_COPY } from '../publish/layout.ts'
import { checkRegistry } from '../registry/parse.ts'
import type { PinnedSeal } from '../seal/pin.ts'
import { type FaultCode, fault } from './gate-fault.ts'
import { checkPair, type PairFiles } from './gate-pair.ts'
import { checkDrift, checkPinned, checkSuccession, type PinWanted, readPin } from './gate-pin.ts'
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

export interface GateRequest {
  readonly home: string
  /** The top folder of the repository, with every link resolved; `null` outside one. */
  readonly top: string | null
  /** A git ref whose log this one has to extend, and from whose registry it has to lead to this one. */
  readonly against?: string
  readonly pin: PinWanted
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
  gates.push(gate('pin', checkPinned(pinned, pin)))
  if (pair !== undefined && pinned.seal?.payload)
    gates.push(gate('drift', checkDrift(pinned.seal, pin, pair, files)))
  if (against !== undefined)
    gates.push(gate('against', await checkAgainst({ top, prefix, against, pin, files }, pair, pinned.seal)))
  return gates
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

interface Comparison {
  readonly top: string | null
  readonly prefix: string
  readonly against: string
  readonly pin: PinWanted
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
  const served = (await readPin(base)).seal
  return [
    ...checkPair({ registry, changelog }, pair, files, against),
    ...(served && seal ? checkSuccession({ ...served, label: against }, seal, pin, files.registry) : []),
  ]
}
