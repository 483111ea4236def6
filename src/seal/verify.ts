// Whether these bytes are a sealed set (S1–S8). Pure over what was read: each file is hashed where it lies in
// memory, and a `Seal` hands out the very buffers that were hashed, so that checked and used cannot differ.

import { type Digest, sha256 } from '../core/digest.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import { SealError, type SealFault, type SealWarning, sealFault } from './fault.ts'
import { findForeignKind } from './foreign.ts'
import { isRunId } from './grammar.ts'
import { checkHashList, type HashList } from './hash-list.ts'
import { findLineEndingChange, type Mismatch } from './line-endings.ts'
import { checkManifest, type Entry, HASH_LIST, MANIFEST, type Manifest } from './manifest.ts'
import type { FolderBytes } from './run-folder.ts'
import { checkRunJson, RUN_JSON, type RunEnvelope } from './run-json.ts'

/** A verified set. */
export interface Seal {
  readonly runId: string
  /** ROOT_SHA256: the one digest that commits to every file of the set. */
  readonly root: Digest
  readonly run: RunEnvelope
  readonly entries: readonly Entry[]
  /** Every file of the folder by relative path: the buffers that were hashed. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly warnings: readonly SealWarning[]
}

/** The verdict on a folder: a seal, or at least one fault. */
export interface SealVerdict {
  readonly seal?: Seal
  readonly faults: readonly SealFault[]
  readonly warnings: readonly SealWarning[]
}

/** Returns the seal of `folder`, or throws `SealError` with every fault. */
export function verifySeal(folder: FolderBytes, giveWay: GiveWay = goOn): Seal {
  const { seal, faults, warnings } = checkSeal(folder, giveWay)
  if (seal === undefined) throw new SealError(folder.runId, faults, warnings)
  return seal
}

/** Checks `folder` against S1–S8 and returns every fault; never throws, whatever the bytes are. */
export function checkSeal(folder: FolderBytes, giveWay: GiveWay = goOn): SealVerdict {
  const early: SealFault[] = [...folder.faults]
  if (!folder.complete) return { faults: early, warnings: [] }
  const isPresent = presence(folder)
  const foreign = findForeignKind(folder.files, isPresent)
  if (foreign !== undefined) return { faults: [...early, foreign], warnings: [] }

  if (!isRunId(folder.runId)) {
    // S1
    early.push(sealFault('SEAL_BAD_FOLDER_NAME', '.', 'the folder has no name that a run may have'))
  }
  for (const [relpath, code] of REQUIRED) {
    if (!isPresent(relpath)) early.push(sealFault(code, relpath, 'there is no such file'))
  }
  const run = read(folder, RUN_JSON, bytes => checkRunJson(bytes, folder.runId))
  const manifest = read(folder, MANIFEST, checkManifest)
  const list = read(folder, HASH_LIST, checkHashList)
  const warnings = [...(list?.warnings ?? [])]
  const agreement = manifest?.manifest && list?.list ? checkAgreement(manifest.manifest, list.list) : []
  const content = checkContent(folder, { manifest: manifest?.manifest, list: list?.list }, isPresent, giveWay)
  const hint = findLineEndingChange(content.mismatches)
  if (hint !== undefined) warnings.push(hint)

  // S8. Flattened, not spread into one call: a hostile file has more faults than a call takes arguments.
  const parts = [run?.faults ?? [], manifest?.faults ?? [], list?.faults ?? [], agreement, content.faults]
  const faults = [...early, ...parts.flat()]
  if (faults.length > 0 || !run?.run || !manifest?.manifest || list?.list?.root === undefined) {
    return { faults, warnings }
  }
  const { runId, files } = folder
  const checked = { runId, root: list.list.root, run: run.run, entries: manifest.manifest.entries }
  const seal: Seal = Object.freeze({ ...checked, files: new Map(files), warnings: Object.freeze(warnings) })
  return { seal, faults, warnings }
}

const REQUIRED = [
  [RUN_JSON, 'SEAL_RUN_MISSING'],
  [MANIFEST, 'SEAL_MANIFEST_MISSING'],
  [HASH_LIST, 'SEAL_LIST_MISSING'],
] as const

/** Returns whether a path is in the folder, be it as something that could not be read. */
function presence(folder: FolderBytes): (relpath: string) => boolean {
  const unread = new Set(folder.faults.map(fault => fault.path))
  return relpath => {
    if (folder.files.has(relpath) || unread.has(relpath)) return true
    for (let at = relpath.lastIndexOf('/'); at > 0; at = relpath.lastIndexOf('/', at - 1)) {
      if (unread.has(relpath.slice(0, at))) return true
    }
    return false
  }
}

function read<Read>(
  folder: FolderBytes,
  relpath: string,
  check: (bytes: Uint8Array) => Read,
): Read | undefined {
  const bytes = folder.files.get(relpath)
  return bytes === undefined ? undefined : check(bytes)
}

/** S4: one line for each entry and one for the manifest, and no other. */
function checkAgreement(manifest: Manifest, list: HashList): SealFault[] {
  const faults: SealFault[] = []
  if (list.digests.size === 0) return faults
  for (const relpath of [...manifest.named, MANIFEST]) {
    if (!list.digests.has(relpath))
      faults.push(sealFault('SEAL_LIST_MISSING_LINE', relpath, `has no line in ${HASH_LIST}`))
  }
  for (const { relpath, sha256: want } of manifest.entries) {
    const got = list.digests.get(relpath)
    if (got === undefined || got === want) continue
    faults.push(
      sealFault('SEAL_LIST_DISAGREES', relpath, `${MANIFEST} and ${HASH_LIST} differ`, { want, got }),
    )
  }
  for (const relpath of list.digests.keys()) {
    if (manifest.named.has(relpath) || relpath === MANIFEST) continue
    faults.push(
      sealFault('SEAL_LIST_UNKNOWN_LINE', relpath, `has a line in ${HASH_LIST} and no entry in ${MANIFEST}`),
    )
  }
  return faults
}

/** S6, S7: every listed file is there with its size and digest, and no other file is. */
function checkContent(
  folder: FolderBytes,
  { manifest, list }: { manifest: Manifest | undefined; list: HashList | undefined },
  isPresent: (relpath: string) => boolean,
  giveWay: GiveWay,
): { faults: SealFault[]; mismatches: Mismatch[] } {
  const faults: SealFault[] = []
  const mismatches: Mismatch[] = []
  for (const { relpath, bytes: size, sha256: want } of expectations(manifest, list)) {
    const bytes = folder.files.get(relpath)
    if (bytes === undefined) {
      const reported = REQUIRED.some(([name]) => name === relpath)
      if (!reported && !isPresent(relpath)) faults.push(absent(folder, relpath))
      continue
    }
    const got = sha256(bytes, giveWay)
    const sized = size === undefined || size === bytes.byteLength
    if (!sized) {
      const details = { want: `${size} bytes`, got: `${bytes.byteLength}` }
      faults.push(sealFault('SEAL_SIZE_MISMATCH', relpath, 'size', details))
    }
    if (got !== want) faults.push(sealFault('SEAL_DIGEST_MISMATCH', relpath, 'sha256', { want, got }))
    if (!sized || got !== want) mismatches.push({ relpath, bytes, want })
  }
  for (const relpath of manifest === undefined ? [] : folder.files.keys()) {
    if (manifest?.named.has(relpath) || relpath === MANIFEST || relpath === HASH_LIST) continue
    faults.push(sealFault('SEAL_UNLISTED_FILE', relpath, `is not listed in ${MANIFEST}`))
  }
  return { faults, mismatches }
}

type Expectation = Pick<Entry, 'relpath' | 'sha256'> & { readonly bytes?: number }

/** What the set says of its files; by the hash list alone when the manifest says nothing. */
function expectations(manifest: Manifest | undefined, list: HashList | undefined): readonly Expectation[] {
  const listed = [...(list?.digests ?? [])].map(([relpath, digest]) => ({ relpath, sha256: digest }))
  if (manifest === undefined) return listed
  return [...manifest.entries, ...listed.filter(({ relpath }) => relpath === MANIFEST)]
}

function absent(folder: FolderBytes, relpath: string): SealFault {
  return folder.folders.has(relpath)
    ? sealFault('SEAL_FILE_IS_FOLDER', relpath, 'is listed as a file and is a folder')
    : sealFault('SEAL_MISSING_FILE', relpath, 'is listed and is not there')
}
