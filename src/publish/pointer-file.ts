// Writing the pointer: the one mutable file of the layer. Only the bytes of the addressed entry change; every other
// entry, and the prose that people keep in the file, stays as it is.

import { dirname, join } from 'node:path'
import { decodeUtf8, renderCanonical } from '../core/json.ts'
import { appendValue, replaceValue } from '../core/json-splice.ts'
import { POINTER_PATH, POINTER_VERSION, parsePointers, readPointer } from '../seal/pointer.ts'
import type { PointerEntry } from '../seal/pointer-entry.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { makeFolder, replaceFile } from './disk.ts'
import { PublishError } from './error.ts'
import { stagingPath } from './staging.ts'

/** The pointer file as it was read, or `undefined` where there is none yet. */
export interface PointerText {
  readonly bytes: Uint8Array
  readonly text: string
  readonly entries: readonly PointerEntry[]
}

/** Reads the pointer file for a change. Throws `PointerError` when it is there and is not sound. */
export function readPointerText(home: string): PointerText | undefined {
  const bytes = readIfThere(home)
  return bytes && { bytes, text: decodeUtf8(bytes), entries: parsePointers(bytes).entries }
}

function readIfThere(home: string): Uint8Array | undefined {
  try {
    return readPointer(home)
  } catch (error) {
    if (error instanceof PointerError && error.code === 'POINTER_MISSING') return undefined
    throw error
  }
}

/** Returns the bytes of the pointer file with `entry` put in the place of the one for its registry, or added. */
export function renderPointer(before: PointerText | undefined, entry: PointerEntry): Uint8Array {
  const bytes = Buffer.from(before === undefined ? beginPointer(entry) : splicePointer(before, entry))
  parsePointers(bytes) // what is about to be written is held to the same rules as what is read
  return bytes
}

function beginPointer(entry: PointerEntry): string {
  return renderCanonical({ pointer_contract_version: POINTER_VERSION, pointers: [entry] })
}

function splicePointer({ text, entries }: PointerText, entry: PointerEntry): string {
  const at = entries.findIndex(({ registry_id }) => registry_id === entry.registry_id)
  // Both places are there: the text was parsed into these entries.
  return (
    at === -1 ? appendValue(text, ['pointers'], entry) : replaceValue(text, ['pointers', at], entry)
  ) as string
}

/**
 * Replaces the pointer file of `home`, which was `before`: whoever reads it sees the old one or the new one. The caller
 * holds the lock; a writer that the lock does not reach is seen by its bytes. Throws `PUBLISH_CONFLICT`.
 */
export function writePointer(home: string, bytes: Uint8Array, before: PointerText | undefined): void {
  const path = join(home, POINTER_PATH)
  makeFolder(dirname(path))
  replaceFile(path, bytes, stagingPath(home), () => {
    const now = readIfThere(home)
    const same = now === undefined ? before === undefined : before && Buffer.from(before.bytes).equals(now)
    if (same) return
    const message = `${POINTER_PATH}: changed by another writer meanwhile; nothing was changed`
    throw new PublishError('PUBLISH_CONFLICT', `${message}; look again: infra status`)
  })
}
