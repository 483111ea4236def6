// What a sealed telemetry-registry run holds, read once and judged whole: the seal, then the rules, over the same
// bytes. Everything that selects a run, and everything that compares with one, comes through here.

import { blobSha } from '../core/digest.ts'
import { buildMapSnapshot } from '../registry/map-snapshot.ts'
import { type ChangeSize, measureChange } from '../registry/mass-change.ts'
import { parseRegistry, RegistryError } from '../registry/parse.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import { SealError } from '../seal/fault.ts'
import { verifyPin } from '../seal/pin.ts'
import { findPin, type Pin, resolvePin } from '../seal/pointer.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { type Seal, verifySeal } from '../seal/verify.ts'
import { PublishError } from './error.ts'
import { CHANGELOG_SNAPSHOT, REGISTRY_ID, REGISTRY_SNAPSHOT, RUN_ROOT } from './layout.ts'
import type { PointerText } from './pointer-file.ts'

export interface RegistryRun {
  readonly seal: Seal
  readonly snapshot: Snapshot
}

/** Reads and verifies the run `runId` of `home`. Throws `PointerError`, `SealError`, `RegistryError` or `PUBLISH_NOT_A_REGISTRY`. */
export function readRegistryRun(home: string, runId: string): RegistryRun {
  // P3: a run that no pin can reach is not a run, however sound it is.
  const seal = verifySeal(readRunFolder(resolvePin(home, { runRoot: RUN_ROOT, runId })))
  const bytes = seal.files.get(REGISTRY_SNAPSHOT)
  if (bytes === undefined) {
    throw new PublishError('PUBLISH_NOT_A_REGISTRY', `${runId}: is sealed and holds no ${REGISTRY_SNAPSHOT}`)
  }
  return { seal, snapshot: snapshotOf(seal, bytes) }
}

/** Returns the pin of a registry, or `undefined` where the pointer names none that is usable. */
export function currentPin(pointer: PointerText | undefined, registryId = REGISTRY_ID): Pin | undefined {
  if (pointer === undefined) return undefined
  try {
    return findPin(pointer, registryId)
  } catch (error) {
    // Unknown, withdrawn or never set: there is nothing to compare with, and a pin is how that is mended.
    if (error instanceof PointerError) return undefined
    throw error
  }
}

/**
 * Returns the active run, or `undefined` where none is, or it is damaged: then there is nothing to compare with.
 * Throws when it cannot be read: what may be sound on the next attempt must not switch the guard of P5 off.
 */
export function readActiveRun(home: string): RegistryRun | undefined {
  try {
    const { seal, payload } = verifyPin(home, REGISTRY_ID)
    return payload === null ? undefined : { seal, snapshot: snapshotOf(seal, payload) }
  } catch (error) {
    if (error instanceof RegistryError) return undefined
    const verdict = error instanceof PointerError || error instanceof SealError
    if (verdict && error.kind === 'refused') return undefined
    throw error
  }
}

/** Tells whether a run holds these bytes, and no changelog where none is given. */
export function holds(
  { seal: { files } }: RegistryRun,
  registry: Uint8Array,
  changelog: Uint8Array | undefined,
): boolean {
  const log = files.get(CHANGELOG_SNAPSHOT)
  const sameLog = log === undefined || changelog === undefined ? log === changelog : equal(log, changelog)
  return sameLog && equal(files.get(REGISTRY_SNAPSHOT)!, registry)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b)
}

/** Measures what `after` takes away from `before`; `undefined` where one of them is no registry that satisfies the rules. */
export function measureBytes(before: Uint8Array, after: Uint8Array): ChangeSize | undefined {
  try {
    return measureChange(
      snapshotOfBytes(before, REGISTRY_SNAPSHOT),
      snapshotOfBytes(after, REGISTRY_SNAPSHOT),
    )
  } catch (error) {
    if (error instanceof RegistryError) return undefined
    throw error
  }
}

function snapshotOf(seal: Seal, bytes: Uint8Array): Snapshot {
  return snapshotOfBytes(bytes, `${seal.runId}/${REGISTRY_SNAPSHOT}`, seal)
}

/** Parses registry bytes into a snapshot, to be compared with another. Throws `RegistryError`. */
export function snapshotOfBytes(bytes: Uint8Array, file: string, seal?: Seal): Snapshot {
  const document = parseRegistry(bytes, file)
  return buildMapSnapshot(document, {
    revision: seal?.root ?? ('' as Seal['root']),
    schemaVersion: document.schema_version,
    runId: seal?.runId ?? null,
    serial: null,
    blobSha: blobSha(bytes),
    bytes: bytes.byteLength,
    activatedAt: seal?.run.created_utc ?? '',
    loadedAt: '',
  })
}
