// P4: the only act that changes what is active. The run is verified first, seal, rules and size of the change; then
// one entry of the pointer is replaced, if the pin is still the one that the operator saw. A rollback is the
// activation of an older run under a new serial: serials only rise.

import type { Digest } from '../core/digest.ts'
import { measureChange, refuseChange } from '../registry/mass-change.ts'
import { isRunId } from '../seal/grammar.ts'
import type { PointerEntry } from '../seal/pointer-entry.ts'
import { PublishError } from './error.ts'
import { REGISTRY_ID, REGISTRY_SNAPSHOT, RUN_ROOT } from './layout.ts'
import { withLock } from './lock.ts'
import { type PointerText, readPointerText, renderPointer, writePointer } from './pointer-file.ts'
import { currentPin, readActiveRun, readRegistryRun } from './registry-run.ts'
import { utcSeconds } from './run-files.ts'

/** The farthest a serial may be lifted at once; services believe no more. */
const MAX_SERIAL_JUMP = 1_000_000

export interface ActivationRequest {
  readonly home: string
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

/** Plans an activation without writing. Throws as `activate` does. */
export function planActivation(
  request: ActivationRequest,
): Activation & { readonly pointer: PointerText | undefined; readonly bytes: Uint8Array | null } {
  const { home, runId, expect, reason } = request
  if (!isRunId(runId))
    throw new PublishError('PUBLISH_BAD_RUN', `${JSON.stringify(runId)} is not the name of a run`)
  const pointer = readPointerText(home)
  const pin = currentPin(pointer)
  if (expect !== undefined && expect !== (pin?.root ?? 'none')) {
    const message = `the active ROOT is not the expected one (want ${expect}, got ${pin?.root ?? 'none'})`
    throw new PublishError('PUBLISH_CONFLICT', `${message}; look again: infra status`)
  }
  const { seal, snapshot } = readRegistryRun(home, runId)
  const before = pin === undefined ? null : { runId: pin.runId, root: pin.root, serial: pin.serial ?? null }
  const serial = nextSerial(pointer, request.serial)
  const pinned = pin?.runRoot === RUN_ROOT && pin.runId === runId && pin.relpath === REGISTRY_SNAPSHOT
  if (pinned && pin.root === seal.root && pin.serial !== undefined && request.serial === undefined) {
    const after = { runId, root: seal.root, serial: pin.serial }
    return { changed: false, before, after, pointer, bytes: null }
  }
  const active = readActiveRun(home)
  const refusal = active && refuseChange(measureChange(active.snapshot, snapshot), seal.run.mass_change)
  if (refusal !== undefined) {
    const hint = 'if this is meant, put that registry into the working copy and infra seal --mass-change'
    throw new PublishError('PUBLISH_MASS_CHANGE', `${runId}: ${refusal}; ${hint}`)
  }
  const entry: PointerEntry = {
    registry_id: REGISTRY_ID,
    active_ref: { run_id: runId, run_root: RUN_ROOT, relpath: REGISTRY_SNAPSHOT, manifest_sha256: seal.root },
    active_ref_known: true,
    active_asof_utc: utcSeconds(request.now()),
    notes: reason,
    serial,
  }
  const bytes = renderPointer(pointer, entry)
  return { changed: true, before, after: { runId, root: seal.root, serial }, pointer, bytes }
}

/** Makes `request.runId` the active run. Throws `PublishError`, `SealError`, `RegistryError` or `PointerError`. */
export function activate(request: ActivationRequest): Promise<Activation> {
  return withLock(request.home, () => {
    const { pointer, bytes, ...activation } = planActivation(request)
    if (bytes !== null) writePointer(request.home, bytes, pointer)
    return activation
  })
}

/** Returns the run that was active when the active one was sealed, and the ROOT that is active. Throws `PUBLISH_NO_PREVIOUS`. */
export function previousRun(home: string): { readonly runId: string; readonly active: Digest } {
  const active = readActiveRun(home)
  const inputs = active?.seal.run.members.get('inputs') as { previous?: { run_id?: unknown } } | undefined
  const runId = inputs?.previous?.run_id
  if (active !== undefined && typeof runId === 'string') return { runId, active: active.seal.root }
  const why =
    active === undefined ? 'no active run can be verified' : `${active.seal.runId} names no run before it`
  throw new PublishError(
    'PUBLISH_NO_PREVIOUS',
    `${why}; name one: infra rollback --to <run> --reason '<why>'`,
  )
}

/** The serial after the last one, or a higher one that was asked for: a service may have seen what this file has not. */
function nextSerial(pointer: PointerText | undefined, asked: number | undefined): number {
  const last = lastSerial(pointer)
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

/** The serial of the entry for this registry, usable or not, so that withdrawing a pin does not set it back. */
function lastSerial(pointer: PointerText | undefined): number {
  return pointer?.entries.find(entry => entry.registry_id === REGISTRY_ID)?.serial ?? 0
}
