// What is this repository? The question that engines ask.

import { askKept } from './keep.ts'
import type { CallOptions, Parts } from './options.ts'
import type { Repository, Resolution, Told } from './outcome.ts'
import { pathOf, readRefusal } from './refusal.ts'
import { checkRevision, checkSubject, type Name, readRepository } from './shapes.ts'

/**
 * Asks what `asked` is. Throws `CLIENT_BAD_NAME`, and the reason of the caller's own signal; every trouble of the
 * service, or on the way to it, is an outcome.
 */
export async function resolve(parts: Parts, asked: Name, options: CallOptions): Promise<Resolution> {
  const path = pathOf('/resolve', asked)
  const found = await askKept(parts, path, (body, told) => readResolved(body, told, asked), options)
  if (found.outcome === 'found') {
    const { state, ...rest } = { ...found.value, ...found.kept }
    return state === 'enabled'
      ? { outcome: 'registered', ...rest, state }
      : { outcome: 'disabled', ...rest, state }
  }
  if (found.outcome !== 'problem') return found
  const refusal = readRefusal(found, path)
  if (refusal.outcome !== 'disabled') return refusal
  // Here a disabled repository is an answer; this refusal was not asked for.
  return { outcome: 'untrusted', code: 'bad_shape', detail: refusal.detail }
}

/** Reads what an answer says of `asked`. Throws `CLIENT_UNTRUSTED`. */
export function readResolved(body: unknown, told: Told, asked: Name): Repository {
  checkRevision(body, told)
  const repository = readRepository(body)
  checkSubject(repository, asked)
  return repository
}
