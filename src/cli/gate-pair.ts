// Registry and changelog against an earlier state of both: the log extends the earlier one, and its new lines lead from
// that registry to this one, entry for entry.

import { scanChangelog } from '../changelog/changelog.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { locatePointers } from '../core/json-pointer.ts'
import { checkConsistency } from '../edit/consistency.ts'
import { checkLogExtends } from '../edit/extends.ts'
import type { Discrepancy } from '../edit/replay.ts'
import { parseRegistry, RegistryError } from '../registry/parse.ts'
import type { RegistryDocument } from '../registry/schema.ts'
import { fault } from './gate-fault.ts'
import type { Pair } from './source.ts'

/** How the two files are named in a message. */
export interface PairFiles {
  readonly registry: string
  readonly changelog: string
}

/** Checks that the log of `head` extends that of `base`, and leads from its registry to this one, entry for entry. */
export function checkPair(
  base: Pair,
  head: Pair,
  files: PairFiles,
  baseLabel: string,
): readonly Diagnostic[] {
  const extended = checkLogExtends(base.changelog, head.changelog, files.changelog)
  if (extended.length > 0) return extended
  const earlier = readDocument(base.registry, `${baseLabel}:${files.registry}`)
  if ('faults' in earlier) return earlier.faults
  const known = countLines(base.changelog)
  const { lines, faults } = scanChangelog(head.changelog, files.changelog)
  if (faults.length > 0) return faults
  const found = checkConsistency(
    earlier.document,
    lines.filter(({ line }) => line > known),
    parseRegistry(head.registry, files.registry),
  )
  return found.length === 0 ? [] : place(found, head, files)
}

function readDocument(
  bytes: Uint8Array,
  file: string,
): { readonly document: RegistryDocument } | { readonly faults: readonly Diagnostic[] } {
  try {
    return { document: parseRegistry(bytes, file) }
  } catch (error) {
    if (error instanceof RegistryError) return { faults: error.violations }
    throw error
  }
}

function place(found: readonly Discrepancy[], head: Pair, files: PairFiles): readonly Diagnostic[] {
  const pointers = new Set(found.flatMap(({ pointer }) => (pointer === undefined ? [] : [pointer])))
  const places = locatePointers(Buffer.from(head.registry).toString('utf8'), pointers)
  return found.map(({ code, message, line, pointer }) => {
    if (line !== undefined) return fault(files.changelog, code, message, { line })
    return fault(files.registry, code, message, places.get(pointer ?? '') ?? {})
  })
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}
