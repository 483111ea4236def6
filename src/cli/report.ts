// How a verb ends. It returns what it found, as a value and as text; what it printed, and with which exit code, is
// decided here, once. Output goes to stdout, everything said about failing goes to stderr.

import { LogError } from '../changelog/log-fault.ts'
import { type Diagnostic, quote, renderDiagnostic } from '../core/diagnostic.ts'
import { errorText, HouseError } from '../core/error.ts'
import { EditError } from '../edit/error.ts'
import { GitError } from '../git/exec.ts'
import { GhError } from '../git/gh.ts'
import { CatalogError } from '../layer/catalog.ts'
import { LayerError } from '../layer/error.ts'
import { PromotionError } from '../layer/promotion-error.ts'
import { MeshError } from '../manifest/mesh-hosts.ts'
import { ManifestError } from '../manifest/parse.ts'
import { type FailureKind, kindOfVerdict, PublishError } from '../publish/error.ts'
import { RegistryError } from '../registry/parse.ts'
import { renderFault, SealError } from '../seal/fault.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { FlowError } from './flow-error.ts'
import { GuardError } from './guard-error.ts'
import { isUnreadable, MeshRefusal } from './mesh-error.ts'
import { SourceError } from './source.ts'
import { UsageError } from './words.ts'

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
export function faultLines(error: unknown): string[] {
  if (error instanceof RegistryError) return error.violations.map(renderDiagnostic)
  if (error instanceof MeshRefusal) return error.findings.map(renderDiagnostic)
  if (error instanceof MeshError || error instanceof ManifestError) return error.faults.map(renderDiagnostic)
  if (error instanceof LogError) return error.faults.map(renderDiagnostic)
  if (error instanceof GuardError)
    return [`${error.code} ${error.message}`, ...error.faults.map(fault => `  ${renderDiagnostic(fault)}`)]
  if (error instanceof SealError) {
    const faults = [...error.faults, ...error.warnings]
    return faults.map(fault => `${error.runId}/${renderFault(fault)}`)
  }
  if (error instanceof PointerError) return error.faults.map(renderFault)
  if (error instanceof CatalogError && error.faults.length > 0) return error.faults.map(renderViolation)
  if (error instanceof PromotionError && error.violations.length > 0) {
    return [`${error.code} ${error.message}`, ...error.violations.map(at => `  ${renderViolation(at)}`)]
  }
  if (error instanceof FlowError)
    return [`${error.code} ${error.message}`, ...error.details.map(at => `  ${at}`)]
  if (error instanceof HouseError) return [`${error.code} ${error.message}`]
  return [`INTERNAL ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]
}

/** Renders a violation of a schema as one line, with its JSON pointer. */
export function renderViolation(violation: Diagnostic & { readonly pointer: string }): string {
  const { file, pointer, message } = violation
  const at = pointer === '' ? '' : `${plain(pointer)}: `
  return renderDiagnostic({ ...violation, file: plain(file), message: `${at}${message}` })
}

/** Returns the exit code that tells what `error` is. */
export function exitOf(error: unknown): ExitCode {
  if (error instanceof PublishError || error instanceof PromotionError) return EXIT[error.kind]
  if (error instanceof CatalogError) return error.code === 'CATALOG_UNREADABLE' ? 3 : 1
  if (error instanceof LayerError && error.code === 'LAYER_RUNS_UNREADABLE') return 3
  if (error instanceof SealError || error instanceof PointerError) return EXIT[kindOfVerdict(error)]
  if (error instanceof FlowError) return EXIT[error.kind]
  if (error instanceof MeshRefusal) return isUnreadable(error.findings) ? 3 : 1
  if (error instanceof GitError || error instanceof GhError) return 3
  if (error instanceof UsageError) return 2
  if (error instanceof EditError) return WORDS.includes(error.code) ? 2 : 1
  if (error instanceof GuardError) return error.code === 'GUARD_INDEX_LOCKED' ? 4 : 1
  if (error instanceof SourceError && error.code === 'SOURCE_UNREADABLE') return 3
  return error instanceof HouseError ? 1 : 3
}

/** Refusals that need no look at the registry: the words themselves are wrong. */
const WORDS: readonly string[] = [
  'EDIT_BAD_NAME',
  'EDIT_BAD_CONTEXT',
  'EDIT_CONTEXT_MISSING',
  'EDIT_BAD_REASON',
  'EDIT_REASON_MISSING',
  'EDIT_NOT_APPLICABLE',
]

const EXIT: Readonly<Record<FailureKind, ExitCode>> = { refused: 1, world: 3, conflict: 4 }

/** Returns a text from outside as it is, or quoted when a terminal could obey some of it. */
export function plain(text: string): string {
  return /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text) ? quote(text) : text
}
