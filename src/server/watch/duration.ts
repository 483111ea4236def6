// How long a caller is willing to wait, as Go writes durations: `30s`, `1m30s`, `1.5s`, `500ms`. No sign, and a unit
// always, save for a bare zero: `30` could be anything.

const PART = '[0-9]{1,9}(?:\\.[0-9]{1,9})?(?:ns|us|ms|s|m|h)'

/** What a duration looks like; empty is the default. */
export const DURATION_PATTERN = `^(?:0|(?:${PART}){1,6})?$`

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3_600e3 }

/** Returns the milliseconds of a text that follows `DURATION_PATTERN` and is not empty. */
export function parseDuration(text: string): number {
  let sum = 0
  for (const [, number, unit] of text.matchAll(/([0-9.]+)([a-z]+)/g)) sum += Number(number) * UNIT_MS[unit!]!
  return sum
}
