// One entry of the pointer file (P1–P3): which run of one registry is active. It says `true`, `false` or "unknown"
// and never anything that merely looks like one of them; a pin is an entry that says `true` and names everything.

import { quote } from '../core/diagnostic.ts'
import { type Digest, isDigest } from '../core/digest.ts'
import { isMembers, kindOf, type Members, memberOf } from '../core/value.ts'
import { findRelpathDefect, isRunId, isUtcTime } from './grammar.ts'
import type { JsonText } from './json-text.ts'
import { type PointerCode, type PointerFault, pointerFault } from './pointer-fault.ts'

/** P3: the folder, relative to the home, that holds the runs made here. */
export const RUN_ROOT = '.codex/RUNS'

/** P3: the folders, relative to the home, that may hold runs. */
export const RUN_ROOTS = [RUN_ROOT, 'reports/runs'] as const

export type RunRoot = (typeof RUN_ROOTS)[number]

/** The registry whose pin is served. */
export const REGISTRY_ID = 'telemetry_registry'

/**
 * The farthest that a serial may be lifted at once, and the farthest that is believed: one that claims more would leave no
 * serial for those that follow.
 */
export const MAX_SERIAL_JUMP = 1_000_000

/** The spelling of a registry's id. */
export const REGISTRY_ID_PATTERN = '^[a-z0-9][a-z0-9_]{0,63}$'

/** What an entry refers to; a part that is not known is `null`. */
export interface ActiveRef {
  readonly run_id: string | null
  readonly run_root: RunRoot | null
  /** The pinned file, or `null` for a set that is pinned whole. */
  readonly relpath: string | null
  /** ROOT_SHA256 of the set. */
  readonly manifest_sha256: Digest | null
}

/** P2: usable, refused, or not decidable from the evidence. */
export type Known = true | false | 'unknown'

/** An entry as it stands in the file. */
export interface PointerEntry {
  readonly registry_id: string
  readonly active_ref: ActiveRef
  readonly active_ref_known: Known
  readonly active_asof_utc: string
  readonly notes?: string
  readonly serial?: number
}

const registryId = new RegExp(REGISTRY_ID_PATTERN)
const REF_KEYS = ['run_id', 'run_root', 'relpath', 'manifest_sha256']
const REQUIRED = ['registry_id', 'active_ref', 'active_ref_known', 'active_asof_utc']
const OPTIONAL = ['notes', 'serial']

type Add = (code: PointerCode, key: string, what: string, details?: { want?: string; got?: string }) => void

/** Tells whether `text` may be the id of a registry. */
export function isRegistryId(text: unknown): text is string {
  return typeof text === 'string' && registryId.test(text)
}

/** Reads one entry, which stands at `path`, and returns it, or every fault. */
export function checkPointerEntry(
  item: unknown,
  json: JsonText,
  path: string,
): { entry?: PointerEntry; faults: readonly PointerFault[] } {
  const faults: PointerFault[] = []
  const add: Add = (code, key, what, details) => {
    faults.push(pointerFault(code, key === '' ? path : `${path}/${key}`, what, details))
  }
  if (!isMembers(item)) {
    add('POINTER_BAD_ENTRY', '', `the entry is ${kindOf(item)}`, { want: 'an object' })
    return { faults }
  }
  checkKeys(add, '', item, 'POINTER_BAD_ENTRY', REQUIRED, OPTIONAL)
  const known = readKnown(add, item)
  const active_ref = readRef(add, memberOf(item, 'active_ref'))
  if (known !== undefined && active_ref !== undefined) checkKnown(add, known, active_ref)
  checkTexts(add, item, known)
  const serial = readSerial(add, item, json)
  if (faults.length > 0 || known === undefined || active_ref === undefined) return { faults }
  const entry: PointerEntry = {
    registry_id: item.registry_id as string,
    active_ref,
    active_ref_known: known,
    active_asof_utc: item.active_asof_utc as string,
    ...(Object.hasOwn(item, 'notes') ? { notes: item.notes as string } : {}),
    ...(serial === undefined ? {} : { serial }),
  }
  return { entry: Object.freeze(entry), faults }
}

function readKnown(add: Add, item: Members): Known | undefined {
  const known = memberOf(item, 'active_ref_known')
  if (known === true || known === false || known === 'unknown') return known
  if (known === undefined) return undefined
  add('POINTER_BAD_KNOWN', 'active_ref_known', 'is neither', {
    want: 'true, false or "unknown"',
    got: quote(known),
  })
  return undefined
}

function readRef(add: Add, ref: unknown): ActiveRef | undefined {
  if (ref === undefined) return undefined
  if (!isMembers(ref)) {
    add('POINTER_BAD_REF', 'active_ref', `is ${kindOf(ref)}`, { want: 'an object' })
    return undefined
  }
  checkKeys(add, 'active_ref', ref, 'POINTER_BAD_REF', REF_KEYS)
  const { run_id = null, run_root = null, relpath = null, manifest_sha256 = null } = { ...ref }
  const bad = (code: PointerCode, key: string, want: string): void =>
    add(code, `active_ref/${key}`, 'is not legal', { want, got: quote(ref[key]) })
  if (run_id !== null && !isRunId(run_id)) bad('POINTER_BAD_RUN_ID', 'run_id', 'the name of a run, or null')
  // P3: an allow-list, so that no spelling of a path can lead out of the home.
  if (run_root !== null && !RUN_ROOTS.some(root => root === run_root)) {
    bad('POINTER_BAD_RUN_ROOT', 'run_root', `${RUN_ROOTS.join(' or ')}, or null`)
  }
  if (relpath !== null) {
    const defect = typeof relpath === 'string' ? findRelpathDefect(relpath) : `is ${kindOf(relpath)}`
    if (defect !== undefined)
      add('POINTER_BAD_RELPATH', 'active_ref/relpath', defect, { got: quote(relpath) })
  }
  if (manifest_sha256 !== null && !isDigest(manifest_sha256)) {
    bad('POINTER_BAD_DIGEST', 'manifest_sha256', '64 lower-case hex digits, or null')
  }
  return Object.freeze({ run_id, run_root, relpath, manifest_sha256 }) as ActiveRef
}

/** P2: what `active_ref_known` says and what the reference holds agree. */
function checkKnown(add: Add, known: Known, ref: ActiveRef): void {
  const { run_id, run_root, relpath, manifest_sha256 } = ref
  const parts = { run_id, run_root, manifest_sha256 }
  const empty = Object.entries(parts).flatMap(([key, value]) => (value === null ? [key] : []))
  if (known === true && empty.length > 0) {
    add('POINTER_TRUE_WITHOUT_REF', 'active_ref', `is known and does not say ${empty.join(', ')}`)
  }
  if (known === 'unknown' && (empty.length < 3 || relpath !== null)) {
    add('POINTER_UNKNOWN_WITH_REF', 'active_ref', 'is unknown and says something all the same', {
      want: 'four nulls',
    })
  }
}

function checkTexts(add: Add, item: Members, known: Known | undefined): void {
  const { registry_id, active_asof_utc: asof, notes } = item
  if (Object.hasOwn(item, 'registry_id') && !isRegistryId(registry_id)) {
    add('POINTER_BAD_REGISTRY_ID', 'registry_id', 'is not legal', {
      want: REGISTRY_ID_PATTERN,
      got: quote(registry_id),
    })
  }
  // Only an entry that is unknown may be so since an unknown time.
  if (
    Object.hasOwn(item, 'active_asof_utc') &&
    !isUtcTime(asof) &&
    !(asof === 'unknown' && known === 'unknown')
  ) {
    add('POINTER_BAD_TIME', 'active_asof_utc', 'is not legal', {
      want: 'YYYY-MM-DDTHH:MM:SSZ',
      got: quote(asof),
    })
  }
  if (Object.hasOwn(item, 'notes') && typeof notes !== 'string') {
    add('POINTER_BAD_NOTES', 'notes', `is ${kindOf(notes)}`, { want: 'a string' })
  }
}

function readSerial(add: Add, item: Members, json: JsonText): number | undefined {
  if (!Object.hasOwn(item, 'serial')) return undefined
  const serial = json.integerAt(item, 'serial')
  if (serial !== undefined && serial >= 1) return serial
  const got = typeof item.serial === 'number' ? 'another spelling or another number' : kindOf(item.serial)
  add('POINTER_BAD_SERIAL', 'serial', 'is not legal', {
    want: 'an integer from 1 to 2^53 - 1, in digits only',
    got,
  })
  return undefined
}

function checkKeys(
  add: Add,
  at: string,
  members: Members,
  missing: PointerCode,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  for (const key of required) {
    if (!Object.hasOwn(members, key)) add(missing, at, `has no ${key}`)
  }
  for (const key of Object.keys(members)) {
    if (required.includes(key) || optional.includes(key)) continue
    add('POINTER_UNKNOWN_KEY', at, `has a key ${quote(key)}`, { want: [...required, ...optional].join(', ') })
  }
}
