// The commonest damage to a sealed set is not an attack: a checkout that turns LF into CRLF, or back. The bytes
// are then wrong and stay refused; this only finds out whether line ends explain every difference.

import { type Digest, sha256 } from '../core/digest.ts'
import type { SealWarning } from './fault.ts'

/** Larger files are not tried: a hint is not worth a second copy of them. */
const MAX_BYTES = 16 * 1024 * 1024

/** A file whose bytes are not the listed ones. */
export interface Mismatch {
  readonly relpath: string
  readonly bytes: Uint8Array
  readonly want: Digest
}

/** Returns a hint when every one of `mismatches` is its listed content with other line ends. */
export function findLineEndingChange(mismatches: readonly Mismatch[]): SealWarning | undefined {
  if (mismatches.length === 0 || !mismatches.every(isConverted)) return undefined
  const names = mismatches.map(({ relpath }) => relpath).join(', ')
  const message = `line endings changed on the way here (${names}); restore the bytes as committed and mark the folder -text in .gitattributes`
  return Object.freeze({ code: 'SEAL_LINE_ENDINGS_CHANGED', path: '.', message })
}

function isConverted({ bytes, want }: Mismatch): boolean {
  if (bytes.byteLength > MAX_BYTES) return false
  // latin1 maps every byte to one character and back, whatever the text's encoding.
  const lf = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n')
  const crlf = lf.replaceAll('\n', '\r\n')
  return [lf, crlf].some(text => sha256(Buffer.from(text, 'latin1')) === want)
}
