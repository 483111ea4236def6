// One file that lies anywhere: changed whole or not at all, under a lock of its folder, staged beside it and moved into
// place by one rename; or made anew, and then never in place of another.

import { chmodSync, linkSync, realpathSync, renameSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorText, systemCode } from '../core/error.ts'
import { readFileOnce } from '../seal/read-file.ts'
import { remove, settle, writeNewFile } from './disk.ts'
import { PublishError } from './error.ts'
import { withLock } from './lock.ts'

const MAX_BYTES = 64 * 1024 * 1024

/** Returns the bytes of `path`. Throws `PUBLISH_SOURCE_MISSING` or `PUBLISH_SOURCE_UNREADABLE`. */
export function readPlainFile(path: string): Buffer {
  const outcome = readFileOnce(path, MAX_BYTES, { followLinks: true })
  if (outcome.ok) return outcome.bytes
  const missing = outcome.reason === 'missing'
  const code = missing ? 'PUBLISH_SOURCE_MISSING' : 'PUBLISH_SOURCE_UNREADABLE'
  throw new PublishError(code, `${path}: ${missing ? 'no such file' : outcome.detail}`)
}

/**
 * Replaces the content of `path` by what `decide` makes of it, as the only writer of its folder; the same bytes are
 * not written. What `decide` throws is thrown on, and then not a byte has changed. Throws `PublishError`.
 */
export async function changePlainFile<Decision extends { readonly bytes: Uint8Array }>(
  path: string,
  decide: (bytes: Buffer) => Decision,
): Promise<Decision> {
  readPlainFile(path)
  const target = realPath(path)
  return withLock(dirname(target), () => {
    const bytes = readPlainFile(target)
    const decision = decide(bytes)
    if (!bytes.equals(decision.bytes)) replace(target, decision.bytes)
    return decision
  })
}

/** Through a link, or the link would be replaced and what it leads to left as it was. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw refusal(path, error)
  }
}

function replace(path: string, bytes: Uint8Array): void {
  // The lock is held, so the name can always be the same: what a killed run left never piles up.
  const staged = join(dirname(path), `.${basename(path)}.staged`)
  remove(staged)
  try {
    const { mode } = statSync(path)
    writeNewFile(staged, bytes, mode & 0o777)
    // The umask may have taken something away.
    if (statSync(staged).mode !== mode) chmodSync(staged, mode & 0o7777)
    renameSync(staged, path)
  } catch (error) {
    remove(staged)
    throw refusal(path, error)
  }
  settle(dirname(path), path)
}

/**
 * Writes `bytes` to `path` if nothing is there; of several at once, one does. Throws `PUBLISH_FILE_EXISTS` or
 * another `PublishError`.
 */
export function createPlainFile(path: string, bytes: Uint8Array): void {
  const staged = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}`)
  try {
    writeNewFile(staged, bytes, 0o644)
    // Unlike a rename, a link never takes the place of another file.
    linkSync(staged, path)
  } catch (error) {
    throw refusal(path, error)
  } finally {
    remove(staged)
  }
  settle(dirname(path), path)
}

function refusal(path: string, error: unknown): PublishError {
  if (error instanceof PublishError) return error
  if (systemCode(error) === 'EEXIST') {
    return new PublishError('PUBLISH_FILE_EXISTS', `${path}: is there already; it is never overwritten`)
  }
  const message = `cannot write ${path} (${errorText(error)}); nothing was changed`
  return new PublishError('PUBLISH_WRITE_FAILED', message, { cause: error })
}
