// MANIFEST.sha256 (S4) and the one number that stands for a whole set, ROOT_SHA256 (S5). Two readers that pick
// different ROOT lines would trust different sets, so there is exactly one, it is last, and it is recomputed.

import { quote } from '../core/diagnostic.ts'
import { type Digest, isDigest, sha256 } from '../core/digest.ts'
import { decodeUtf8, EncodingError } from '../core/json.ts'
import { type SealFault, type SealWarning, sealFault } from './fault.ts'
import { compareCodePoints, MAX_RELPATH_LENGTH } from './grammar.ts'
import { HASH_LIST, MAX_ENTRIES } from './manifest.ts'

const ROOT_WORD = 'ROOT_SHA256'

/** The most lines: one for each entry, one for manifest.json, one for the root. */
const MAX_LINES = MAX_ENTRIES + 2

/** What could be read of a hash list. */
export interface HashList {
  /** Digest by relative path; the first one, where a path stands twice. */
  readonly digests: ReadonlyMap<string, Digest>
  /** The root as the list states it, if it does so in exactly one way. */
  readonly root?: Digest
}

type Add = (code: SealFault['code'], what: string, details?: { want?: string; got?: string }) => void

/** Computes ROOT_SHA256 of whole lines `<hex><2 spaces><relpath>`, given in any order and without line ends (S5). */
export function computeRoot(lines: Iterable<string>): Digest {
  const sorted = [...lines].sort(compareCodePoints)
  return sha256(`${sorted.join('\n')}\n`)
}

/** Reads `bytes` as a hash list and returns every fault; without `list`, nothing could be read of it. */
export function checkHashList(bytes: Uint8Array): {
  list?: HashList
  faults: readonly SealFault[]
  warnings: readonly SealWarning[]
} {
  const faults: SealFault[] = []
  const add: Add = (code, what, details) => faults.push(sealFault(code, HASH_LIST, what, details))
  const text = decode(add, bytes)
  if (text === undefined) return { faults, warnings: [] }
  const { lines, crlf } = splitLines(add, text)
  if (lines.length > MAX_LINES) {
    add('SEAL_LIST_TOO_MANY', `${lines.length} lines`, { want: `at most ${MAX_LINES}` })
    return { faults, warnings: [] }
  }
  const list = readLines(add, lines)
  const warnings = crlf ? [CRLF_WARNING] : []
  return { list, faults, warnings }
}

const CRLF_WARNING: SealWarning = Object.freeze({
  code: 'SEAL_LIST_CRLF',
  path: HASH_LIST,
  message: 'lines end in CRLF; they are read as if they ended in LF',
})

function decode(add: Add, bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
    add('SEAL_LIST_NOT_UTF8', error.message)
    return undefined
  }
}

function splitLines(add: Add, text: string): { lines: string[]; crlf: boolean } {
  if (text === '') return { lines: [], crlf: false }
  const lines = text.split('\n')
  // The last byte of a whole list is a line feed; a list that was cut short has lost it.
  if (lines.at(-1) === '') lines.pop()
  else add('SEAL_LIST_TRUNCATED', 'the last line has no line end')
  // All lines or none: half of each is no system's line end, and such lines fail their grammar below.
  const crlf = lines.length > 0 && lines.every(line => line.endsWith('\r'))
  return { lines: crlf ? lines.map(line => line.slice(0, -1)) : lines, crlf }
}

function readLines(add: Add, lines: readonly string[]): HashList {
  const digests = new Map<string, Digest>()
  const sound: string[] = []
  const roots: { text: string; index: number }[] = []
  let bad = 0
  let twice = 0
  for (const [index, line] of lines.entries()) {
    if (line.startsWith(ROOT_WORD)) {
      roots.push({ text: line.slice(ROOT_WORD.length), index })
      continue
    }
    const digest = line.slice(0, 64)
    const relpath = line.slice(66)
    const named = relpath !== '' && relpath.length <= MAX_RELPATH_LENGTH && !relpath.endsWith('\r')
    if (!isDigest(digest) || line.slice(64, 66) !== '  ' || !named) {
      bad += 1
      const want = '64 lower-case hex digits, two spaces and a path'
      add('SEAL_LIST_BAD_LINE', `line ${index + 1}`, { want, got: quote(line) })
      continue
    }
    if (digests.has(relpath)) {
      twice += 1
      add('SEAL_LIST_DUPLICATE_LINE', `line ${index + 1} names ${quote(relpath)} again`)
    } else digests.set(relpath, digest)
    sound.push(line)
  }
  // S5 over no line at all is the digest of one line feed: a root that commits to nothing.
  if (sound.length === 0 && bad === 0) add('SEAL_LIST_EMPTY', 'the list holds no line for any file')
  const root = readRoot(add, roots, lines.length)
  // Over a list with lines that are broken or repeated, readers would not agree on what to sum up.
  if (root !== undefined && bad + twice === 0) {
    const computed = computeRoot(sound)
    if (root !== computed) add('SEAL_ROOT_MISMATCH', ROOT_WORD, { want: root, got: computed })
  }
  return root === undefined ? { digests } : { digests, root }
}

function readRoot(
  add: Add,
  roots: readonly { text: string; index: number }[],
  count: number,
): Digest | undefined {
  const [first] = roots
  if (first === undefined) {
    add('SEAL_ROOT_MISSING', `the list has no ${ROOT_WORD} line`)
    return undefined
  }
  if (roots.length > 1) {
    const at = roots.map(({ index }) => index + 1).join(', ')
    add('SEAL_ROOT_TWICE', `${ROOT_WORD} stands on lines ${at}`, { want: 'one line' })
    return undefined
  }
  if (first.index !== count - 1)
    add('SEAL_ROOT_NOT_LAST', `${ROOT_WORD} stands on line ${first.index + 1} of ${count}`)
  const digest = first.text.slice(2)
  if (first.text.startsWith('  ') && isDigest(digest)) return digest
  const want = 'two spaces and 64 lower-case hex digits'
  add('SEAL_ROOT_BAD', `${ROOT_WORD} on line ${first.index + 1}`, { want, got: quote(first.text) })
  return undefined
}
