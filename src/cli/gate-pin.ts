// What is pinned: whether it can be verified, whether the working copy says the same, and whether services that have an
// earlier pin will take it.

import type { Diagnostic } from '../core/diagnostic.ts'
import { CHANGELOG_SNAPSHOT, REGISTRY_ID } from '../publish/layout.ts'
import { measureBytes } from '../publish/registry-run.ts'
import { refuseChange } from '../registry/mass-change.ts'
import { SealError } from '../seal/fault.ts'
import type { PinnedSeal } from '../seal/pin.ts'
import { type Pin, POINTER_PATH } from '../seal/pointer.ts'
import { MAX_SERIAL_JUMP } from '../seal/pointer-entry.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { judgeSuccession, serialOf } from '../seal/succession.ts'
import { fault } from './gate-fault.ts'
import { checkPair, type PairFiles } from './gate-pair.ts'
import { type Pair, type Source, SourceError } from './source.ts'

/** `required`: there is a pin, and it agrees with the registry; `optional`: a pin that is there is sound. */
export type PinWanted = 'required' | 'optional'

/** What is pinned, verified, or why that cannot be done. */
export type ReadPin =
  | { readonly seal: PinnedSeal; readonly faults?: undefined }
  | { readonly seal?: undefined; readonly faults: readonly Diagnostic[] }

/** Reads and verifies what `source` pins. Throws only what keeps git from answering. */
export async function readPin(source: Source): Promise<ReadPin> {
  try {
    return { seal: await source.verifyPin(REGISTRY_ID) }
  } catch (error) {
    return { faults: pinFaults(error, source.nameOf(POINTER_PATH)) }
  }
}

/** Tells what is wrong with the pin; that there is none, only where one is wanted. */
export function checkPinned({ faults = [] }: ReadPin, want: PinWanted): readonly Diagnostic[] {
  const absent = faults.every(({ code }) => ABSENT.includes(code))
  return absent && want === 'optional' ? [] : faults
}

/** There is nothing pinned yet, which is not wrong by itself. */
const ABSENT: readonly string[] = ['POINTER_MISSING', 'POINTER_NOT_PINNED', 'POINTER_UNKNOWN']

function pinFaults(error: unknown, pointer: string): readonly Diagnostic[] {
  if (error instanceof PointerError) {
    return error.faults.map(({ code, path, message }) => fault(pointer, code, `${path}: ${message}`))
  }
  if (error instanceof SealError) {
    return error.faults.map(({ code, path, message }) =>
      fault(pointer, code, `${error.runId}/${path}: ${message}`),
    )
  }
  if (error instanceof SourceError) return [fault(pointer, error.code, error.message)]
  throw error
}

/** Compares the pair with what is pinned: to the byte, and, where that differs, by what the log says of it. */
export function checkDrift(
  { pin, seal, payload }: PinnedSeal,
  want: PinWanted,
  pair: Pair,
  files: PairFiles,
): readonly Diagnostic[] {
  const changelog = seal.files.get(CHANGELOG_SNAPSHOT)
  const registryDiffers = !Buffer.from(pair.registry).equals(payload!)
  const changelogDiffers = changelog !== undefined && !Buffer.from(pair.changelog).equals(changelog)
  if (!registryDiffers && !changelogDiffers) return []
  const severity = want === 'required' ? 'error' : 'warning'
  const file = registryDiffers ? files.registry : files.changelog
  const drift = fault(
    file,
    'GATE_DRIFT',
    `differs from the pinned run ${pin.runId} (next: infra finalize; after a rollback, undo it in the working copy first)`,
    { severity },
  )
  if (changelog === undefined) return [drift]
  return [drift, ...checkPair({ registry: payload!, changelog }, pair, files, pin.runId)]
}

/**
 * Checks that services which have what `base` pins will take what is pinned here, in however many runs that was made: its
 * serial (P4) and, unless it is still to be finalized, its size (P5).
 */
export function checkSuccession(
  base: PinnedSeal & { readonly label: string },
  head: PinnedSeal,
  want: PinWanted,
  file: string,
): readonly Diagnostic[] {
  const change = base.payload && head.payload ? measureBytes(base.payload, head.payload) : undefined
  const refusal = change && refuseChange(change, head.seal.run.mass_change, 'infra finalize --mass-change')
  const severity = want === 'required' ? 'error' : 'warning'
  const serial = refuseSerial(base, head.pin)
  return [
    ...(serial === undefined ? [] : [fault(file, 'GATE_SERIAL_REFUSED', serial)]),
    ...(refusal === undefined
      ? []
      : [
          fault(file, 'GATE_MASS_CHANGE', `${head.pin.runId}, against what ${base.label} pins: ${refusal}`, {
            severity,
          }),
        ]),
  ]
}

function refuseSerial(
  { pin: base, label }: PinnedSeal & { readonly label: string },
  pin: Pin,
): string | undefined {
  const succession = judgeSuccession(pin, base)
  if (succession === 'same' || succession === 'next') return undefined
  const [had, has] = [serialOf(base), serialOf(pin)]
  const refused = `the pin has serial ${has}, and that of ${label} has ${had}: services refuse it`
  if (succession === 'too_high') return `${refused} (want at most ${MAX_SERIAL_JUMP} more)`
  return `${refused}; next: infra activate ${pin.runId} --serial ${had + 1} --reason '<why>'`
}
