// How a verb ends. It returns what it found, as a value and as text; what it printed, and with which exit code, is
// decided here, once. Output goes to stdout, everything said about failing goes to stderr.

import { errorText, type FailureKind, HouseError } from '../core/error.ts'

/** 0 done or nothing to do · 1 refused or invalid · 2 usage · 3 the world failed · 4 conflict. */
export type ExitCode = 0 | 1 | 2 | 3 | 4

export interface Report {
  readonly exit: ExitCode
  /** For `--json`: the whole of it, as one document; `undefined` where all was printed as it came. */
  readonly json: unknown
  /** For people: lines, without the last line end. */
  readonly text: string
}

/** The world of one invocation, passed in so that a test can give another. */
export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly now: () => Date
  /** Asks on the terminal and returns the line that was typed; `null` where the input ends. */
  readonly ask?: (question: string) => Promise<string | null>
  /** Which of the two outputs is a terminal. */
  readonly terminal?: { readonly out: boolean; readonly err: boolean }
  /** From the call on, an interrupt is a request to end, which the signal tells of; until then it is the end. */
  readonly interrupt?: () => AbortSignal
  /** How long `gh` is waited for, where it is not as long as usual. */
  readonly ghDeadlineMs?: number
}

/** Prints a report. */
export function printReport(io: Io, json: boolean, report: Report): ExitCode {
  const text = json ? (JSON.stringify(report.json, null, 2) ?? '') : report.text
  if (text !== '') io.out(`${text}\n`)
  return report.exit
}

/** Prints a failure: every fault of it on stderr, and with `--json` the same as a document on stdout. */
export function printFailure(io: Io, json: boolean, error: unknown): ExitCode {
  const lines = faultLines(error)
  for (const line of lines) io.err(`infra: ${line}\n`)
  if (json) {
    const code = error instanceof HouseError ? error.code : 'INTERNAL'
    io.out(`${JSON.stringify({ error: { code, message: errorText(error), faults: lines } }, null, 2)}\n`)
  }
  return exitOf(error)
}

/** Returns every fault of a failure, a line each. */
export function faultLines(error: unknown): readonly string[] {
  if (error instanceof HouseError) return error.lines
  return [`INTERNAL ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]
}

/** Returns the exit code that tells what `error` is. */
export function exitOf(error: unknown): ExitCode {
  return error instanceof HouseError ? EXIT[error.kind] : EXIT.world
}

const EXIT: Readonly<Record<FailureKind, ExitCode>> = { refused: 1, usage: 2, world: 3, conflict: 4 }
