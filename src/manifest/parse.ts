// Text of a `.infra.yaml` in, a typed manifest out. Strict YAML: duplicate keys, several documents and aliases are
// refused by the reader; what is left must satisfy the schema, or every fault is told.

import { Value } from '@sinclair/typebox/value'
import { parseDocument } from 'yaml'
import { HouseError } from '../core/error.ts'
import { Manifest } from './schema.ts'

/** The manifest cannot be used; the message names the file and every fault. */
export class ManifestError extends HouseError<'MANIFEST_NOT_YAML' | 'MANIFEST_INVALID'> {}

/** Parses a manifest. Throws `MANIFEST_NOT_YAML` or `MANIFEST_INVALID`. */
export function parseManifest(text: string, file: string): Manifest {
  const document = parseDocument(text, { strict: true, uniqueKeys: true })
  const [error] = document.errors
  if (error !== undefined)
    throw new ManifestError('MANIFEST_NOT_YAML', `${file}: ${error.message}`, { cause: error })
  const value: unknown = document.toJS({ maxAliasCount: 0 })
  const faults = [...Value.Errors(Manifest, value)].map(fault => `${fault.path || '/'}: ${fault.message}`)
  if (faults.length > 0) throw new ManifestError('MANIFEST_INVALID', `${file}: ${faults.join('; ')}`)
  return value as Manifest
}
