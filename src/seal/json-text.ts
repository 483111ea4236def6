// JSON of a sealed set or a pointer: core's strict reading, plus the spelling of each number. `JSON.parse` alone
// cannot tell `6` from `6.0` or 9007199254740993 from its neighbour, so two readers could disagree on a seal.

import { type JsonFault, parseJson } from '../core/json.ts'
import type { Members } from '../core/value.ts'

/** The most faults of one text that are kept; nobody reads the rest, and a hostile text has half a million. */
const MAX_FAULTS = 100

/** A parsed document, frozen at every depth. */
export interface JsonText {
  readonly ok: true
  readonly value: unknown
  /** Returns the whole number at `key` of `holder`, if it is safe and spelled as an integer. */
  integerAt(holder: object, key: string): number | undefined
}

/** Reads `bytes` as strict JSON and returns the document, or every fault of its text. */
export function checkJsonText(
  bytes: Uint8Array,
): JsonText | { readonly ok: false; readonly faults: readonly JsonFault[] } {
  const json = parseJson(bytes)
  if (!json.ok) return { ok: false, faults: json.faults.slice(0, MAX_FAULTS) }
  const spelled = new Map<object, Map<string, string>>()
  // Bottom up: a holder's members are visited, and frozen, before the holder itself.
  const visit = function (this: object, key: string, value: unknown, context?: { source?: string }): unknown {
    if (typeof value === 'number' && context?.source !== undefined) {
      const own = spelled.get(this) ?? new Map<string, string>()
      spelled.set(this, own.set(key, context.source))
    }
    return Object.freeze(value)
  }
  try {
    const value: unknown = JSON.parse(json.text, visit)
    const integerAt = (holder: object, key: string): number | undefined => {
      const number = (holder as Members)[key]
      const canonical = Number.isSafeInteger(number) && spelled.get(holder)?.get(key) === String(number)
      return canonical ? (number as number) : undefined
    }
    return { ok: true, value, integerAt }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const fault = {
      code: 'too_deep',
      pointer: '',
      message: 'nested too deeply to be read',
      line: 1,
      column: 1,
    } as const
    return { ok: false, faults: [fault] }
  }
}
