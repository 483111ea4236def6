// One load: read the registry file once, and judge exactly the bytes that were read. It runs in a worker thread
// (load-worker.ts), so it may block; it answers with plain values that can be posted, and never throws.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { type BlobSha, blobSha, type Digest, sha256 } from '../core/digest.ts'
import { errorText, systemCode } from '../core/error.ts'
import { parseRegistry, RegistryError } from '../registry/parse.ts'
import type { RegistryDocument } from '../registry/schema.ts'

/** Why a registry on disk is not served. A closed set; `/problems/<code>` explains each. */
export type LoadCode =
  | 'registry_missing'
  | 'registry_unreadable'
  | 'registry_too_large'
  | 'registry_invalid'
  | 'registry_version_unsupported'
  | 'seal_invalid'
  | 'load_failed'

export interface LoadRequest {
  /** Absolute path of the registry file. */
  readonly file: string
  /** The only content that may be served, when one is pinned. */
  readonly sha256: Digest | null
  /** What is being served; the same bytes again are `unchanged`. */
  readonly active: Digest | null
}

/** A registry that may be served, and what is known of its bytes. */
export interface Loaded {
  readonly kind: 'loaded'
  readonly document: RegistryDocument
  readonly revision: Digest
  readonly blobSha: BlobSha
  readonly bytes: number
}

/** A registry that may not be served. `disk` is what lies there, when it could be read. */
export interface Refused {
  readonly kind: 'refused'
  readonly code: LoadCode
  readonly detail: string
  readonly disk: Digest | null
}

export type LoadResult = Loaded | Refused | { readonly kind: 'unchanged'; readonly disk: Digest }

/** S6: the most bytes of a registry that are read. */
export const MAX_REGISTRY_BYTES = 256 * 1024 * 1024

const READ_ATTEMPTS = 3

/** Loads the registry file of `request`. Never throws: a failure is a `refused` with a code. */
export function load(request: LoadRequest): LoadResult {
  let disk: Digest | null = null
  try {
    const bytes = readRegistry(request.file)
    disk = sha256(bytes)
    if (disk === request.active) return { kind: 'unchanged', disk }
    if (request.sha256 !== null && disk !== request.sha256) {
      return refused(
        'seal_invalid',
        `${basename(request.file)}: digest mismatch (want ${request.sha256}, got ${disk})`,
        disk,
      )
    }
    const document = parseRegistry(bytes, basename(request.file))
    return { kind: 'loaded', document, revision: disk, blobSha: blobSha(bytes), bytes: bytes.byteLength }
  } catch (error) {
    if (error instanceof ReadError) return refused(error.code, error.message, disk)
    if (error instanceof RegistryError) {
      const version = error.code === 'REGISTRY_VERSION_UNSUPPORTED'
      return refused(version ? 'registry_version_unsupported' : 'registry_invalid', error.message, disk)
    }
    return refused('load_failed', errorText(error), disk)
  }
}

function refused(code: LoadCode, detail: string, disk: Digest | null): Refused {
  return { kind: 'refused', code, detail, disk }
}

class ReadError extends Error {
  readonly code: LoadCode

  constructor(code: LoadCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

function readRegistry(file: string): Uint8Array {
  const name = basename(file)
  for (let attempt = 1; ; attempt++) {
    const bytes = readOnce(file, name)
    if (bytes !== undefined) return bytes
    if (attempt === READ_ATTEMPTS) {
      throw new ReadError(
        'registry_unreadable',
        `${name}: changed while it was read, ${READ_ATTEMPTS} times in a row`,
      )
    }
  }
}

/** Reads the file once; `undefined` when it was written to meanwhile, so that halves of two contents never meet. */
function readOnce(file: string, name: string): Uint8Array | undefined {
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
    const bytes = readToEnd(fd, Number(before.size), name)
    const after = fstatSync(fd, { bigint: true })
    const still =
      after.size === before.size && after.mtimeNs === before.mtimeNs && after.ctimeNs === before.ctimeNs
    return still && BigInt(bytes.byteLength) === before.size ? bytes : undefined
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

function readToEnd(fd: number, size: number, name: string): Uint8Array {
  // One byte more than the size shows a file that grew; the cap holds whatever the size said.
  const buffer = Buffer.allocUnsafeSlow(Math.min(size, MAX_REGISTRY_BYTES) + 1)
  let length = 0
  while (length < buffer.byteLength) {
    const got = readSync(fd, buffer, length, buffer.byteLength - length, null)
    if (got === 0) break
    length += got
  }
  if (length > MAX_REGISTRY_BYTES) throw tooLarge(name, BigInt(length))
  return buffer.subarray(0, length)
}

function tooLarge(name: string, size: bigint): ReadError {
  return new ReadError(
    'registry_too_large',
    `${name}: too large (want at most ${MAX_REGISTRY_BYTES} bytes, got ${size})`,
  )
}
