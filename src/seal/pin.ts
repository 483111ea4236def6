// From a registry home to verified bytes, and to nothing else: pointer, pin, folder, seal, root, file. Each file
// on the way is read once. Never the working copy, never the newest folder: only what the pin names, whole.

import { type Digest, sha256 } from '../core/digest.ts'
import { findPin, type Pin, parsePointers, readPointer, resolvePin } from './pointer.ts'
import { PointerError, type PointerFault, pointerFault } from './pointer-fault.ts'
import { readRunFolder } from './run-folder.ts'
import { type Seal, verifySeal } from './verify.ts'

/** A pin whose set has been verified. */
export interface PinnedSeal {
  readonly pin: Pin
  /** The digest of the pointer file that was read: equal as long as that file says the same. */
  readonly pointerDigest: Digest
  readonly seal: Seal
  /** The pinned file; `null` for a set that is pinned whole. */
  readonly payload: Uint8Array | null
}

/** Reads the pointer of `home` and verifies what it pins for `registryId`. Throws `PointerError` or `SealError`. */
export function verifyPin(home: string, registryId: string): PinnedSeal {
  return verifyPointerBytes(home, readPointer(home), registryId)
}

/** Does what `verifyPin` does with pointer bytes that were read before. */
export function verifyPointerBytes(home: string, pointerBytes: Uint8Array, registryId: string): PinnedSeal {
  const pin = findPin(parsePointers(pointerBytes), registryId)
  const seal = verifySeal(readRunFolder(resolvePin(home, pin)))
  return Object.freeze({ pin, pointerDigest: sha256(pointerBytes), seal, payload: verifyPinned(pin, seal) })
}

/** Returns the file of `seal` that `pin` names, or throws `PointerError` when it is not the set that was pinned. */
export function verifyPinned(pin: Pin, seal: Seal): Uint8Array | null {
  const faults: PointerFault[] = []
  if (seal.root !== pin.root) {
    // The set is sound and is another one: sealed again under the same name, which no seal can show by itself.
    faults.push(
      pointerFault('POINTER_ROOT_MISMATCH', pin.runId, 'ROOT_SHA256', { want: pin.root, got: seal.root }),
    )
  }
  const listed = pin.relpath === null || seal.entries.some(entry => entry.relpath === pin.relpath)
  if (!listed) {
    faults.push(
      pointerFault('POINTER_RELPATH_UNLISTED', `${pin.runId}/${pin.relpath}`, 'is not a file of the set'),
    )
  }
  if (faults.length > 0) throw new PointerError(faults)
  return pin.relpath === null ? null : seal.files.get(pin.relpath)!
}
