// The only hands that touch the disk. Bytes are written under another name, in a loop until all of them are there,
// flushed, and moved into place by one rename; then the folder is flushed too. A crash at any point leaves the old
// content or the new. No library is used: the well-known ones accept a short write, or never flush the folder.

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { errorText, systemCode } from '../core/error.ts'
import { PublishError } from './error.ts'

/** Writes a file that must not exist yet, with `mode`, and flushes it. Throws `PUBLISH_WRITE_FAILED`. */
export function writeNewFile(path: string, bytes: Uint8Array, mode: number): void {
  attempt(`cannot write ${path}`, () => {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
    try {
      // `write` may take less than it is given and say so only in its result, as on a disk that fills up.
      for (let at = 0; at < bytes.byteLength; ) at += writeSync(fd, bytes, at)
      fsyncSync(fd)
      const { size } = fstatSync(fd)
      if (size !== bytes.byteLength)
        throw new Error(`short write (want ${bytes.byteLength} bytes, got ${size})`)
    } finally {
      closeSync(fd)
    }
  })
}

/**
 * Replaces the content of `path` whole, or leaves it as it was. `staged` is a free name on the same file system; `verify`
 * is the last look before the rename, and what it throws is thrown on with nothing changed. Throws
 * `PUBLISH_WRITE_FAILED` or `PUBLISH_NOT_DURABLE`.
 */
export function replaceFile(path: string, bytes: Uint8Array, staged: string, verify?: () => void): void {
  try {
    writeNewFile(staged, bytes, 0o644)
    verify?.()
    attempt(`cannot replace ${path}`, () => renameSync(staged, path))
  } catch (error) {
    remove(staged)
    throw error
  }
  settle(dirname(path), path)
}

/** Moves a finished folder to a place where nothing is. The caller holds the lock that makes the check good. */
export function moveFolder(from: string, to: string): void {
  // A rename over an empty folder succeeds on POSIX, so absence is checked first, under the lock.
  if (existsSync(to))
    throw new PublishError('PUBLISH_RUN_EXISTS', `${to}: already exists; a run is never overwritten`)
  attempt(`cannot move the sealed run to ${to}`, () => renameSync(from, to))
  settle(dirname(to), to)
}

/** Makes a folder and those above it, and flushes what was made. */
export function makeFolder(path: string): void {
  attempt(`cannot make folder ${path}`, () => {
    for (const made of makeFolders(path)) syncFolder(dirname(made))
  })
}

/** Makes a folder and those above it, for what is flushed later or need not survive. */
export function makeUnflushedFolder(path: string): void {
  attempt(`cannot make folder ${path}`, () => makeFolders(path))
}

/** Returns what had to be made, outermost first. Node's own `recursive` reports a read-only disk as ENOENT. */
function makeFolders(path: string): string[] {
  try {
    mkdirSync(path)
    return [path]
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && statSync(path).isDirectory()) return []
    if (systemCode(error) !== 'ENOENT') throw error
    const above = makeFolders(dirname(path))
    mkdirSync(path)
    return [...above, path]
  }
}

/** Flushes the entries of a folder whose content is not in its place yet. Throws `PUBLISH_WRITE_FAILED`. */
export function flushFolder(path: string): void {
  attempt(`cannot flush ${path}`, () => syncFolder(path))
}

/** Flushes the entries of a folder to the disk. */
function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Removes what was staged, whatever it is; what cannot be removed is left to the next run. */
export function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // The name is random and ignored by everything: a leftover is untidy, and the first error is what matters.
  }
}

/** Flushes the folder that `path` was moved into. Throws `PUBLISH_NOT_DURABLE`: the change is made all the same. */
export function settle(folder: string, path: string): void {
  try {
    syncFolder(folder)
  } catch (error) {
    const message = `${path}: the change is made, but it is not known whether it survives a power loss (${errorText(error)})`
    throw new PublishError('PUBLISH_NOT_DURABLE', message, { cause: error })
  }
}

function attempt(what: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    const why = systemCode(error) ?? errorText(error)
    throw new PublishError('PUBLISH_WRITE_FAILED', `${what} (${why}); nothing was changed`, { cause: error })
  }
}
