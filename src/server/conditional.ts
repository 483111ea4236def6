// Conditional requests of RFC 9110 §13 for a resource that has an entity tag and no modification date.
// A field that does not follow the grammar is not a condition and is passed over.

const ENTITY_TAG = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"'
const LIST = new RegExp(`^[ \\t]*(?:,[ \\t]*)*${ENTITY_TAG}(?:[ \\t]*,(?:[ \\t]*${ENTITY_TAG})?)*[ \\t]*$`)
const EACH = new RegExp(ENTITY_TAG, 'g')

export interface Conditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** Says what a GET or HEAD that would be answered 200 with `etag` comes to (RFC 9110 §13.2.2, steps 1 and 3). */
export function evaluate({ ifMatch, ifNoneMatch }: Conditions, etag: string): 200 | 304 | 412 {
  if (ifMatch !== undefined && !matches(ifMatch, tag => tag === etag, true)) return 412
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, tag => tag === etag || tag === `W/${etag}`, false))
    return 304
  return 200
}

function matches(field: string, equal: (tag: string) => boolean, malformed: boolean): boolean {
  if (field.trim() === '*') return true
  if (!LIST.test(field)) return malformed
  return (field.match(EACH) ?? []).some(equal)
}
