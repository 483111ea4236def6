// Digests are taken over bytes as they lie on disk, never over a re-serialisation of them. The brands keep
// one kind of digest from being mistaken for the other, or for a path.

import { createHash, type Hash } from 'node:crypto'
import { type GiveWay, goOn } from './give-way.ts'

/** 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly __brand: 'Digest' }

/** 40 lower-case hexadecimal digits: the name git gives to a file's content. */
export type BlobSha = string & { readonly __brand: 'BlobSha' }

const DIGEST = /^[0-9a-f]{64}$/

/** What is hashed before others may have the core. */
const PIECE_BYTES = 256 * 1024

/** Returns the SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array | string, giveWay: GiveWay = goOn): Digest {
  if (typeof bytes === 'string') return createHash('sha256').update(bytes).digest('hex') as Digest
  return sha256OfPieces(inPieces(bytes), giveWay)
}

/** Returns the SHA-256 of what `pieces` are, one behind the other; none of them is kept. */
export function sha256OfPieces(pieces: Iterable<Uint8Array>, giveWay: GiveWay = goOn): Digest {
  return feed(createHash('sha256'), pieces, giveWay).digest('hex') as Digest
}

/** Returns the git blob SHA-1 of `bytes`: `sha1("blob " + length + NUL + bytes)`. */
export function blobSha(bytes: Uint8Array, giveWay: GiveWay = goOn): BlobSha {
  const hash = createHash('sha1').update(`blob ${bytes.byteLength}\0`)
  return feed(hash, inPieces(bytes), giveWay).digest('hex') as BlobSha
}

function* inPieces(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

function feed(hash: Hash, pieces: Iterable<Uint8Array>, giveWay: GiveWay): Hash {
  for (const piece of pieces) {
    hash.update(piece)
    giveWay()
  }
  return hash
}

/** Tells whether `text` is a digest in the only spelling this house accepts: lower case, no blanks. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text)
}
