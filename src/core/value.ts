// What a value that came as JSON is.

/** A JSON object whose keys came from outside: look at it only through `Object.hasOwn` and `Object.entries`. */
export type Members = Readonly<Record<string, unknown>>

/** Tells whether `value` is a JSON object. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the member `key` that `members` itself holds, never one of its prototype. */
export function memberOf(members: Members, key: string): unknown {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

/** Names the JSON type of `value`, with its article. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
