// The engines' own record of a repository. What it says of an unknown one is in the record, so there is no refusal to
// read. It has no place to say how old it is, so it is never stale.

import { ClientError } from './error.ts'
import { askKept } from './keep.ts'
import type { CallOptions, Parts } from './options.ts'
import type { Failure, Recorded } from './outcome.ts'
import { pathOf } from './refusal.ts'
import { type Name, readRecord } from './shapes.ts'

/** Asks for the engines' record of `asked`. Throws as `resolve` does. */
export async function engineRecord(
  parts: Parts,
  asked: Name,
  options: Omit<CallOptions, 'staleIfErrorSeconds'>,
): Promise<Recorded | Failure> {
  const path = pathOf('/infra-resolution', asked)
  const read = (body: unknown) => readRecord(body, asked)
  const found = await askKept(parts, path, read, { ...options, staleIfErrorSeconds: 0 })
  if (found.outcome === 'problem') {
    if (found.code === 'invalid_name') throw new ClientError('CLIENT_BAD_NAME', found.detail)
    const detail = `${found.code}: ${found.detail}`
    return { outcome: 'unavailable', code: 'foreign_answer', detail, attempts: 1 }
  }
  if (found.outcome !== 'found') return found
  const { stale: _, ...told } = found.kept
  return { outcome: 'recorded', record: found.value, ...told }
}
