// P4: the only act that changes what is active. The run is verified first, seal, rules and size of the change; then
// one entry of the pointer is replaced, if the pin is still the one that the operator saw. A rollback is the
// activation of an older run under a new serial: serials only rise.

import type { Digest } from '../core/digest.ts'
import { judgeRun } from '../layer/inputs.ts'
import type { Registry } from '../layer/registries.ts'
import { measureChange, refuseChange } from '../registry/mass-change.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import { isRunId } from '../seal/grammar.ts'
import { type Pin, resolvePin } from '../seal/pointer.ts'
import { MAX_SERIAL_JUMP, type PointerEntry } from '../seal/pointer-entry.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { type Seal, verifySeal } from '../seal/verify.ts'
import { PublishError } from './error.ts'
import { REGISTRY_ID, REGISTRY_SNAPSHOT, RUN_ROOT } from './layout.ts'
import { withLock } from './lock.ts'
import { type PointerText, readPointerText, renderPointer, writePointer } from './pointer-file.ts'
import { currentPin, type RegistryRun, readActiveRun, readRegistryRun } from './registry-run.ts'
import { utcSeconds } from './run-files.ts'

export interface ActivationRequest {
  readonly home: string
  /** Whose pin it is; the telemetry registry's unless told otherwise. */
  readonly registryId?: Registry
  readonly runId: string
  /** The ROOT that must be active for this to happen, `none` for no pin; absent, whatever is there. */
  readonly expect?: Digest | 'none'
  /** A serial to jump to, when services have seen a higher one than the pointer holds. */
  readonly serial?: number
  /** Why; kept in the pointer's `notes`. */
  readonly reason: string
  readonly now: () => Date
}

export interface Activation {
  /** False when the run is the active one already: nothing was, or would be, written. */
  readonly changed: boolean
  readonly before: { readonly runId: string; readonly root: Digest; readonly serial: number | null } | null
  readonly after: { readonly runId: string; readonly root: Digest; readonly serial: number }
}

/** What an activation has before it, whatever run it is of. */
export interface Standing {
  readonly pointer: PointerText | undefined
  readonly pin: Pin | undefined
  readonly before: Activation['before']
  /** The serial that comes next. */
  readonly serial: number
}

/** Returns where an activation would begin. Throws `PUBLISH_CONFLICT`, `PUBLISH_BAD_SERIAL` or `PointerError`. */
export function readStanding(request: Omit<ActivationRequest, 'runId'>): Standing {
  const { home, expect, registryId = REGISTRY_ID } = request
  const pointer = readPointerText(home)
  const pin = currentPin(pointer, registryId)
  if (expect !== undefined && expect !== (pin?.root ?? 'none')) {
    const message = `the active ROOT is not the expected one (want ${expect}, got ${pin?.root ?? 'none'})`
    throw new PublishError('PUBLISH_CONFLICT', `${message}; look again: infra status`)
  }
  const before = pin === undefined ? null : { runId: pin.runId, root: pin.root, serial: pin.serial ?? null }
  return { pointer, pin, before, serial: nextSerial(lastSerial(pointer, registryId), request.serial) }
}

/** What an activation comes to, and the pointer file that makes it so; no bytes where nothing is to be written. */
export interface PlannedActivation extends Activation {
  readonly pointer: PointerText | undefined
  readonly bytes: Uint8Array | null
}

/** Plans an activation without writing. Throws as `activate` does. */
export function planActivation(request: ActivationRequest): PlannedActivation {
  const { home, runId, reason, registryId = REGISTRY_ID } = request
  if (!isRunId(runId))
    throw new PublishError('PUBLISH_BAD_RUN', `${JSON.stringify(runId)} is not the name of a run`)
  const { pointer, pin, before, serial } = readStanding(request)
  const { seal, relpath, snapshot } = readCandidate(home, registryId, runId)
  const pinned = pin?.runRoot === RUN_ROOT && pin.runId === runId && pin.relpath === relpath
  if (pinned && pin.root === seal.root && pin.serial !== undefined && request.serial === undefined) {
    const after = { runId, root: seal.root, serial: pin.serial }
    return { changed: false, before, after, pointer, bytes: null }
  }
  if (snapshot !== null) refuseMassChange(home, seal, snapshot)
  const entry: PointerEntry = {
    registry_id: registryId,
    active_ref: { run_id: runId, run_root: RUN_ROOT, relpath, manifest_sha256: seal.root },
    active_ref_known: true,
    active_asof_utc: utcSeconds(request.now()),
    notes: reason,
    serial,
  }
  const bytes = renderPointer(pointer, entry)
  return { changed: true, before, after: { runId, root: seal.root, serial }, pointer, bytes }
}

interface Candidate {
  readonly seal: Seal
  readonly relpath: string | null
  /** Of the telemetry registry, which P5 guards; `null` of the others. */
  readonly snapshot: Snapshot | null
}

/** Reads and judges the run that is to become active. Throws as `activate` does. */
function readCandidate(home: string, registryId: Registry, runId: string): Candidate {
  if (registryId === REGISTRY_ID) return { ...readRegistryRun(home, runId), relpath: REGISTRY_SNAPSHOT }
  const seal = verifySeal(readRunFolder(resolvePin(home, { runRoot: RUN_ROOT, runId })))
  return { seal, relpath: judgeRun(registryId, seal), snapshot: null }
}

/** P5. Throws `PUBLISH_MASS_CHANGE`. */
function refuseMassChange(home: string, seal: Seal, snapshot: Snapshot): void {
  const active = readActiveRun(home)
  if (active === undefined) return
  const next = `infra rollback --to ${seal.runId} --mass-change --reason '<why>'`
  const refusal = refuseChange(measureChange(active.snapshot, snapshot), seal.run.mass_change, next)
  if (refusal !== undefined) throw new PublishError('PUBLISH_MASS_CHANGE', `${seal.runId}: ${refusal}`)
}

/** Makes `request.runId` the active run. Throws `PublishError`, `SealError`, `RegistryError`, `LayerError` or `PointerError`. */
export function activate(request: ActivationRequest): Promise<Activation> {
  return withLock(request.home, () => carryOut(request.home, planActivation(request)))
}

/** Writes the pointer of a plan; the caller holds the lock since it was made. Throws `PublishError`. */
export function carryOut(home: string, { pointer, bytes, ...activation }: PlannedActivation): Activation {
  if (bytes !== null) writePointer(home, bytes, pointer)
  return activation
}

/** Returns the run that was active when the active one was sealed, and the ROOT that is active. Throws `PUBLISH_NO_PREVIOUS`. */
export function previousRun(home: string): { readonly runId: string; readonly active: Digest } {
  const active = readActiveRun(home)
  const origin = active && originOf(home, active)
  const inputs = origin?.seal.run.members.get('inputs') as { previous?: { run_id?: unknown } } | undefined
  const runId = inputs?.previous?.run_id
  if (active !== undefined && typeof runId === 'string') return { runId, active: active.seal.root }
  const why =
    origin === undefined ? 'no active run can be verified' : `${origin.seal.runId} names no run before it`
  throw new PublishError(
    'PUBLISH_NO_PREVIOUS',
    `${why}; restore the pointer from git if it is lost, or name a run: infra rollback --to <run> --reason '<why>'`,
  )
}

/**
 * Returns the run that `run` was sealed from, or itself: what a rollback sealed anew stands for what it went back to, or
 * the next one would come back to what was left.
 */
function originOf(home: string, run: RegistryRun): RegistryRun {
  const source = run.seal.run.members.get('source_path')
  const runs = `${RUN_ROOT}/`
  if (typeof source !== 'string' || !source.startsWith(runs)) return run
  return readRegistryRun(home, source.slice(runs.length).split('/')[0]!)
}

/** The serial after the last one, or a higher one that was asked for: a service may have seen what this file has not. */
function nextSerial(last: number, asked: number | undefined): number {
  const serial = asked ?? last + 1
  if (!Number.isSafeInteger(serial)) {
    throw new PublishError('PUBLISH_SERIALS_SPENT', `no serial is higher than ${last}`)
  }
  if (serial - last > MAX_SERIAL_JUMP) {
    const want = `at most ${MAX_SERIAL_JUMP} above ${last}`
    throw new PublishError(
      'PUBLISH_BAD_SERIAL',
      `serial ${serial} leaves none for those that follow (want ${want})`,
    )
  }
  if (serial > last) return serial
  throw new PublishError(
    'PUBLISH_BAD_SERIAL',
    `serial ${serial} is not higher than ${last}; serials only rise`,
  )
}

/** The serial of the entry for a registry, usable or not, so that withdrawing a pin does not set it back. */
function lastSerial(pointer: PointerText | undefined, registryId: Registry): number {
  return pointer?.entries.find(entry => entry.registry_id === registryId)?.serial ?? 0
}
