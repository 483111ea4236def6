// Digests are taken over bytes as they lie on disk, never over a re-serialisation of them. The brands keep
// one kind of digest from being mistaken for the other, or for a path.

import { createHash } from 'node:crypto'

/** 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly __brand: 'Digest' }

/** 40 lower-case hexadecimal digits: the name git gives to a file's content. */
export type BlobSha = string & { readonly __brand: 'BlobSha' }

const DIGEST = /^[0-9a-f]{64}$/

/** Returns the SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array | string): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest
}

/** Returns the git blob SHA-1 of `bytes`: `sha1("blob " + length + NUL + bytes)`. */
export function blobSha(bytes: Uint8Array): BlobSha {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex') as BlobSha
}

/** Tells whether `text` is a digest in the only spelling this house accepts: lower case, no blanks. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text)
}
