// The source of a promotion, read: regular files only, each opened once, no link followed on the way. The source is
// looked at again when all of it is read, so that what comes out is what lay there at one moment.

import { type BigIntStats, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../core/diagnostic.ts'
import { errorText, systemCode } from '../core/error.ts'
import { decodeUtf8 } from '../core/json.ts'
import { renderPath } from '../seal/fault.ts'
import { compareCodePoints, findRelpathDefect, foldPath } from '../seal/grammar.ts'
import { type ReadFailure, readFileOnce } from '../seal/read-file.ts'
import { FOLDER_LIMITS } from '../seal/run-folder.ts'
import { isReservedName } from './catalog.ts'
import { isMember, mayHoldMembers } from './member-pattern.ts'
import { type PromotionCode, PromotionError } from './promotion-error.ts'

/** The bytes of a source, by the path that each is sealed under. */
export type Payload = ReadonlyMap<string, Uint8Array>

/** Reads the one file at `relpath` of `home`, to be sealed as `snapshot`. Throws `PromotionError`. */
export function readFileSource(home: string, relpath: string, snapshot: string): Payload {
  walkTo(home, relpath.split('/').slice(0, -1))
  const before = stamp(join(home, relpath), relpath)
  const bytes = readMember(join(home, relpath), relpath, FOLDER_LIMITS.fileBytes)
  if (stamp(join(home, relpath), relpath) !== before) throw changed(relpath)
  return new Map([[snapshot, bytes]])
}

/** Reads the members below the folder `relpath` of `home`, by their path in it. Throws `PromotionError`. */
export function readFolderSource(home: string, relpath: string, pattern: string): Payload {
  walkTo(home, relpath.split('/'))
  const top = join(home, relpath)
  const before = list(top, relpath, pattern)
  if (before.size === 0) {
    const message = `${renderPath(relpath)}: holds no member (want ${quote(pattern)}); an empty set is no set`
    throw new PromotionError('PROMOTE_SOURCE_EMPTY', message)
  }
  checkNames(relpath, [...before.keys()])
  const payload = new Map<string, Uint8Array>()
  let left = FOLDER_LIMITS.totalBytes
  for (const name of before.keys()) {
    const cap = Math.min(left, FOLDER_LIMITS.fileBytes)
    const bytes = readMember(join(top, name), `${relpath}/${name}`, cap)
    left -= bytes.byteLength
    payload.set(name, bytes)
  }
  const after = list(top, relpath, pattern)
  if ([...before].join('\n') !== [...after].join('\n')) throw changed(relpath)
  return payload
}

/** Every folder on the way is one, and no link: a source lies inside the home, whatever its name says. */
function walkTo(home: string, parts: readonly string[]): void {
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const relpath = parts.slice(0, depth).join('/')
    if (!look(join(home, relpath), relpath).isDirectory()) throw notPlain(relpath, 'is not a folder')
  }
}

function list(top: string, source: string, pattern: string): Map<string, string> {
  const found: [string, string][] = []
  const walk = (folder: string): void => {
    for (const name of namesIn(join(top, folder), `${source}/${folder}`)) {
      const relpath = folder === '' ? name : `${folder}/${name}`
      const shown = `${source}/${relpath}`
      const stat = look(join(top, relpath), shown)
      if (stat.isDirectory()) {
        if (relpath.split('/').length >= FOLDER_LIMITS.depth)
          throw tooLarge(shown, `lies more than ${FOLDER_LIMITS.depth} deep`)
        if (mayHoldMembers(pattern, relpath)) walk(relpath)
      } else if (!stat.isFile()) throw notPlain(shown, 'is neither a regular file nor a folder')
      else if (isMember(pattern, relpath)) found.push([relpath, stampOf(stat)])
      if (found.length > FOLDER_LIMITS.files)
        throw tooLarge(source, `holds more than ${FOLDER_LIMITS.files} members`)
    }
  }
  walk('')
  return new Map(found.sort(([a], [b]) => compareCodePoints(a, b)))
}

function namesIn(path: string, shown: string): string[] {
  let entries: Buffer[]
  try {
    // Names as bytes: decoded by Node, two different broken names could come out as one.
    entries = readdirSync(path, { encoding: 'buffer' })
  } catch (error) {
    throw failure(error, shown)
  }
  return entries.map(entry => {
    try {
      return decodeUtf8(entry)
    } catch {
      const got = quote(entry.toString('latin1'))
      throw new PromotionError(
        'PROMOTE_SOURCE_BAD_NAME',
        `${renderPath(shown)}: holds a name that is not UTF-8 (${got})`,
      )
    }
  })
}

function checkNames(source: string, names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const refuse = (code: PromotionCode, what: string): never => {
      throw new PromotionError(code, `${renderPath(`${source}/${name}`)}: ${what}`)
    }
    const defect = findRelpathDefect(name)
    if (defect !== undefined) refuse('PROMOTE_SOURCE_BAD_NAME', defect)
    if (isReservedName(name)) refuse('PROMOTE_SOURCE_RESERVED_NAME', 'the seal has a file of this name')
    const other = seen.get(foldPath(name))
    if (other !== undefined)
      refuse('PROMOTE_SOURCE_CASE_COLLISION', `differs from ${quote(other)} only in case`)
    seen.set(foldPath(name), name)
  }
}

function readMember(path: string, shown: string, maxBytes: number): Uint8Array {
  const outcome = readFileOnce(path, maxBytes)
  if (outcome.ok) return outcome.bytes
  throw new PromotionError(CODE_OF[outcome.reason], `${renderPath(shown)}: ${outcome.detail}`)
}

const CODE_OF: Readonly<Record<ReadFailure, PromotionCode>> = {
  missing: 'PROMOTE_SOURCE_CHANGED', // it was there a moment ago
  symlink: 'PROMOTE_SOURCE_NOT_PLAIN',
  not_a_file: 'PROMOTE_SOURCE_NOT_PLAIN',
  too_large: 'PROMOTE_SOURCE_TOO_LARGE',
  changed: 'PROMOTE_SOURCE_CHANGED',
  unreadable: 'PROMOTE_SOURCE_UNREADABLE',
}

function look(path: string, shown: string): BigIntStats {
  try {
    const stat = lstatSync(path, { bigint: true })
    if (stat.isSymbolicLink()) throw notPlain(shown, 'is a symbolic link')
    return stat
  } catch (error) {
    throw failure(error, shown)
  }
}

function stamp(path: string, shown: string): string {
  const stat = look(path, shown)
  if (stat.isFile()) return stampOf(stat)
  throw notPlain(shown, 'is not a regular file')
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

function failure(error: unknown, shown: string): PromotionError {
  if (error instanceof PromotionError) return error
  const missing = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')
  return missing
    ? new PromotionError('PROMOTE_SOURCE_MISSING', `${renderPath(shown)}: no such file or folder in the home`)
    : new PromotionError('PROMOTE_SOURCE_UNREADABLE', `${renderPath(shown)}: ${errorText(error)}`)
}

function notPlain(shown: string, what: string): PromotionError {
  return new PromotionError(
    'PROMOTE_SOURCE_NOT_PLAIN',
    `${renderPath(shown)}: ${what}; want regular files in folders`,
  )
}

function tooLarge(shown: string, what: string): PromotionError {
  return new PromotionError('PROMOTE_SOURCE_TOO_LARGE', `${renderPath(shown)}: ${what}`)
}

function changed(shown: string): PromotionError {
  return new PromotionError(
    'PROMOTE_SOURCE_CHANGED',
    `${renderPath(shown)}: changed while it was read; promote it again`,
  )
}
