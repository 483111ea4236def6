// The pointer file: the only mutable file of the registry layer, edited by hand upstream, and so read strictly
// where it selects something and leniently where it is prose. One bad entry refuses the file: half a pointer
// file is a file that somebody is in the middle of changing.

import { realpathSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { quote } from '../core/diagnostic.ts'
import type { Digest } from '../core/digest.ts'
import { errorText, systemCode } from '../core/error.ts'
import { isMembers, kindOf, type Members, memberOf } from '../core/value.ts'
import { checkJsonText, type JsonText } from './json-text.ts'
import { checkPointerEntry, type PointerEntry, type RunRoot } from './pointer-entry.ts'
import {
  POINTER_PATH,
  type PointerCode,
  PointerError,
  type PointerFault,
  pointerFault,
} from './pointer-fault.ts'
import { type ReadFailure, readFileOnce } from './read-file.ts'

export { POINTER_PATH } from './pointer-fault.ts'

/** S6: the most bytes of a pointer file. */
const MAX_POINTER_BYTES = 64 * 1024

/** The only version of the pointer contract. */
export const POINTER_VERSION = '0.1'

/** A pointer file without a fault. */
export interface Pointers {
  readonly entries: readonly PointerEntry[]
}

/** An entry that says `true` and names a set: what may be served, once that set is verified. */
export interface Pin {
  readonly registryId: string
  readonly runId: string
  readonly runRoot: RunRoot
  /** The pinned file, or `null` for a set that is pinned whole. */
  readonly relpath: string | null
  readonly root: Digest
  readonly asofUtc: string
  readonly notes?: string
  readonly serial?: number
}

/** Reads the pointer file of `home` once; a symbolic link is followed. Throws `PointerError`. */
export function readPointer(home: string): Buffer {
  const path = join(resolve(home), POINTER_PATH)
  const outcome = readFileOnce(path, MAX_POINTER_BYTES, { followLinks: true })
  if (outcome.ok) return outcome.bytes
  if (outcome.reason === 'missing') realpath(home, 'POINTER_HOME_MISSING', 'there is no registry home')
  const what = outcome.reason === 'missing' ? 'there is no pointer file' : outcome.detail
  throw new PointerError([pointerFault(CODE_OF[outcome.reason], path, what)])
}

const CODE_OF: Readonly<Record<ReadFailure, PointerCode>> = {
  missing: 'POINTER_MISSING',
  symlink: 'POINTER_UNREADABLE', // a loop of links
  not_a_file: 'POINTER_NOT_A_FILE',
  too_large: 'POINTER_TOO_LARGE',
  changed: 'POINTER_CHANGED_WHILE_READ',
  unreadable: 'POINTER_UNREADABLE',
}

/** Parses the bytes of a pointer file (P1–P3). Throws `PointerError` with every fault. */
export function parsePointers(bytes: Uint8Array): Pointers {
  const { pointers, faults } = checkPointers(bytes)
  if (pointers === undefined) throw new PointerError(faults)
  return pointers
}

/** Checks the bytes of a pointer file and returns its value, or every fault; never throws. */
export function checkPointers(bytes: Uint8Array): { pointers?: Pointers; faults: readonly PointerFault[] } {
  if (bytes.byteLength > MAX_POINTER_BYTES) {
    return { faults: [pointerFault('POINTER_TOO_LARGE', '#', `larger than ${MAX_POINTER_BYTES} bytes`)] }
  }
  const json = checkJsonText(bytes)
  if (!json.ok) {
    const faults = json.faults.map(({ code, message, line, column }) => {
      const kind = code === 'duplicate_key' ? 'POINTER_DUPLICATE_KEY' : 'POINTER_NOT_JSON'
      return pointerFault(kind, '#', `line ${line}, column ${column}: ${message}`)
    })
    return { faults }
  }
  if (!isMembers(json.value)) {
    return {
      faults: [pointerFault('POINTER_NOT_OBJECT', '#', `is ${kindOf(json.value)}`, { want: 'an object' })],
    }
  }
  const { entries, faults } = checkEntries(json.value, json)
  faults.unshift(...checkTop(json.value))
  return faults.length > 0
    ? { faults }
    : { pointers: Object.freeze({ entries: Object.freeze(entries) }), faults }
}

function checkTop(top: Members): PointerFault[] {
  const faults: PointerFault[] = []
  const version = memberOf(top, 'pointer_contract_version')
  if (version !== POINTER_VERSION) {
    const got = version === undefined ? 'nothing' : quote(version)
    faults.push(
      pointerFault('POINTER_BAD_VERSION', '#/pointer_contract_version', 'version', {
        want: `"${POINTER_VERSION}"`,
        got,
      }),
    )
  }
  for (const [key, value] of Object.entries(top)) {
    // Prose of any name is harmless, and upstream has some; a structure of an unknown name may be meant to count.
    if (key === 'pointers' || typeof value === 'string' || (key === 'pointer_schema' && isMembers(value)))
      continue
    if (key === 'pointer_contract_version') continue
    faults.push(
      pointerFault('POINTER_UNKNOWN_KEY', '#', `has a key ${quote(key)} that is ${kindOf(value)}`, {
        want: 'text',
      }),
    )
  }
  return faults
}

function checkEntries(top: Members, json: JsonText): { entries: PointerEntry[]; faults: PointerFault[] } {
  const list = memberOf(top, 'pointers')
  if (!Array.isArray(list)) {
    return {
      entries: [],
      faults: [pointerFault('POINTER_BAD_LIST', '#/pointers', `is ${kindOf(list)}`, { want: 'an array' })],
    }
  }
  const entries: PointerEntry[] = []
  const faults: PointerFault[] = []
  const seen = new Set<unknown>()
  for (const [index, item] of (list as readonly unknown[]).entries()) {
    const path = `#/pointers/${index}`
    const checked = checkPointerEntry(item, json, path)
    faults.push(...checked.faults)
    if (checked.entry !== undefined) entries.push(checked.entry)
    const id = isMembers(item) ? memberOf(item, 'registry_id') : undefined
    if (typeof id !== 'string') continue
    if (seen.has(id))
      faults.push(pointerFault('POINTER_DUPLICATE_REGISTRY_ID', path, `${quote(id)} stands twice`))
    seen.add(id)
  }
  return { entries, faults }
}

/** Returns the entry of `registryId`, whatever it says; `undefined` when there is none. */
export function findEntry(pointers: Pointers, registryId: string): PointerEntry | undefined {
  return pointers.entries.find(entry => entry.registry_id === registryId)
}

/** Returns the pin of `registryId`. Throws `POINTER_NOT_PINNED`, `POINTER_UNKNOWN` or `POINTER_FALSE` (P2). */
export function findPin(pointers: Pointers, registryId: string): Pin {
  const entry = findEntry(pointers, registryId)
  const refuse = (code: PointerCode, what: string): PointerError =>
    new PointerError([pointerFault(code, '#/pointers', `${quote(registryId)} ${what}`)])
  if (entry === undefined) throw refuse('POINTER_NOT_PINNED', 'has no entry')
  if (entry.active_ref_known === 'unknown')
    throw refuse('POINTER_UNKNOWN', 'has an active run that is unknown')
  if (!entry.active_ref_known) throw refuse('POINTER_FALSE', 'has an active run that is known to be invalid')
  const { run_id, run_root, relpath, manifest_sha256 } = entry.active_ref
  return Object.freeze({
    registryId,
    // checkPointerEntry has refused a `true` without these.
    runId: run_id!,
    runRoot: run_root!,
    relpath,
    root: manifest_sha256!,
    asofUtc: entry.active_asof_utc,
    ...(entry.notes === undefined ? {} : { notes: entry.notes }),
    ...(entry.serial === undefined ? {} : { serial: entry.serial }),
  })
}

/** Returns the absolute path of the run folder that `pin` names, inside `home` after every link. Throws `PointerError`. */
export function resolvePin(home: string, pin: Pick<Pin, 'runRoot' | 'runId'>): string {
  const top = realpath(home, 'POINTER_HOME_MISSING', 'there is no registry home')
  const folder = join(top, pin.runRoot, pin.runId)
  const real = realpath(folder, 'POINTER_RUN_MISSING', 'there is no such run folder')
  // P3: a link may lead about within the home and never out of it.
  if (!real.startsWith(top.endsWith(sep) ? top : `${top}${sep}`)) {
    throw new PointerError([
      pointerFault('POINTER_OUTSIDE_HOME', folder, 'leads out of the registry home', { got: real }),
    ])
  }
  return folder
}

function realpath(path: string, missing: PointerCode, what: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch (error) {
    const absent = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')
    throw new PointerError([
      absent
        ? pointerFault(missing, absolute, what)
        : pointerFault('POINTER_UNREADABLE', absolute, errorText(error)),
    ])
  }
}
