// What a load answers: plain values that can be posted between threads. A failure is an answer too.

import type { BlobSha, Digest } from '../core/digest.ts'
import type { ChangeSize } from '../registry/mass-change.ts'
import type { RegistryError } from '../registry/parse.ts'
import type { Pin } from '../seal/pointer.ts'
import type { Look } from './look.ts'

/** Why a registry on disk is not served. A closed set. */
export const LOAD_CODES = [
  'registry_missing',
  'registry_unreadable',
  'registry_too_large',
  'registry_invalid',
  'registry_version_unsupported',
  'pointer_missing',
  'pin_unknown',
  'pin_invalid',
  'seal_invalid',
  'rollback_refused',
  'pointer_conflict',
  'mass_change_refused',
  'load_failed',
] as const

export type LoadCode = (typeof LOAD_CODES)[number]

/** Where a pin stands among all pins: serials never fall, and one serial never names two things. */
export interface PinMark {
  readonly runId: string
  readonly relpath: string | null
  readonly root: Digest
  /** 0 for a pin that has none. */
  readonly serial: number
}

/** A registry that may be served, and what is known of its bytes. */
export interface Loaded {
  readonly kind: 'loaded'
  /** The registry as `compileRegistry` makes it: threads share it, and posting it copies nothing. */
  readonly compiled: SharedArrayBuffer
  /** The changelog sealed with it, as `compileHistory` makes it; `null` for a plain file, or a set that holds none. */
  readonly history: SharedArrayBuffer | null
  readonly schemaVersion: string
  readonly revision: Digest
  readonly blobSha: BlobSha
  readonly bytes: number
  /** What pins it; `null` for a plain file. */
  readonly pin: Pin | null
  /** Digest of the pointer file that was read, if one was. */
  readonly pointer: Digest | null
  /** P5: what it takes away from what is served; `null` where there is nothing to take from, or for a plain file. */
  readonly change: ChangeSize | null
  /** P5: whether the sealed run says that taking much away is meant. */
  readonly massChange: boolean
}

/** What is served is what lies on disk. */
export interface Unchanged {
  readonly kind: 'unchanged'
  readonly disk: Digest
  readonly pointer: Digest | null
  /** Whether its bytes were read and verified for this, or only the pointer. */
  readonly verified: boolean
}

/** A registry that may not be served. `disk` is what lies there, when it could be told. */
export interface Refused {
  readonly kind: 'refused'
  readonly code: LoadCode
  readonly detail: string
  readonly disk: Digest | null
  /**
   * Digest of the file, or of the pointer file, that would only be refused again, whatever else changes; `null` where
   * another look may find something else.
   */
  readonly final: Digest | null
}

/** What was refused before is still there; it was not judged again. */
export interface Skipped {
  readonly kind: 'skipped'
}

/** What a load found; and the reading that it found it by, where the next one need not follow at once. */
export type LoadResult = (Loaded | Refused | Unchanged | Skipped) & { readonly look?: Look | null }

/** Makes a refusal. */
export function refused(
  code: LoadCode,
  detail: string,
  disk: Digest | null,
  final: Digest | null = null,
): Refused {
  return { kind: 'refused', code, detail, disk, final }
}

/** Makes the refusal of a document that breaks the rules, and will as long as `final` is what it is. */
export function refusedByRules(error: RegistryError, disk: Digest | null, final: Digest | null): Refused {
  const version = error.code === 'REGISTRY_VERSION_UNSUPPORTED'
  return refused(version ? 'registry_version_unsupported' : 'registry_invalid', error.message, disk, final)
}
