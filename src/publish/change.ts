// Registry and changelog change together or not at all. The new registry is written out of sight, the lines are
// appended to the log, and one rename makes both true; what a crash leaves, the next command mends with its own
// change (recovery.ts).
//
//   lock ─► read both ─► decide (pure) ─► mend ─► registry staged ─► lines appended ─► rename ─► flush the folder
//           └ as mended, in memory: a refusal has no effect        └─ crash here: the lines are cut off again

import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type BlobSha, blobSha } from '../core/digest.ts'
import { errorText } from '../core/error.ts'
import { fileHolds, MAX_REGISTRY_BYTES, readFileOnce } from '../seal/read-file.ts'
import { remove, settle, writeNewFile } from './disk.ts'
import { PublishError } from './error.ts'
import { CHANGELOG, WORKING_COPY } from './layout.ts'
import { withLock } from './lock.ts'
import { mend, mendedLog, planRecovery, type Recovery } from './recovery.ts'
import { stagingPath } from './staging.ts'

const READ_ATTEMPTS = 5

/** The pair as it lies on disk. */
export interface Pair {
  readonly registry: Uint8Array
  readonly changelog: Uint8Array
}

/** The pair as a decision gets it. */
export interface ReadPair extends Pair {
  readonly registryBlob: BlobSha
}

/** What a decision comes to: the whole new registry, and the whole lines to append, each ended by LF. */
export interface Change {
  readonly registry: Uint8Array
  readonly lines: Uint8Array
}

/** What was decided on, and what an interrupted change before it had left, if anything. */
export interface Decided<Decision> {
  readonly decision: Decision
  readonly recovered: string | null
}

/**
 * Changes the pair of `home` as `decide` says, under the lock. What `decide` throws is thrown on, and then not a byte
 * has changed. A registry that is still `known`, read before the lock was taken, is given as those very bytes. Throws
 * `PublishError`.
 */
export function changePair<Decision extends Change>(
  home: string,
  decide: (pair: ReadPair) => Decision | Promise<Decision>,
  known?: Uint8Array,
): Promise<Decided<Decision>> {
  return withLock(home, async () => {
    const { pair, recovery } = readMended(home, known)
    const decision = await decide(pair)
    mend(home, recovery)
    writePair(home, decision)
    return { decision, recovered: recovery?.what ?? null }
  })
}

/** Decides as `changePair` does and leaves it at that: no lock is taken and nothing is written. */
export async function planChange<Decision extends Change>(
  home: string,
  decide: (pair: ReadPair) => Decision | Promise<Decision>,
  known?: Uint8Array,
): Promise<Decided<Decision>> {
  const { pair, recovery } = readMended(home, known)
  return { decision: await decide(pair), recovered: recovery?.what ?? null }
}

/**
 * Reads the pair without a lock and without mending anything: both as they were at one moment between two changes; a
 * registry that is `known` is not read into memory again. Throws `PUBLISH_SOURCE_MISSING` or `PUBLISH_SOURCE_UNREADABLE`.
 */
export function readPair(home: string, known?: Uint8Array): Pair {
  const file = join(home, WORKING_COPY)
  for (let attempt = 1; ; attempt += 1) {
    const registry = known !== undefined && fileHolds(file, known) ? known : readWhole(home, WORKING_COPY)
    const changelog = readWhole(home, CHANGELOG)
    if (attempt === READ_ATTEMPTS || fileHolds(file, registry)) return { registry, changelog }
  }
}

function readMended(home: string, known?: Uint8Array): { pair: ReadPair; recovery: Recovery | undefined } {
  const { registry, changelog } = readPair(home, known)
  const registryBlob = blobSha(registry)
  const recovery = planRecovery(changelog, registryBlob)
  return { pair: { registry, registryBlob, changelog: mendedLog(changelog, recovery) }, recovery }
}

function writePair(home: string, { registry, lines }: Change): void {
  const path = join(home, WORKING_COPY)
  const staged = stagingPath(home)
  const refuse = (error: unknown): never => {
    remove(staged)
    if (error instanceof PublishError) throw error
    const message = `cannot change ${path} (${errorText(error)}); nothing was changed`
    throw new PublishError('PUBLISH_WRITE_FAILED', message, { cause: error })
  }
  try {
    const { mode } = statSync(path)
    writeNewFile(staged, registry, mode & 0o777)
    // The umask may have taken something away.
    if (statSync(staged).mode !== mode) chmodSync(staged, mode & 0o7777)
    appendThen(join(home, CHANGELOG), lines, () => renameSync(staged, path))
  } catch (error) {
    refuse(error)
  }
  settle(dirname(path), path)
}

/** Appends `lines`, flushes them and does `commit`; where either fails, the lines are cut off again. */
function appendThen(path: string, lines: Uint8Array, commit: () => void): void {
  const log = openSync(path, constants.O_WRONLY | constants.O_APPEND)
  let committed = false
  try {
    const { size } = fstatSync(log)
    try {
      for (let at = 0; at < lines.byteLength; ) at += writeSync(log, lines, at)
      fsyncSync(log)
      commit()
      committed = true
    } catch (error) {
      undoAppend(log, size, error)
      throw error
    }
  } finally {
    closeLog(log, committed)
  }
}

function closeLog(log: number, committed: boolean): void {
  try {
    closeSync(log)
  } catch (error) {
    // The lines were flushed before the rename: a close that fails after it takes nothing back.
    if (!committed) throw error
  }
}

function undoAppend(log: number, size: number, cause: unknown): void {
  try {
    ftruncateSync(log, size)
    fsyncSync(log)
  } catch (error) {
    const message = `${CHANGELOG}: lines were appended for a change that was not made, and cannot be cut off now`
    throw new PublishError(
      'PUBLISH_WRITE_FAILED',
      `${message} (${errorText(error)}, after: ${errorText(cause)}); the next change cuts them off`,
      { cause },
    )
  }
}

function readWhole(home: string, relpath: string): Buffer {
  const outcome = readFileOnce(join(home, relpath), MAX_REGISTRY_BYTES)
  if (outcome.ok) return outcome.bytes
  const code = outcome.reason === 'missing' ? 'PUBLISH_SOURCE_MISSING' : 'PUBLISH_SOURCE_UNREADABLE'
  const what = outcome.reason === 'missing' ? 'no such file' : outcome.detail
  throw new PublishError(code, `${join(home, relpath)}: ${what}`)
}
