// Reading into a buffer, a piece at a time: a kernel that is built not to be interrupted carries out one read of a
// hundred megabytes in one go, and the thread that answers requests waits a tenth of a second for its core.

import { readSync } from 'node:fs'
import { type GiveWay, goOn } from '../core/give-way.ts'

const PIECE_BYTES = 256 * 1024

/** Fills `bytes` from the file, from its beginning, as far as it goes; returns how many bytes there were. */
export function readPieces(descriptor: number, bytes: Uint8Array, giveWay: GiveWay = goOn): number {
  let length = 0
  while (length < bytes.byteLength) {
    const got = readSync(descriptor, bytes, length, Math.min(PIECE_BYTES, bytes.byteLength - length), length)
    if (got === 0) break
    length += got
    giveWay()
  }
  return length
}

/** Hands out the first `most` bytes of the file in pieces, each where the one before it was. */
export function* piecesOf(descriptor: number, most: number): Generator<Buffer, void, undefined> {
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, most))
  let length = 0
  while (length < most) {
    const got = readSync(descriptor, piece, 0, Math.min(piece.byteLength, most - length), length)
    if (got === 0) return
    yield piece.subarray(0, got)
    length += got
  }
}

/** Tells whether the file holds `bytes` and no more; it is not kept. */
export function samePieces(descriptor: number, bytes: Uint8Array, giveWay: GiveWay = goOn): boolean {
  let length = 0
  for (const piece of piecesOf(descriptor, bytes.byteLength + 1)) {
    if (!piece.equals(bytes.subarray(length, length + piece.byteLength))) return false
    length += piece.byteLength
    giveWay()
  }
  return length === bytes.byteLength
}
