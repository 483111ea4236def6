// The log only grows: whatever stood in it before stands in it now, byte for byte, at the same place. What differs is
// named line by line, so that a "clean-up" of history reads as what it is.

import type { LogCode, LogFault } from '../changelog/log-fault.ts'
import { quote } from '../core/diagnostic.ts'

/**
 * Checks that the log `head` begins with the log `base`, and returns every line of `base` that was altered, deleted or
 * moved, and every line put in among them. Lines are those of `head`, or of `base` for what is gone.
 */
export function checkLogExtends(base: Uint8Array, head: Uint8Array, file: string): readonly LogFault[] {
  if (Buffer.from(base).equals(head.subarray(0, base.byteLength)) && endsLine(base)) return []
  const old = linesOf(base)
  const now = linesOf(head)
  const faults: LogFault[] = []
  const add = (code: LogCode, at: number, message: string): void => {
    faults.push({ severity: 'error', code, message, file, line: at + 1, column: 1 })
  }

  const places = new Map<string, number[]>()
  for (const [at, line] of now.entries()) {
    const list = places.get(line)
    if (list === undefined) places.set(line, [at])
    else list.push(at)
  }
  const kept = old.map(line => places.get(line)?.shift())
  const taken = new Set(kept.filter(at => at !== undefined))
  const altered = new Set<number>()
  let latest = -1
  for (const [at, place] of kept.entries()) {
    if (place === undefined) {
      const instead = now[at]
      if (instead === undefined || taken.has(at))
        add('LOG_LINE_DELETED', at, `line ${at + 1} is gone: ${shown(old[at])}`)
      else {
        altered.add(at)
        add(
          'LOG_LINE_ALTERED',
          at,
          `line ${at + 1} was altered (want ${shown(old[at])}, got ${shown(instead)})`,
        )
      }
    } else if (place < latest)
      add('LOG_LINE_MOVED', place, `line ${at + 1} of the earlier log stands elsewhere`)
    else latest = place
  }
  for (let at = 0; at <= latest; at++) {
    if (!taken.has(at) && !altered.has(at)) {
      add('LOG_LINE_INSERTED', at, `a line was put in among earlier ones: ${shown(now[at])}`)
    }
  }
  return faults.sort((a, b) => a.line - b.line)
}

function endsLine(bytes: Uint8Array): boolean {
  return bytes.byteLength === 0 || bytes.at(-1) === 0x0a
}

function shown(line = ''): string {
  return quote(Buffer.from(line.trimEnd(), 'latin1').toString('utf8'))
}

/** Splits at LF, keeping it: a line that lost or gained its end is another line. Bytes map one to one to units. */
function linesOf(bytes: Uint8Array): string[] {
  return (
    Buffer.from(bytes)
      .toString('latin1')
      .match(/[^\n]*\n|[^\n]+$/g) ?? []
  )
}
