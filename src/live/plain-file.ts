// A plain registry file as one content: what was read while somebody wrote to it is nothing, so that halves of two
// contents never meet.

import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { type Digest, sha256, sha256OfPieces } from '../core/digest.ts'
import { errorText, systemCode } from '../core/error.ts'
import { type GiveWay, goOn, sleep } from '../core/give-way.ts'
import { MAX_REGISTRY_BYTES } from '../seal/read-file.ts'
import { piecesOf, readPieces, samePieces } from '../seal/read-pieces.ts'
import type { LoadCode } from './load-result.ts'
import { type Stamp, stampOf } from './look.ts'

const READ_ATTEMPTS = 3

/**
 * A file written this recently may be half-way through a write that set its times before we looked, so it is read
 * again a little later. Shorter than the quiet time that live.ts waits for after a hint: usually nothing waits.
 */
const FRESH_MS = 60
const SECOND_LOOK_MS = 10

/** Why a file could not be read. */
export class ReadError extends Error {
  readonly code: LoadCode

  constructor(code: LoadCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** What a file holds, and what the kernel said of it before and after it was read. */
export interface Content {
  readonly disk: Digest
  readonly stamp: Stamp
}

/** Reads the file at `path`. Throws a `ReadError` where that cannot be done, or it does not keep still. */
export function readPlain(path: string, giveWay: GiveWay = goOn): Content & { readonly bytes: Uint8Array } {
  const name = basename(path)
  for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt++) {
    const read = whileStill(path, name, (fd, { size, ctimeMs }) => {
      const bytes = readToEnd(fd, Number(size), name, giveWay)
      if (Date.now() - Number(ctimeMs) >= FRESH_MS) return bytes
      sleep(SECOND_LOOK_MS)
      return samePieces(fd, bytes, giveWay) ? bytes : undefined
    })
    if (read !== undefined && BigInt(read.content.byteLength) === read.size) {
      return { bytes: read.content, disk: sha256(read.content, giveWay), stamp: read.stamp }
    }
  }
  throw new ReadError(
    'registry_unreadable',
    `${name}: changed while it was read, ${READ_ATTEMPTS} times in a row`,
  )
}

/** Hashes the file at `path`, of which nothing is kept; `undefined` where it changed meanwhile. Throws as `readPlain`. */
export function hashPlain(path: string, giveWay: GiveWay = goOn): Content | undefined {
  const read = whileStill(path, basename(path), (fd, { size }) =>
    sha256OfPieces(piecesOf(fd, Number(size) + 1), giveWay),
  )
  return read && { disk: read.content, stamp: read.stamp }
}

interface Still<T> {
  readonly content: T
  readonly size: bigint
  readonly stamp: Stamp
}

/** Has the file read; `undefined` when that came to nothing, or it was written to meanwhile. */
function whileStill<T>(
  path: string,
  name: string,
  read: (fd: number, before: BigIntStats) => T | undefined,
): Still<T> | undefined {
  let fd: number
  try {
    // O_NONBLOCK: opening a fifo would otherwise wait for a writer for ever.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ReadError('registry_missing', `${name}: no such file`, error)
    throw new ReadError(
      'registry_unreadable',
      `${name}: cannot be opened (${code ?? errorText(error)})`,
      error,
    )
  }
  try {
    const before = fstatSync(fd, { bigint: true })
    if (!before.isFile()) throw new ReadError('registry_unreadable', `${name}: not a regular file`)
    if (before.size > MAX_REGISTRY_BYTES) throw tooLarge(name, before.size)
    const content = read(fd, before)
    const stamp = stampOf(fstatSync(fd, { bigint: true }))
    const still = stamp.text === stampOf(before).text
    return content !== undefined && still ? { content, size: before.size, stamp } : undefined
  } catch (error) {
    if (error instanceof ReadError) throw error
    throw new ReadError(
      'registry_unreadable',
      `${name}: cannot be read (${systemCode(error) ?? errorText(error)})`,
      error,
    )
  } finally {
    closeSync(fd)
  }
}

function readToEnd(fd: number, size: number, name: string, giveWay: GiveWay): Buffer {
  // One byte more than the size shows a file that grew; the cap holds whatever the size said.
  const buffer = Buffer.allocUnsafeSlow(Math.min(size, MAX_REGISTRY_BYTES) + 1)
  const length = readPieces(fd, buffer, giveWay)
  if (length > MAX_REGISTRY_BYTES) throw tooLarge(name, BigInt(length))
  return buffer.subarray(0, length)
}

function tooLarge(name: string, size: bigint): ReadError {
  return new ReadError(
    'registry_too_large',
    `${name}: too large (want at most ${MAX_REGISTRY_BYTES} bytes, got ${size})`,
  )
}
