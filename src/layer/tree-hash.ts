// canon_tree_hash: one digest over every tracked file as it lies in the work tree. Paths are bytes, lines are sorted as
// bytes, which is the order of code points.

import { join } from 'node:path'
import { sha256 } from '../core/digest.ts'
import { readFileOnce } from '../seal/read-file.ts'

/** The files that git tracks, as git names them from `top`. */
export interface TrackedTree {
  readonly top: string
  readonly paths: readonly Uint8Array[]
}

const MAX_BYTES = 1024 * 1024 * 1024

/** Returns the digest, or `null` with the first path that cannot be read: of half a tree there is no digest. */
export function hashTree({ top, paths }: TrackedTree): { hash: string | null; unreadable: string | null } {
  const root = Buffer.from(join(top, '/'))
  const lines: Buffer[] = []
  for (const path of paths) {
    const read = readFileOnce(Buffer.concat([root, path]), MAX_BYTES, { followLinks: true })
    if (!read.ok) return { hash: null, unreadable: Buffer.from(path).toString('utf8') }
    lines.push(Buffer.concat([Buffer.from(`${sha256(read.bytes)} `), path, LF]))
  }
  lines.sort(Buffer.compare)
  return { hash: sha256(lines.length === 0 ? LF : Buffer.concat(lines)), unreadable: null }
}

const LF = Buffer.from('\n')
