// What every answer from one snapshot has in common, made once per snapshot: the `registry` block, the entity tag
// and the header values. A request adds only its own entry.

import { sha256 } from '../core/digest.ts'
import type { Snapshot } from '../registry/snapshot.ts'

export interface Face {
  readonly snapshot: Snapshot
  /** The headers that say which registry an answer comes from: names and values in turn. */
  readonly provenance: readonly string[]
  /** The `registry` member of an answer, as JSON text. */
  readonly registry: string
  /**
   * Covers everything a body depends on: the revision, and the rest of the `registry` block. One tag serves all
   * URLs, since a tag is compared only within one URL.
   */
  readonly etag: string
  /** The tag of the plain-text form: another representation needs another strong tag (RFC 9110 §8.8.3). */
  readonly plainEtag: string
  /** What follows the members of an entry in its answer, and its length in UTF-8. */
  readonly tail: { readonly text: string; readonly bytes: number }
  /** The heads of whole answers, by their length: nothing else of a head depends on the entry. */
  readonly heads: Map<number, readonly string[]>
  /** The tag of `/registry`, which also tells when this process loaded what it serves. */
  readonly infoEtag: string
}

const FRESH = 'no-cache, stale-if-error=86400'

/** Raised whenever the shape of any answer changes: the same registry is then other bytes, and needs other tags. */
const ANSWER_FORMAT = 1

/** Kept no longer than the snapshot: a thread that is asked nothing would else hold a registry that nobody serves. */
const faces = new WeakMap<Snapshot, Face>()

/** Returns the face of `snapshot`, made at its first request. */
export function faceOf(snapshot: Snapshot): Face {
  let face = faces.get(snapshot)
  if (face === undefined) {
    face = buildFace(snapshot)
    faces.set(snapshot, face)
  }
  return face
}

function buildFace(snapshot: Snapshot): Face {
  const { schemaVersion, revision, runId, blobSha, activatedAt } = snapshot.info
  const registry = JSON.stringify({
    schema_version: schemaVersion,
    revision,
    run_id: runId,
    blob_sha: blobSha,
    activated_at: activatedAt,
  })
  const tag = shorten(registry)
  const tail = `,"registry":${registry}}`
  return {
    snapshot,
    provenance: [
      'infra-registry-revision',
      revision,
      'infra-schema-version',
      schemaVersion,
      'cache-control',
      FRESH,
    ],
    registry,
    tail: { text: tail, bytes: Buffer.byteLength(tail) },
    heads: new Map(),
    etag: `"${tag}"`,
    plainEtag: `"${tag}-plain"`,
    infoEtag: `"${shorten(JSON.stringify(snapshot.info))}"`,
  }
}

function shorten(text: string): string {
  return sha256(`${ANSWER_FORMAT}\n${text}`).slice(0, 32)
}
