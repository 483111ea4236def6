// What was done to one entry, newest first, from a compiled changelog (compiled-history.ts). A line is judged by the
// whole grammar when it is shown, so nothing is shown that the command line would not have read too.

import type { Change } from './change.ts'
import { type CompiledHistory, findLastLine, openCompiledHistory } from './compiled-history.ts'
import { type LineFault, scanLine } from './log-line.ts'

/** A line of the log, counted from 1: its change, or what is wrong with it. */
export interface HistoryLine {
  readonly line: number
  readonly change: Change | undefined
  readonly fault: LineFault | undefined
}

/** A stretch of an entry's history, newest first. */
export interface HistoryPage {
  readonly lines: readonly HistoryLine[]
  /** The line before which the next stretch begins; `undefined` on the last. */
  readonly before: number | undefined
}

/** The changelog that was sealed together with the registry that is served. */
export interface History {
  /** How many lines the log has. */
  readonly length: number
  /** Why the log is not believed; nothing of it is shown then. */
  readonly fault: string | undefined
  /** Returns what was done to a repository or its organisation, in any case, before the line `before`. */
  of(org: string, repo: string, window: { readonly limit: number; readonly before?: number }): HistoryPage
}

/** Opens a compiled changelog, to be asked. */
export function openHistory(buffer: SharedArrayBuffer): History {
  const compiled = openCompiledHistory(buffer)
  return {
    length: compiled.keys.length,
    fault: compiled.fault,
    of: (org, repo, { limit, before = Number.POSITIVE_INFINITY }) => {
      const lines: HistoryLine[] = []
      // What happens to the organisation happens to each of its entries.
      const ends = [findLastLine(compiled, org, repo), findLastLine(compiled, org)] as [number, number]
      for (;;) {
        const which = ends[0] > ends[1] ? 0 : 1
        const line = ends[which]
        if (line === -1) return { lines, before: undefined }
        ends[which] = compiled.earlier[line]! - 1
        if (line + 1 >= before) continue
        if (lines.length === limit) return { lines, before: lines.at(-1)!.line }
        lines.push(readLine(compiled, line))
      }
    },
  }
}

function readLine({ bytes, starts }: CompiledHistory, line: number): HistoryLine {
  // A copy: texts are not decoded from memory that threads share.
  const { change, faults } = scanLine(bytes.slice(starts[line], starts[line + 1]! - 1))
  return { line: line + 1, change, fault: faults[0] }
}
