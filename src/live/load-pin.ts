// One load of the pinned registry: pointer, pin, sealed run, rules, over bytes that are each read once. Whether the
// pin may replace what is served is decided here too: serials never fall, and one serial never means two things.

import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { SEALED_CHANGELOG } from '../changelog/change.ts'
import { compileHistory } from '../changelog/compiled-history.ts'
import { blobSha, type Digest, sha256 } from '../core/digest.ts'
import { errorText } from '../core/error.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import { compileText } from '../registry/compile.ts'
import { measureChange } from '../registry/mass-change.ts'
import { RegistryError } from '../registry/parse.ts'
import { openSharedRegistry } from '../registry/shared-snapshot.ts'
import { SealError } from '../seal/fault.ts'
import { verifyPinned } from '../seal/pin.ts'
import { findPin, type Pin, parsePointers, readPointer, resolvePin } from '../seal/pointer.ts'
import { MAX_SERIAL_JUMP, REGISTRY_ID } from '../seal/pointer-entry.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { judgeSuccession, serialOf } from '../seal/succession.ts'
import { type Seal, verifySeal } from '../seal/verify.ts'
import {
  type LoadCode,
  type LoadResult,
  type PinMark,
  type Refused,
  refused,
  refusedByRules,
} from './load-result.ts'
import { type Look, lookOf, type Stamp, stampFolder, stands } from './look.ts'

/** How often a load begins again because the pointer moved, or its run was removed, while it was under way. */
const ATTEMPTS = 3

export interface PinRequest {
  /** Absolute path of the registry home. */
  readonly home: string
  /** Digest of the pointer file behind what is served: while it is the same, nothing has moved. */
  readonly pointer: Digest | null
  /** The pin that is served, or was when this process last knew; nothing older is taken. */
  readonly known: PinMark | null
  /** What is served, compiled: what the pin takes away from it is measured (P5). */
  readonly active: SharedArrayBuffer | null
  /** Whether what is served is that pin, so that the same one again is no news. */
  readonly serving: boolean
  /** Digest of a pointer file whose pin was refused for what it is: it would only be refused again. */
  readonly skip: Digest | null
  /** The last reading of a run that was refused. */
  readonly look: Look | null
  /** Reads and verifies the run even if the pointer has not moved. */
  readonly reverify: boolean
}

/** Loads what the pointer of `home` pins. Never throws: a failure is a `refused` with a code. */
export function loadPin(request: PinRequest, giveWay: GiveWay = goOn): LoadResult {
  for (let attempt = 1; ; attempt++) {
    const at = Date.now()
    let pointer: Digest | null = null
    let disk: Digest | null = null
    let folder: string | undefined
    let stamp: Stamp | undefined
    try {
      const bytes = readPointer(request.home)
      pointer = sha256(bytes)
      if (pointer === request.skip) return { kind: 'skipped' }
      if (pointer === request.pointer && request.serving && !request.reverify && request.known !== null) {
        return { kind: 'unchanged', disk: request.known.root, pointer, verified: false }
      }
      const pin = findPin(parsePointers(bytes), REGISTRY_ID)
      disk = pin.root
      const conflict = checkSerial(pin, request)
      if (conflict !== undefined) return refused(...conflict, disk)
      folder = resolvePin(request.home, pin)
      stamp = stampRun(pointer, folder)
      if (stands(request.look, stamp, at)) return { kind: 'skipped', look: request.look }
      const seal = verifySeal(readRunFolder(folder, { giveWay }), giveWay)
      const payload = verifyPinned(pin, seal)
      if (request.serving && isSame(pin, request.known))
        return { kind: 'unchanged', disk: pin.root, pointer, verified: true }
      return judge(pin, seal, payload, { pointer, active: request.active, giveWay })
    } catch (error) {
      // The pointer moved on while we read what it named before: what it names now is what counts.
      if (attempt < ATTEMPTS && hasMoved(request.home, pointer)) continue
      const refusal = refuseError(error, request.home, disk, pointer)
      // Read while it changed, a folder has no stamp that stands for what was read.
      const still = stamp?.text === stampRun(pointer, folder)?.text
      return { ...refusal, look: still ? lookOf(stamp, disk, at) : null }
    }
  }
}

/** Of a run, under the pointer file that names it: another pin of the same run is another question. */
function stampRun(pointer: Digest | null, folder: string | undefined): Stamp | undefined {
  const stamp = folder === undefined ? undefined : stampFolder(folder)
  return stamp && { ...stamp, text: `${pointer}\n${stamp.text}` }
}

/** Loads the run of a pin that was good before, whatever the pointer says now. Never throws. */
export function loadRemembered(home: string, pin: Pin, giveWay: GiveWay = goOn): LoadResult {
  try {
    const seal = verifySeal(readRunFolder(resolvePin(home, pin), { giveWay }), giveWay)
    return judge(pin, seal, verifyPinned(pin, seal), { pointer: null, active: null, giveWay })
  } catch (error) {
    return refuseError(error, home, pin.root, null)
  }
}

interface Circumstances {
  readonly pointer: Digest | null
  readonly active: SharedArrayBuffer | null
  readonly giveWay: GiveWay
}

function judge(
  pin: Pin,
  seal: Seal,
  payload: Uint8Array | null,
  { pointer, active, giveWay }: Circumstances,
): LoadResult {
  if (payload === null) {
    const detail = `${pin.runId}: the pin names no file (want the registry in it)`
    return refused('pin_invalid', detail, pin.root, pointer)
  }
  const { schemaVersion, compiled } = compileText(payload, join(pin.runId, pin.relpath!), giveWay)
  const log = seal.files.get(SEALED_CHANGELOG)
  return {
    kind: 'loaded',
    compiled,
    // Whatever is wrong with the log is told where it would be shown; the registry is sound without it.
    history: log === undefined ? null : compileHistory(log, SEALED_CHANGELOG),
    schemaVersion,
    revision: seal.root,
    blobSha: blobSha(payload, giveWay),
    bytes: payload.byteLength,
    pin,
    pointer,
    change: active && measureChange(openSharedRegistry(active), openSharedRegistry(compiled), giveWay),
    massChange: seal.run.mass_change,
  }
}

function checkSerial(pin: Pin, { known, serving }: PinRequest): [LoadCode, string] | undefined {
  if (known === null) return undefined
  // What is known and not served was remembered, and the serials of two homes have nothing to do with each other.
  const elsewhere = serving ? '' : '; if INFRA_STATE_DIR was used with another home, empty it'
  const [serial, active] = [serialOf(pin), known.serial]
  switch (judgeSuccession(pin, known)) {
    case 'lower':
      return [
        'rollback_refused',
        `the pin has serial ${serial}, lower than ${active}; see infra activate <run> --serial <n> --reason '<why>'${elsewhere}`,
      ]
    case 'too_high':
      return [
        'pointer_conflict',
        `the pin has serial ${serial}, more than ${MAX_SERIAL_JUMP} above ${active}`,
      ]
    case 'taken':
      return [
        'pointer_conflict',
        `serial ${serial} stood for another pin (want ${known.runId}, ROOT ${known.root}; got ${pin.runId}, ROOT ${pin.root})${elsewhere}`,
      ]
    default:
      return undefined
  }
}

function isSame(pin: Pin, known: PinMark | null): boolean {
  return known !== null && judgeSuccession(pin, known) === 'same'
}

function hasMoved(home: string, pointer: Digest | null): boolean {
  try {
    return pointer !== null && sha256(readPointer(home)) !== pointer
  } catch {
    return false // the pointer is gone: the failure at hand says more
  }
}

function refuseError(error: unknown, home: string, disk: Digest | null, pointer: Digest | null): Refused {
  // The run is what its ROOT says, and that breaks the rules: nothing but another pin can mend it.
  if (error instanceof RegistryError) return refusedByRules(error, disk, pointer)
  // Callers need not know where on this machine the home lies.
  const detail = [home, realHome(home)].reduce(
    (text, path) => text.replaceAll(`${path}/`, '').replaceAll(`${path}: `, 'INFRA_HOME: '),
    errorText(error),
  )
  if (error instanceof PointerError) return refused(codeOf(error), detail, disk)
  if (!(error instanceof SealError)) return refused('load_failed', detail, disk)
  // What cannot be read is not what has been tampered with: two answers, since they call for two acts.
  const unread = error.faults.every(
    ({ code }) => code === 'SEAL_UNREADABLE' || code === 'SEAL_CHANGED_WHILE_READ',
  )
  return refused(unread ? 'registry_unreadable' : 'seal_invalid', detail, disk)
}

function realHome(home: string): string {
  try {
    return realpathSync(home)
  } catch {
    return home // there is no other name to hide
  }
}

/** P2: not there, not decided, withdrawn or malformed, and pinned to something unsound are four different answers. */
function codeOf(error: PointerError): LoadCode {
  switch (error.code) {
    case 'POINTER_MISSING':
    case 'POINTER_HOME_MISSING':
    case 'POINTER_NOT_PINNED':
      return 'pointer_missing'
    case 'POINTER_UNKNOWN':
      return 'pin_unknown'
    case 'POINTER_UNREADABLE':
    case 'POINTER_NOT_A_FILE':
    case 'POINTER_CHANGED_WHILE_READ':
      return 'registry_unreadable'
    case 'POINTER_OUTSIDE_HOME':
    case 'POINTER_RUN_MISSING':
    case 'POINTER_ROOT_MISMATCH':
    case 'POINTER_RELPATH_UNLISTED':
      return 'seal_invalid'
    default:
      return 'pin_invalid'
  }
}
