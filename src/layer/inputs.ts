// What a builder is given: one sealed run of another registry, whole and verified. It is the one that the pointer pins,
// or one that the operator names; never the newest folder, whatever it is called.

import { quote } from '../core/diagnostic.ts'
import type { Digest } from '../core/digest.ts'
import { verifyPin } from '../seal/pin.ts'
import { findEntry, parsePointers, readPointer, resolvePin } from '../seal/pointer.ts'
import { RUN_ROOT } from '../seal/pointer-entry.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { type Seal, verifySeal } from '../seal/verify.ts'
import { checkRegistryFiles } from './artifacts.ts'
import { LayerError } from './error.ts'
import { REGISTRIES, type Registry } from './registries.ts'

/** A verified run of one registry. */
export interface Input {
  readonly registryId: string
  readonly seal: Seal
  /** The run as an artifact names it. */
  readonly ref: InputRef
  /** The file that holds the registry, by its path from the home. `null` for a set of files without a first one. */
  readonly path: string | null
  readonly bytes: Uint8Array | null
}

export interface InputRef {
  readonly run_id: string
  readonly run_root: string
  readonly relpath: string | null
  readonly manifest_sha256: Digest
}

/** Where inputs come from: the pins of `home`, unless `named` says which run of a registry to take. */
export interface InputSource {
  readonly home: string
  readonly named: ReadonlyMap<string, string>
}

/**
 * Returns the verified run of `registryId`. Throws `PointerError` (not pinned, unknown, false, missing, another ROOT),
 * `SealError`, `LAYER_INPUT_WRONG` or `LAYER_INPUT_INVALID`.
 */
export function readInput({ home, named }: InputSource, registryId: Registry): Input {
  const runId = named.get(registryId)
  if (runId !== undefined) {
    const seal = verifySeal(readRunFolder(resolvePin(home, { runRoot: RUN_ROOT, runId })))
    return inputOf(registryId, seal, RUN_ROOT)
  }
  const { pin, seal } = verifyPin(home, registryId)
  return inputOf(registryId, seal, pin.runRoot)
}

/** Returns the verified run, or `null` where none is pinned or the pin is "unknown"; a bad one is refused all the same. */
export function readOptionalInput(source: InputSource, registryId: Registry): Input | null {
  return source.named.has(registryId) || isPinned(source.home, registryId)
    ? readInput(source, registryId)
    : null
}

function isPinned(home: string, registryId: string): boolean {
  try {
    const entry = findEntry(parsePointers(readPointer(home)), registryId)
    return entry !== undefined && entry.active_ref_known !== 'unknown'
  } catch (error) {
    if (error instanceof PointerError && error.code === 'POINTER_MISSING') return false
    throw error
  }
}

function inputOf(registryId: Registry, seal: Seal, run_root: string): Input {
  const relpath = judgeRun(registryId, seal)
  const ref = { run_id: seal.runId, run_root, relpath, manifest_sha256: seal.root }
  const path = relpath === null ? null : `${run_root}/${seal.runId}/${relpath}`
  return { registryId, seal, ref, path, bytes: relpath === null ? null : seal.files.get(relpath)! }
}

/**
 * Returns the file of `seal` that holds `registryId`, or `null` for a set that is taken whole, once the run is found to
 * be one of that registry, valid by its schemas. Throws `LAYER_INPUT_WRONG` or `LAYER_INPUT_INVALID`.
 */
export function judgeRun(registryId: Registry, seal: Seal): string | null {
  const relpath = REGISTRIES[registryId]
  const said = seal.run.members.get('source_registry')
  const holds = relpath === null ? said === registryId : seal.files.has(relpath)
  if (!holds || (said !== undefined && said !== registryId)) {
    const what = relpath === null || holds ? `is a run of ${quote(said ?? null)}` : `holds no ${relpath}`
    const message = `${seal.runId}: is sealed and ${what}, so it is no run of ${registryId}`
    throw new LayerError('LAYER_INPUT_WRONG', message)
  }
  const { violations } = checkRegistryFiles(registryId, seal.files)
  const first = violations[0]
  if (first === undefined) return relpath
  const more = violations.length === 1 ? '' : `, and ${violations.length - 1} more`
  const place = `${seal.runId}/${first.file}:${first.line}:${first.column}`
  throw new LayerError('LAYER_INPUT_INVALID', `${place}: ${first.code} ${first.message}${more}`)
}

/** Parses the artifact of an input that has one; it was judged by its schema when it was read. */
export function jsonOf(input: Input): unknown {
  return JSON.parse(Buffer.from(input.bytes ?? []).toString('utf8'))
}
