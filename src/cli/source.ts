// Where the bytes of a registry home can be read: in the working copy, in git's index, in a commit. All three answer
// the same questions, so that a gate or a diff does not know which one it has before it; none of them writes.

import { join } from 'node:path'
import { sha256 } from '../core/digest.ts'
import { type FailureKind, HouseError } from '../core/error.ts'
import { resolveCommit } from '../git/branch.ts'
import { runGit } from '../git/exec.ts'
import { CHANGELOG, WORKING_COPY } from '../publish/layout.ts'
import { sealFault } from '../seal/fault.ts'
import { type PinnedSeal, verifyPinned, verifyPointerBytes } from '../seal/pin.ts'
import { findPin, type Pin, POINTER_PATH, parsePointers, readPointer } from '../seal/pointer.ts'
import { PointerError, pointerFault } from '../seal/pointer-fault.ts'
import { MAX_REGISTRY_BYTES, readFileOnce } from '../seal/read-file.ts'
import type { FolderBytes } from '../seal/run-folder.ts'
import { verifySeal } from '../seal/verify.ts'

/** What was asked for is not there, or is not what can be read. */
export class SourceError extends HouseError<
  | 'SOURCE_UNKNOWN_REF'
  | 'SOURCE_NO_REPOSITORY'
  | 'SOURCE_TWO_PLACES'
  | 'SOURCE_MISSING'
  | 'SOURCE_UNREADABLE'
  | 'SOURCE_NOT_A_FILE'
  | 'SOURCE_UNMERGED'
> {
  override get kind(): FailureKind {
    return this.code === 'SOURCE_UNREADABLE' ? 'world' : 'refused'
  }
}

/** A registry home at one place. */
export interface Source {
  /** How a person calls it. */
  readonly label: string
  /** Returns how a file of the home is named in a message. */
  readonly nameOf: (relpath: string) => string
  /** Returns the bytes of a file of the home, or `null` where there is none. Throws `SourceError`. */
  readonly read: (relpath: string) => Promise<Uint8Array | null>
  /** Verifies the pin of `registryId`. Throws `PointerError`, `SealError` or `SourceError`. */
  readonly verifyPin: (registryId: string) => Promise<PinnedSeal>
}

/** Registry and changelog of one source. */
export interface Pair {
  readonly registry: Uint8Array
  readonly changelog: Uint8Array
}

/** Returns the working copy of `home`, whose files are named relative to `prefix`. */
export function workingSource(home: string, prefix: string): Source {
  return {
    label: 'working copy',
    nameOf: relpath => join(prefix, relpath),
    read: async relpath => {
      const outcome = readFileOnce(join(home, relpath), MAX_REGISTRY_BYTES)
      if (outcome.ok) return outcome.bytes
      if (outcome.reason === 'missing') return null
      const code = outcome.reason === 'unreadable' ? 'SOURCE_UNREADABLE' : 'SOURCE_NOT_A_FILE'
      throw new SourceError(code, `${join(prefix, relpath)}: ${outcome.detail}`)
    },
    verifyPin: async registryId => verifyPointerBytes(home, readPointer(home), registryId),
  }
}

/** Returns the home at `prefix` in the index of the repository at `top`. */
export function indexSource(top: string, prefix: string): Source {
  return gitSource(top, prefix, 'index', async path => {
    const listed = await runGit(top, ['--literal-pathspecs', 'ls-files', '-s', '-z', '--', path])
    return listed
      .toString()
      .split('\0')
      .filter(line => line !== '')
      .map(line => {
        const [, mode, sha, stage, name] = /^(\d+) ([0-9a-f]+) (\d)\t(.*)$/s.exec(line)!
        if (stage !== '0') {
          throw new SourceError('SOURCE_UNMERGED', `${name}: the index holds two sides of a merge`)
        }
        return { mode: mode!, sha: sha!, path: name! }
      })
  })
}

/** Returns the home at `prefix` in the commit that `ref` names. Throws `SOURCE_UNKNOWN_REF`. */
export async function commitSource(top: string, prefix: string, ref: string): Promise<Source> {
  const commit = await verifyCommit(top, ref)
  return gitSource(top, prefix, ref, async path => {
    const listed = await runGit(top, ['--literal-pathspecs', 'ls-tree', '-r', '-z', commit, '--', path])
    return listed
      .toString()
      .split('\0')
      .filter(line => line !== '')
      .map(line => {
        const [, mode, sha, name] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line)!
        return { mode: mode!, sha: sha!, path: name! }
      })
  })
}

/** Returns the commit that `ref` names, without asking any network. Throws `SOURCE_UNKNOWN_REF`. */
export async function verifyCommit(top: string, ref: string): Promise<string> {
  const commit = await resolveCommit(top, ref)
  if (commit !== null) return commit
  throw new SourceError('SOURCE_UNKNOWN_REF', `${ref}: no commit of this repository (git fetch may bring it)`)
}

/** Reads registry and changelog of `source`; a changelog that is not there is an empty one. Throws `SourceError`. */
export async function readPairOf(source: Source): Promise<Pair> {
  const registry = await source.read(WORKING_COPY)
  if (registry === null) {
    throw new SourceError('SOURCE_MISSING', `${source.label}: there is no ${source.nameOf(WORKING_COPY)}`)
  }
  return { registry, changelog: (await source.read(CHANGELOG)) ?? new Uint8Array() }
}

interface Listed {
  readonly mode: string
  readonly sha: string
  /** Relative to the top folder. */
  readonly path: string
}

function gitSource(
  top: string,
  prefix: string,
  label: string,
  list: (path: string) => Promise<readonly Listed[]>,
): Source {
  const blob = (sha: string): Promise<Buffer> => runGit(top, ['cat-file', 'blob', sha])
  const read = async (relpath: string): Promise<Uint8Array | null> => {
    const path = join(prefix, relpath)
    const found = (await list(path)).find(entry => entry.path === path)
    if (found === undefined) return null
    if (isRegular(found)) return blob(found.sha)
    throw new SourceError('SOURCE_NOT_A_FILE', `${label}: ${path} is not a regular file`)
  }
  return {
    label,
    nameOf: relpath => join(prefix, relpath),
    read,
    verifyPin: async registryId => {
      const bytes = await read(POINTER_PATH)
      if (bytes === null) {
        throw new PointerError([pointerFault('POINTER_MISSING', POINTER_PATH, 'there is no pointer file')])
      }
      const pin = findPin(parsePointers(bytes), registryId)
      const seal = verifySeal(await readFolder(pin, join(prefix, pin.runRoot, pin.runId), list, blob))
      return { pin, pointerDigest: sha256(bytes), seal, payload: verifyPinned(pin, seal) }
    },
  }
}

async function readFolder(
  pin: Pin,
  path: string,
  list: (path: string) => Promise<readonly Listed[]>,
  blob: (sha: string) => Promise<Buffer>,
): Promise<FolderBytes> {
  const listed = await list(path)
  if (listed.length === 0) {
    throw new PointerError([pointerFault('POINTER_RUN_MISSING', path, 'there is no such run folder')])
  }
  const files = new Map<string, Uint8Array>()
  const folders = new Set<string>()
  const faults = []
  for (const entry of listed) {
    const relpath = entry.path.slice(path.length + 1)
    for (let at = relpath.indexOf('/'); at !== -1; at = relpath.indexOf('/', at + 1)) {
      folders.add(relpath.slice(0, at))
    }
    if (isRegular(entry)) files.set(relpath, await blob(entry.sha))
    else faults.push(sealFault('SEAL_SPECIAL_FILE', relpath, 'neither a regular file nor a folder'))
  }
  return { runId: pin.runId, files, folders, faults, complete: true }
}

function isRegular({ mode }: Listed): boolean {
  return mode.startsWith('100')
}
