// Replaying the log: from a known registry, line after line, to the one the lines lead to. Each line of ours says which
// registry it found and which it left; a line of the field's says neither, and what it leaves open is listed.

import { isOwn } from '../changelog/change.ts'
import type { LogLine } from '../changelog/changelog.ts'
import type { LogCode } from '../changelog/log-fault.ts'
import { type BlobSha, blobSha } from '../core/digest.ts'
import { renderCanonical } from '../core/json.ts'
import type { RegistryDocument } from '../registry/schema.ts'
import { World } from './world.ts'

/** Something that does not add up between a log and a registry. */
export interface Discrepancy {
  readonly code: LogCode
  readonly message: string
  /** The line of the log that says so, where one does. */
  readonly line?: number
  /** Where in the registry it shows, as a JSON pointer, where it does. */
  readonly pointer?: string
}

export interface Replay {
  /** The registry that the lines lead to. */
  readonly document: RegistryDocument
  readonly blob: BlobSha
  readonly discrepancies: readonly Discrepancy[]
  /** What lines of the field leave open, though their effect on the registry is known. */
  readonly undetermined: readonly { readonly line: number; readonly what: string }[]
}

export interface ReplayOptions {
  /**
   * `every` renders the registry after each line and compares it; `chain` compares the lines with each other, and only
   * the ends with a registry, which is for whole histories of large registries.
   */
  readonly blobs?: 'every' | 'chain'
}

/** Replays `lines` onto `base`. Never throws: what does not follow is listed, and the replay goes on. */
export function replayLog(
  base: RegistryDocument,
  lines: readonly LogLine[],
  { blobs = 'every' }: ReplayOptions = {},
): Replay {
  const world = new World(base)
  const discrepancies: Discrepancy[] = []
  const undetermined: { line: number; what: string }[] = []
  // The blob the next line has to have found; unknown after a line of the field.
  let expected: string | undefined
  // After a first break only the chain is compared: what follows a wrong line would be wrong at every line.
  let broken = false
  const add = (line: number, code: LogCode, message: string): void =>
    void discrepancies.push({ code, message, line })

  for (const [at, { line, change }] of lines.entries()) {
    if (!isOwn(change)) {
      for (const { code, message } of world.apply(change)) add(line, code, message)
      undetermined.push({ line, what: 'the entry before it, and the registry before and after it' })
      expected = undefined
      continue
    }
    const want = expected ?? blobOf(world.document())
    if (change.registry_before !== want) {
      add(line, 'LOG_WRONG_BEFORE', `registry_before is ${change.registry_before} (want ${want})`)
      broken = true
    }
    for (const { code, message } of world.apply(change)) {
      add(line, code, message)
      broken = true
    }
    expected = change.registry_after
    if (broken || (blobs === 'chain' && at < lines.length - 1)) continue
    const got = blobOf(world.document())
    if (got === expected) continue
    add(line, 'LOG_WRONG_AFTER', `registry_after is ${expected} (want ${got})`)
    broken = true
  }
  const document = world.document()
  return { document, blob: blobOf(document), discrepancies, undetermined }
}

/** Returns the blob of a registry's canonical bytes. */
export function blobOf(document: RegistryDocument): BlobSha {
  return blobSha(Buffer.from(renderCanonical(document)))
}
