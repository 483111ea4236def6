// Text of a `.infra.yaml` in, a typed manifest out. Strict YAML: whatever would make one text mean two things
// (duplicate keys, several documents, anchors and aliases, tags) is refused; what is left must satisfy the schema,
// or every fault is told.

import { Value } from '@sinclair/typebox/value'
import { type Document, parseDocument, visit } from 'yaml'
import { quote } from '../core/diagnostic.ts'
import { errorText, HouseError } from '../core/error.ts'
import { Manifest } from './schema.ts'

/** The manifest cannot be used; the message names the file and every fault. */
export class ManifestError extends HouseError<'MANIFEST_NOT_YAML' | 'MANIFEST_INVALID'> {}

/** A manifest is a page of text; the reader recurses, so what it is given is bounded first. */
const MAX_LENGTH = 64 * 1024

/** What YAML 1.2 does not allow to stand in a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/

/** Parses a manifest. Throws `MANIFEST_NOT_YAML` or `MANIFEST_INVALID`. */
export function parseManifest(text: string, file: string): Manifest {
  const value = readYaml(text, file)
  const faults = [...Value.Errors(Manifest, value)].map(
    fault => `${fault.path === '' ? '/' : quote(fault.path).slice(1, -1)}: ${fault.message}`,
  )
  if (faults.length > 0) throw new ManifestError('MANIFEST_INVALID', `${file}: ${faults.join('; ')}`)
  return value as Manifest
}

function readYaml(text: string, file: string): unknown {
  const refuse = (what: string, cause?: unknown): never => {
    throw new ManifestError('MANIFEST_NOT_YAML', `${file}: ${what}`, { cause })
  }
  if (text.length > MAX_LENGTH) refuse(`too long (want at most ${MAX_LENGTH} characters, got ${text.length})`)
  if (UNPRINTABLE.test(text) || !text.isWellFormed()) refuse('holds a character that YAML does not allow')
  try {
    const document = parseDocument(text, {
      strict: true,
      uniqueKeys: true,
      stringKeys: true,
      schema: 'core',
      logLevel: 'error',
    })
    // A warning of the reader is a tag or a directive that it passed over.
    const [fault] = [...document.errors, ...document.warnings]
    if (fault !== undefined) refuse(fault.message.split('\n', 1)[0]!.replace(/:$/, ''), fault)
    if (hasAnchor(document)) refuse('anchors and aliases are not allowed')
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    if (error instanceof ManifestError) throw error
    return refuse(errorText(error), error)
  }
}

function hasAnchor(document: Document): boolean {
  let found = false
  visit(document, {
    Alias: () => {
      found = true
      return visit.BREAK
    },
    Node: (_key, node) => {
      if (node.anchor === undefined) return
      found = true
      return visit.BREAK
    },
  })
  return found
}
