// One load of a plain registry file: read once, and judged as exactly the bytes that were read. It may block, since it
// runs in a worker thread (load-worker.ts).

import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { blobSha, type Digest, sha256 } from '../core/digest.ts'
import { errorText, systemCode } from '../core/error.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import { compileText } from '../registry/compile.ts'
import { RegistryError } from '../registry/parse.ts'
import { readPieces } from '../seal/read-pieces.ts'
import {
  type LoadCode,
  type Loaded,
  type LoadResult,
  type Refused,
  refused,
  refusedByRules,
  type Unchanged,
} from './load-result.ts'
import { type Look, lookOf, type Stamp, stampFile, stampOf, stands } from './look.ts'

export interface FileRequest {
  /** Absolute path of the registry file. */
  readonly file: string
  /** The only content that may be served, when one is pinned. */
  readonly sha256: Digest | null
  /** What is being served; the same bytes again are `unchanged`. */
  readonly active: Digest | null
  /** What was refused: the same bytes would only be refused again. */
  readonly skip: Digest | null
  /** The last reading, of what is being served or was refused. */
  readonly look: Look | null
}

/** S6: the most bytes of a registry that are read. */
export const MAX_REGISTRY_BYTES = 256 * 1024 * 1024

const READ_ATTEMPTS = 3

/**
 * A file written this recently may be half-way through a write that set its times before we looked, so it is read
 * again a little later. Shorter than the quiet time that live.ts waits for after a hint: usually nothing waits.
 */
const FRESH_MS = 60
const SECOND_LOOK_MS = 10

/** Loads the registry file of `request`. Never throws: a failure is a `refused` with a code. */
export function loadFile(request: FileRequest, giveWay: GiveWay = goOn): LoadResult {
  const name = basename(request.file)
  const { look, active } = request
  const at = Date.now()
  if (stands(look, stampFile(request.file), at)) {
    return active !== null && look.disk === active
      ? { ...unchanged(active, false), look }
      : { kind: 'skipped', look }
  }
  let disk: Digest | null = null
  try {
    const { bytes, stamp } = readFile(request.file, name, giveWay)
    disk = sha256(bytes, giveWay)
    const look = lookOf(stamp, disk, at)
    if (disk === active) return { ...unchanged(disk, true), look }
    if (disk === request.skip) return { kind: 'skipped', look }
    return { ...judge(bytes, { disk, name, want: request.sha256 }, giveWay), look }
  } catch (error) {
    if (error instanceof ReadError) return refused(error.code, error.message, disk)
    return refused('load_failed', errorText(error), disk)
  }
}

interface Circumstances {
  readonly name: string
  readonly disk: Digest
  readonly want: Digest | null
}

function judge(bytes: Uint8Array, { name, disk, want }: Circumstances, giveWay: GiveWay): Loaded | Refused {
  if (want !== null && disk !== want)
    return refused('seal_invalid', `${name}: digest mismatch (want ${want}, got ${disk})`, disk, disk)
  try {
    return {
      kind: 'loaded',
      ...compileText(bytes, name, giveWay),
      history: null,
      revision: disk,
      blobSha: blobSha(bytes, giveWay),
      bytes: bytes.byteLength,
      pin: null,
      pointer: null,
      change: null,
      massChange: false,
    }
  } catch (error) {
    if (error instanceof RegistryError) return refusedByRules(error, disk, disk)
    throw error
  }
}

function unchanged(disk: Digest, verified: boolean): Unchanged {
  return { kind: 'unchanged', disk, pointer: null, verified }
}

class ReadError extends Error {
  readonly code: LoadCode

  constructor(code: LoadCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

interface Reading {
  readonly bytes: Uint8Array
  readonly stamp: Stamp
}

function readFile(file: string, name: string, giveWay: GiveWay): Reading {
  for (let attempt = 1; ; attempt++) {
    const reading = readOnce(file, name, giveWay)
    if (reading !== undefined) return reading
    if (attempt === READ_ATTEMPTS) {
      throw new ReadError(
        'registry_unreadable',
        `${name}: changed while it was read, ${READ_ATTEMPTS} times in a row`,
      )
    }
  }
}

/** Reads the file once; `undefined` when it was written to meanwhile, so that halves of two contents never meet. */
function readOnce(file: string, name: string, giveWay: GiveWay): Reading | undefined {
  let fd: number
  try {
    // O_NONBLOCK: opening a fifo would otherwise wait for a writer for ever.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
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
    const bytes = readToEnd(fd, Number(before.size), name, giveWay)
    if (Date.now() - Number(before.ctimeMs) < FRESH_MS) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SECOND_LOOK_MS)
      if (!bytes.equals(readToEnd(fd, Number(before.size), name, giveWay))) return undefined
    }
    const stamp = stampOf(fstatSync(fd, { bigint: true }))
    const still = stamp.text === stampOf(before).text
    return still && BigInt(bytes.byteLength) === before.size ? { bytes, stamp } : undefined
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
