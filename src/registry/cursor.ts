// A cursor says where a page ended, in which revision and under which filter, so that a list is never stitched
// together from two registries. It is opaque to callers and holds nothing secret.

import { sha256 } from '../core/digest.ts'
import type { Filter } from './snapshot.ts'

export interface Cursor {
  readonly revision: string
  /** Digest of the filter and list that the cursor belongs to. */
  readonly filter: string
  readonly from: number
}

const FORM = /^([0-9a-f]{16})\.([0-9a-f]{8})\.(0|[1-9][0-9]{0,9})$/

/** Returns the short names under which a cursor remembers a revision and a filter. */
export function cursorScope(revision: string, list: string, filter: Filter): Omit<Cursor, 'from'> {
  const { org = '', state = '', context = '', q = '' } = filter
  const parts = JSON.stringify([list, org.toLowerCase(), state, context, q.toLowerCase()])
  return { revision: revision.slice(0, 16), filter: sha256(parts).slice(0, 8) }
}

/** Renders a cursor as one URL-safe word. */
export function renderCursor({ revision, filter, from }: Cursor): string {
  return Buffer.from(`${revision}.${filter}.${from}`).toString('base64url')
}

/** Parses a cursor; anything this code did not make is `undefined`. */
export function parseCursor(text: string): Cursor | undefined {
  const match = FORM.exec(Buffer.from(text, 'base64url').toString('latin1'))
  if (match === null) return undefined
  const [, revision, filter, from] = match as unknown as [string, string, string, string]
  const cursor = { revision, filter, from: Number(from) }
  // Base64 decoding is lenient: padding, blanks and foreign letters would give one cursor many spellings.
  return renderCursor(cursor) === text ? cursor : undefined
}
