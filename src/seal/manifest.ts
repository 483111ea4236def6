// manifest.json (S3): which files a sealed set holds, how long each is and what it hashes to. It lists every file
// but itself and the top MANIFEST.sha256, once, in code-point order, so that one set has one manifest.

import { quote } from '../core/diagnostic.ts'
import { type Digest, isDigest } from '../core/digest.ts'
import { isMembers, kindOf, type Members, memberOf } from '../core/value.ts'
import { type SealFault, sealFault } from './fault.ts'
import { compareCodePoints, findRelpathDefect, foldPath } from './grammar.ts'
import { checkJsonText, type JsonText } from './json-text.ts'

/** The name of the manifest in its run folder. */
export const MANIFEST = 'manifest.json'

/** The name of the hash list in its run folder. */
export const HASH_LIST = 'MANIFEST.sha256'

/** The most entries a manifest may have: no more files are read from a folder either. */
export const MAX_ENTRIES = 10_000

/** One listed file. */
export interface Entry {
  readonly relpath: string
  readonly bytes: number
  readonly sha256: Digest
}

/** What could be read of a manifest. */
export interface Manifest {
  /** The entries without a fault. */
  readonly entries: readonly Entry[]
  /** Every path that is listed, also by an entry that is at fault elsewhere. */
  readonly named: ReadonlySet<string>
}

type Add = (code: SealFault['code'], what: string, details?: { want?: string; got?: string }) => void

/** Reads `bytes` as a manifest and returns every fault; without `manifest`, nothing could be read of it. */
export function checkManifest(bytes: Uint8Array): { manifest?: Manifest; faults: readonly SealFault[] } {
  const faults: SealFault[] = []
  const add: Add = (code, what, details) => faults.push(sealFault(code, MANIFEST, what, details))
  const json = checkJsonText(bytes)
  if (!json.ok) {
    for (const { code, message, line, column } of json.faults) {
      const kind = code === 'duplicate_key' ? 'SEAL_MANIFEST_DUPLICATE_KEY' : 'SEAL_MANIFEST_NOT_JSON'
      add(kind, `line ${line}, column ${column}: ${message}`)
    }
    return { faults }
  }
  if (!Array.isArray(json.value)) {
    add('SEAL_MANIFEST_NOT_ARRAY', `the manifest is ${kindOf(json.value)}`, { want: 'an array' })
    return { faults }
  }
  const items: readonly unknown[] = json.value
  if (items.length > MAX_ENTRIES) {
    add('SEAL_MANIFEST_TOO_MANY', `${items.length} entries`, { want: `at most ${MAX_ENTRIES}` })
    return { faults }
  }
  // A set without run.json is none, so an empty manifest describes no set at all.
  if (items.length === 0) add('SEAL_MANIFEST_EMPTY', 'the manifest lists no file')
  return { manifest: readEntries(add, items, json), faults }
}

function readEntries(add: Add, items: readonly unknown[], json: JsonText): Manifest {
  const entries: Entry[] = []
  const named = new Set<string>()
  const folded = new Map<string, string>([MANIFEST, HASH_LIST].map(name => [foldPath(name), name]))
  let last: string | undefined
  for (const [index, item] of items.entries()) {
    if (!isMembers(item)) {
      add('SEAL_MANIFEST_BAD_ENTRY', `/${index} is ${kindOf(item)}`, { want: 'an object' })
      continue
    }
    checkKeys(add, index, item)
    const relpath = readRelpath(add, index, item)
    const bytes = readBytes(add, index, item, json)
    const sha256 = readDigest(add, index, item)
    if (relpath === undefined) continue
    const own = checkPlace(add, index, relpath, { named, folded, last })
    last = relpath
    if (!own) continue
    if (!named.has(relpath) && bytes !== undefined && sha256 !== undefined) {
      entries.push(Object.freeze({ relpath, bytes, sha256 }))
    }
    named.add(relpath)
  }
  return { entries: Object.freeze(entries), named }
}

function checkKeys(add: Add, index: number, item: Members): void {
  const keys = ['relpath', 'bytes', 'sha256']
  for (const key of keys) {
    if (!Object.hasOwn(item, key)) add('SEAL_MANIFEST_BAD_ENTRY', `/${index} has no ${key}`)
  }
  const unknown = Object.keys(item).filter(key => !keys.includes(key))
  if (unknown.length === 0) return
  const got = quote(unknown.slice(0, 5))
  add('SEAL_MANIFEST_UNKNOWN_KEY', `/${index} has other keys`, { want: keys.join(', '), got })
}

function readRelpath(add: Add, index: number, item: Members): string | undefined {
  if (!Object.hasOwn(item, 'relpath')) return undefined
  const { relpath } = item
  const defect = typeof relpath === 'string' ? findRelpathDefect(relpath) : `is ${kindOf(relpath)}`
  if (defect === undefined) return relpath as string
  add('SEAL_MANIFEST_BAD_RELPATH', `/${index}/relpath ${defect}`, { got: quote(relpath) })
  return undefined
}

function readBytes(add: Add, index: number, item: Members, json: JsonText): number | undefined {
  if (!Object.hasOwn(item, 'bytes')) return undefined
  const bytes = json.integerAt(item, 'bytes')
  if (bytes !== undefined && bytes >= 0) return bytes
  const got = typeof item.bytes === 'number' ? 'another spelling or another number' : kindOf(item.bytes)
  add('SEAL_MANIFEST_BAD_BYTES', `/${index}/bytes`, {
    want: 'an integer from 0 to 2^53 - 1, in digits only',
    got,
  })
  return undefined
}

function readDigest(add: Add, index: number, item: Members): Digest | undefined {
  const sha256 = memberOf(item, 'sha256')
  if (isDigest(sha256)) return sha256
  if (!Object.hasOwn(item, 'sha256')) return undefined
  add('SEAL_MANIFEST_BAD_DIGEST', `/${index}/sha256`, {
    want: '64 lower-case hex digits',
    got: quote(sha256),
  })
  return undefined
}

interface Seen {
  readonly named: ReadonlySet<string>
  readonly folded: Map<string, string>
  readonly last: string | undefined
}

/** Returns false for a name that no manifest lists. */
function checkPlace(add: Add, index: number, relpath: string, seen: Seen): boolean {
  const at = `/${index}/relpath`
  if (relpath === MANIFEST || relpath === HASH_LIST) {
    add('SEAL_MANIFEST_LISTS_ITSELF', `${at} names ${relpath}, which no manifest lists`)
    return false
  }
  if (seen.named.has(relpath)) {
    add('SEAL_MANIFEST_DUPLICATE_ENTRY', `${at} names ${quote(relpath)} again`)
    return true
  }
  const fold = foldPath(relpath)
  const other = seen.folded.get(fold)
  // Two files here, one file in a clone on a disk that ignores case.
  if (other !== undefined)
    add('SEAL_MANIFEST_CASE_COLLISION', `${at} differs from ${quote(other)} only in case`)
  else seen.folded.set(fold, relpath)
  if (seen.last !== undefined && compareCodePoints(seen.last, relpath) > 0) {
    add('SEAL_MANIFEST_UNSORTED', `${at} comes after ${quote(seen.last)}`, {
      want: 'code-point order',
      got: quote(relpath),
    })
  }
  return true
}
