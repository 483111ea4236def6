// One file, read once: opened without following a link, judged by its descriptor and not by its name, and never
// beyond its cap. What is hashed and what is parsed are then the same buffer (S6), whatever happens to the name.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { errorText, systemCode } from '../core/error.ts'
import type { GiveWay } from '../core/give-way.ts'
import { readPieces, samePieces } from './read-pieces.ts'

/** S6: the most bytes of a registry, or of its log, that are read. */
export const MAX_REGISTRY_BYTES = 256 * 1024 * 1024

export type ReadFailure = 'missing' | 'symlink' | 'not_a_file' | 'too_large' | 'changed' | 'unreadable'

export type ReadOutcome =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: ReadFailure; readonly detail: string; readonly size?: number }

/** Reads the regular file at `path` if it holds at most `maxBytes`. Never throws, never blocks on a fifo. */
export function readFileOnce(
  path: string | Buffer,
  maxBytes: number,
  options: { readonly followLinks?: boolean; readonly giveWay?: GiveWay } = {},
): ReadOutcome {
  let descriptor: number
  try {
    descriptor = open(path, options.followLinks)
  } catch (error) {
    return { ok: false, reason: reasonOf(error), detail: errorText(error) }
  }
  try {
    return readDescriptor(descriptor, maxBytes, options.giveWay)
  } catch (error) {
    return { ok: false, reason: 'unreadable', detail: errorText(error) }
  } finally {
    close(descriptor)
  }
}

/** Tells whether `path` is a regular file that holds `bytes` and no more. Never throws: what cannot be read does not. */
export function fileHolds(path: string | Buffer, bytes: Uint8Array): boolean {
  let descriptor: number | undefined
  try {
    descriptor = open(path)
    const stat = fstatSync(descriptor)
    return stat.isFile() && stat.size === bytes.byteLength && samePieces(descriptor, bytes)
  } catch {
    return false
  } finally {
    if (descriptor !== undefined) close(descriptor)
  }
}

function open(path: string | Buffer, followLinks = false): number {
  // Opening a fifo for reading waits for a writer unless O_NONBLOCK is set; on a regular file it changes nothing.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
  return openSync(path, followLinks ? flags : flags | (constants.O_NOFOLLOW ?? 0))
}

function close(descriptor: number): void {
  try {
    closeSync(descriptor)
  } catch {
    // What was read was read: closing after it takes nothing back, and there is nothing to be done about it.
  }
}

function readDescriptor(descriptor: number, maxBytes: number, giveWay?: GiveWay): ReadOutcome {
  const stat = fstatSync(descriptor)
  if (!stat.isFile()) return { ok: false, reason: 'not_a_file', detail: 'not a regular file' }
  if (stat.size > maxBytes) {
    return { ok: false, reason: 'too_large', detail: `larger than ${maxBytes} bytes`, size: stat.size }
  }
  // A buffer of its own, not a slice of Node's pool: it may be handed to another thread.
  const bytes = Buffer.allocUnsafeSlow(stat.size)
  const length = readPieces(descriptor, bytes, giveWay)
  const grew = readSync(descriptor, Buffer.alloc(1), 0, 1, length) !== 0
  if (grew || length < stat.size) {
    return { ok: false, reason: 'changed', detail: `${grew ? 'grew' : 'shrank'} while it was read` }
  }
  return { ok: true, bytes }
}

function reasonOf(error: unknown): ReadFailure {
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'missing'
    case 'ELOOP':
      return 'symlink'
    case 'ENXIO': // a socket, or a device nobody answers for
      return 'not_a_file'
    default:
      return 'unreadable'
  }
}
