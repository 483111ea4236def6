// The working copy against the pin, for registry and changelog: true, false, or `null` where a side cannot be read or
// verified. Unknown is not "no".

import { join } from 'node:path'
import { CHANGELOG, CHANGELOG_SNAPSHOT, REGISTRY_ID, WORKING_COPY } from '../publish/layout.ts'
import { SealError } from '../seal/fault.ts'
import { type PinnedSeal, verifyPin } from '../seal/pin.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { MAX_REGISTRY_BYTES, readFileOnce } from '../seal/read-file.ts'

/** Whether each of the two files differs from what is pinned. */
export interface WorkingDrift {
  readonly registry: boolean | null
  readonly changelog: boolean | null
}

/** Compares the working copy of `home` with its pin. */
export function readWorkingDrift(home: string): WorkingDrift {
  const pinned = readPin(home)
  const differs = (relpath: string, sealed: Uint8Array | null | undefined): boolean | null => {
    const read = readFileOnce(join(home, relpath), MAX_REGISTRY_BYTES)
    return read.ok && sealed ? !read.bytes.equals(sealed) : null
  }
  return {
    registry: differs(WORKING_COPY, pinned?.payload),
    changelog: differs(CHANGELOG, pinned?.seal.files.get(CHANGELOG_SNAPSHOT)),
  }
}

function readPin(home: string): PinnedSeal | null {
  try {
    return verifyPin(home, REGISTRY_ID)
  } catch (error) {
    if (error instanceof PointerError || error instanceof SealError) return null
    throw error
  }
}
