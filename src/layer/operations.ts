// The catalog of operations: which there are, and how each is enforced. A level that nobody has stated is `null`, which
// is not C0.

import { join } from 'node:path'
import { type Digest, sha256 } from '../core/digest.ts'
import { readFileOnce } from '../seal/read-file.ts'
import { checkArtifact } from './artifact.ts'
import { compareText } from './code-points.ts'
import { LayerError } from './error.ts'
import { type Operation, OperationCatalog } from './schemas/operations.ts'
import { OPTIONS } from './schemas/words.ts'

/** The catalog, relative to the registry home. */
export const OPERATION_CATALOG = 'registry/OPERATION_CATALOG_v0_1.json'

const MAX_CATALOG_BYTES = 4 * 1024 * 1024

export interface Operations {
  /** By option, then by id. */
  readonly operations: readonly Operation[]
  readonly digest: Digest
}

/** Reads the catalog of `home`. Throws `LAYER_CATALOG_MISSING` or `LAYER_CATALOG_INVALID`. */
export function readOperations(home: string): Operations {
  const path = join(home, OPERATION_CATALOG)
  const read = readFileOnce(path, MAX_CATALOG_BYTES)
  if (!read.ok) {
    const code = read.reason === 'missing' ? 'LAYER_CATALOG_MISSING' : 'LAYER_CATALOG_INVALID'
    const what = read.reason === 'missing' ? 'there is no catalog of operations' : read.detail
    throw new LayerError(code, `${path}: ${what}`)
  }
  return { operations: parseOperations(read.bytes), digest: sha256(read.bytes) }
}

/** Parses the bytes of a catalog. Throws `LAYER_CATALOG_INVALID`. */
export function parseOperations(bytes: Uint8Array): readonly Operation[] {
  const violation = checkArtifact('json', OperationCatalog, bytes, OPERATION_CATALOG)[0]
  if (violation !== undefined) {
    const { file, line, column, code, message } = violation
    throw new LayerError('LAYER_CATALOG_INVALID', `${file}:${line}:${column}: ${code} ${message}`)
  }
  const { operations } = JSON.parse(Buffer.from(bytes).toString('utf8')) as OperationCatalog
  const seen = new Set<string>()
  for (const { operation_id } of operations) {
    if (seen.has(operation_id))
      throw new LayerError('LAYER_CATALOG_INVALID', `${OPERATION_CATALOG}: ${operation_id} stands twice`)
    seen.add(operation_id)
  }
  return operations.toSorted(
    (a, b) =>
      OPTIONS.indexOf(a.option) - OPTIONS.indexOf(b.option) || compareText(a.operation_id, b.operation_id),
  )
}
