// The bytes of a registry after one step. A step changes one organisation, and where that was there and stays, its lines
// alone are written anew: rendering ten thousand others to arrive at the same bytes is a tenth of a command.

import { renderCanonical } from '../core/json.ts'
import type { RegistryDocument } from '../registry/schema.ts'
import type { Step } from './step.ts'

/** Returns the canonical bytes of `step.document`, given those of `before`, the document before that step. */
export function rewrite(step: Step, before: RegistryDocument, bytes: Uint8Array): Uint8Array {
  const { org, document } = step
  if (!Object.hasOwn(before.orgs, org) || !Object.hasOwn(document.orgs, org)) {
    return Buffer.from(renderCanonical(document))
  }
  const old = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Canonical (R1): at this depth a line is an organisation's first or last, and holds nothing else.
  const start = old.indexOf(`\n    ${JSON.stringify(org)}: {\n`)
  const end = old.indexOf(LAST_LINE, start) + LAST_LINE.length
  const value = JSON.stringify(document.orgs[org], null, 2).replaceAll('\n', '\n    ')
  const lines = Buffer.from(`\n    ${JSON.stringify(org)}: ${value}`)
  return Buffer.concat([old.subarray(0, start), lines, old.subarray(end)])
}

const LAST_LINE = '\n    }'
