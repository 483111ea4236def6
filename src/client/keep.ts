// A question whose answer is kept: asked with the entity tag of the last answer, answered from memory when that still
// holds, and, up to the caller's bound, when the service cannot be asked at all.

import { ask } from './ask.ts'
import { ClientError, distrust } from './error.ts'
import type { Problem } from './judge.ts'
import { type Remembered, toldBy } from './memory.ts'
import { type CallOptions, type Parts, partsFor } from './options.ts'
import type { Failure, Kept, Told, Unavailable } from './outcome.ts'

/** What such a question comes to. */
export type Found<Value> =
  | { readonly outcome: 'found'; readonly value: Value; readonly kept: Kept }
  | Problem
  | Failure

/** Asks for `path`; `read` turns a body into a value, or throws what it does not believe. */
export async function askKept<Value>(
  given: Parts,
  path: string,
  read: (body: unknown, told: Told) => Value,
  options: CallOptions,
): Promise<Found<Value>> {
  const parts = partsFor(given, options)
  const { memory } = parts
  const before = memory.get(path)
  const headers: Record<string, string> = before === undefined ? {} : { 'if-none-match': before.etag }
  const { said, question } = await ask(parts, path, headers, options.signal)
  const remember = (value: unknown, etag: string | null, told: Told): void => {
    const cameAt = parts.clock.now()
    memory.set(path, question, etag === null ? undefined : { value, etag, told, cameAt })
  }
  try {
    switch (said.outcome) {
      case 'answer': {
        const { body, etag, told } = said
        const value = read(body, told)
        remember(value, etag, told)
        return { outcome: 'found', value, kept: { ...told, stale: false } }
      }
      case 'unchanged': {
        const { value, etag } = confirm(before, said.etag, said.told)
        remember(value, etag, said.told)
        return { outcome: 'found', value: value as Value, kept: { ...said.told, stale: false } }
      }
      case 'problem':
        // Whatever was there is not there any more: nothing may stand in for this answer later.
        if (said.told !== undefined) memory.set(path, question, undefined)
        return said
      case 'untrusted':
        return said
      case 'unavailable':
        return standIn<Value>(parts, path, said) ?? said
    }
  } catch (thrown) {
    if (thrown instanceof ClientError && thrown.failure !== undefined) return thrown.failure
    throw thrown
  }
}

/** Holds "unchanged" to what it is said of. */
function confirm(before: Remembered | undefined, etag: string | null, told: Told): Remembered {
  const bare = (tag: string): string => tag.replace(/^W\//, '')
  if (before === undefined || etag === null || bare(etag) !== bare(before.etag)) {
    throw distrust('bad_shape', `"unchanged" was said of ${etag ?? 'no entity tag'}, which was not asked for`)
  }
  if (told.revision !== before.told.revision) {
    const detail = `"unchanged" was said of revision ${told.revision} (want ${before.told.revision})`
    throw distrust('revision_mismatch', detail)
  }
  return before
}

/** Finds what may stand in for an answer that cannot be had. Whoever is refused is not answered from memory. */
function standIn<Value>(parts: Parts, path: string, { code }: Unavailable): Found<Value> | undefined {
  const answer = parts.memory.get(path)
  if (answer === undefined || code === 'refused' || parts.staleIfErrorSeconds === 0) return undefined
  const told = toldBy(answer, parts.clock.now())
  if (told === undefined || told.ageSeconds > parts.staleIfErrorSeconds) return undefined
  return { outcome: 'found', value: answer.value as Value, kept: { ...told, stale: true } }
}
