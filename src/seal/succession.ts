// Whether one pin may come after another (P4): serials only rise, and one serial never means two pins. Services judge by it
// what they reload, and the gates what is to be merged.

import type { Pin } from './pointer.ts'
import { MAX_SERIAL_JUMP } from './pointer-entry.ts'

/** What a pin is told apart by. */
export type PinIdentity = Pick<Pin, 'runId' | 'relpath' | 'root' | 'serial'>

/** `next` is higher; `lower` and `too_high` are out of bounds; `taken`: the serial stood for another pin. */
export type Succession = 'same' | 'next' | 'lower' | 'taken' | 'too_high'

/** Returns the serial of a pin, 0 for one that has none. */
export function serialOf({ serial = 0 }: PinIdentity): number {
  return serial
}

/** Tells how `pin` follows `before`. */
export function judgeSuccession(pin: PinIdentity, before: PinIdentity): Succession {
  const rise = serialOf(pin) - serialOf(before)
  if (rise < 0) return 'lower'
  if (rise > MAX_SERIAL_JUMP) return 'too_high'
  if (rise > 0) return 'next'
  const isSame = pin.root === before.root && pin.runId === before.runId && pin.relpath === before.relpath
  return isSame ? 'same' : 'taken'
}
