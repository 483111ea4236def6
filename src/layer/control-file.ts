// run.json and MANIFEST.sha256 of many thousand folders: small files, read one after the other into one buffer that is
// kept. A buffer for each would be the greater part of the work.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { readFileOnce } from '../seal/read-file.ts'

/** The most bytes of such a file that are read. */
const MAX_BYTES = 16 * 1024 * 1024

const kept = Buffer.allocUnsafeSlow(64 * 1024)

/** What was read, good until the next call, or why nothing was. */
export type ControlFile =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly why: string }

/** Reads the regular file at `path`, following links. Never throws, never waits for a pipe. */
export function readControlFile(path: string | Buffer): ControlFile {
  const length = readInto(path)
  if (length !== undefined && length < kept.byteLength) return { ok: true, bytes: kept.subarray(0, length) }
  // Large, or not to be read: the careful way, which also says why.
  const read = readFileOnce(path, MAX_BYTES, { followLinks: true })
  if (read.ok) return read
  return { ok: false, why: read.reason === 'too_large' ? read.detail : 'cannot be read' }
}

function readInto(path: string | Buffer): number | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    return readSync(descriptor, kept, 0, kept.byteLength, 0)
  } catch {
    return undefined // the caller looks again, and says why
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
