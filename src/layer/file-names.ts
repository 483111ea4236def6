// Folders listed whatever their names are. A name on disk is bytes; one that is not UTF-8 becomes a text with a lone
// surrogate for each byte that cannot be decoded (as Python's `surrogateescape` does), so that no two names become one.

import { readdirSync } from 'node:fs'
import { tryDecodeUtf8 } from '../core/json.ts'

/** One entry of a folder: its name as text, and what opens it. */
export interface Named {
  readonly name: string
  readonly path: string | Buffer
}

/** Lists the folder at `path`, in no promised order. Throws what the system says. */
export function listNames(path: string | Buffer): Named[] {
  if (typeof path === 'string') {
    const names = readdirSync(path)
    // Where a name cannot be decoded, Node puts U+FFFD; a real U+FFFD only costs the second look.
    if (!names.some(name => name.includes('\ufffd')))
      return names.map(name => ({ name, path: `${path}/${name}` }))
  }
  const folder = Buffer.from(path)
  return readdirSync(path, { encoding: 'buffer' }).map(name => ({
    name: decodeName(name),
    path: Buffer.concat([folder, SLASH, name]),
  }))
}

/** Returns the path of `name`, which is plain ASCII, in the folder at `path`. */
export function pathIn(path: string | Buffer, name: string): string | Buffer {
  return typeof path === 'string' ? `${path}/${name}` : Buffer.concat([path, SLASH, Buffer.from(name)])
}

const SLASH = Buffer.from('/')

/** Decodes the bytes of a name; each byte that is no UTF-8 becomes U+DC00 and its value. */
export function decodeName(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.byteLength; ) {
    const length = sequenceLength(bytes[at]!)
    const whole = length > 0 ? tryDecodeUtf8(bytes.subarray(at, at + length)) : undefined
    text += whole ?? String.fromCharCode(0xdc00 + bytes[at]!)
    at += whole === undefined ? 1 : length
  }
  return text
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >= 0xc2 && lead < 0xe0) return 2
  if (lead >= 0xe0 && lead < 0xf0) return 3
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0
}
