// `infra check`: every gate at once, over the working copy, git's index or a commit; or the rules alone over one file or
// standard input. What is found is told with its place: as text, as JSON, or as annotations of a pull request.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { checkChangelog } from '../changelog/changelog.ts'
import { type Diagnostic, renderDiagnostic } from '../core/diagnostic.ts'
import { errorText, systemCode } from '../core/error.ts'
import { checkRegistry } from '../registry/parse.ts'
import { MAX_REGISTRY_BYTES, readFileOnce } from '../seal/read-file.ts'
import { type Gate, runGates } from './gates.ts'
import { findPlace, refSource, stagedSource } from './place.ts'
import type { Run, VerbOptions } from './program.ts'
import type { ExitCode, Io, Report } from './report.ts'
import { SourceError } from './source.ts'
import { UsageError } from './words.ts'

interface CheckOptions extends VerbOptions {
  readonly index?: boolean
  readonly ref?: string
  readonly against?: string
  readonly strict?: boolean
  readonly format: 'text' | 'json' | 'github'
}

const STDIN = 0

/** Adds the verb. */
export function addCheck(program: Command, run: Run, io: Io): Command {
  return program
    .command('check [file]')
    .description('run every gate over the working copy, a commit or a file (-: stdin)')
    .option('--index', 'what is staged, instead of the working copy')
    .addOption(new Option('--ref <ref>', 'a commit, instead of the working copy').conflicts('index'))
    .addOption(
      new Option('--against <ref>', 'the log has to extend that commit and account for each difference'),
    )
    .option('--strict', 'there has to be a pin, and it has to agree')
    .addOption(new Option('--format <format>', 'how').choices(['text', 'json', 'github']).default('text'))
    .action((file: string | undefined, options: CheckOptions) =>
      run({ ...options, json: options.json || options.format === 'json' }, () => check(file, options, io)),
    )
}

async function check(file: string | undefined, options: CheckOptions, io: Io): Promise<Report> {
  const gates = file === undefined ? await checkHome(options, io) : [checkFile(file, options, io)]
  const faults = gates.flatMap(gate => gate.faults)
  const text = options.format === 'github' ? faults.map(annotate).join('\n') : renderGates(gates)
  return { exit: exitOf(gates), json: { ok: gates.every(({ ok }) => ok), gates }, text }
}

async function checkHome(options: CheckOptions, io: Io): Promise<readonly Gate[]> {
  const place = await findPlace(io, options)
  const { index, ref, against, strict } = options
  return runGates({
    ...{ home: place.home, top: place.top, pin: strict ? 'required' : 'optional' },
    ...(against !== undefined && { against }),
    ...(index && { source: stagedSource(place) }),
    ...(ref !== undefined && { source: await refSource(place, ref) }),
  })
}

/** The rules alone: nothing else is known of a file that lies anywhere. */
function checkFile(file: string, options: CheckOptions, io: Io): Gate {
  const { index, ref, against, strict } = options
  if (index || ref !== undefined || against !== undefined || strict) {
    throw new UsageError('USAGE_CONTRADICTION', 'a file is checked by the rules alone (want no other option)')
  }
  const bytes = file === '-' ? readInput() : readNamedFile(resolve(io.cwd, file), file)
  const isLog = file.endsWith('.jsonl')
  const faults = isLog ? checkChangelog(bytes, file) : checkRegistry(bytes, file === '-' ? '<stdin>' : file)
  return { name: isLog ? 'changelog' : 'registry', ok: faults.length === 0, faults }
}

function readInput(): Uint8Array {
  try {
    return readFileSync(STDIN)
  } catch (error) {
    throw new SourceError('SOURCE_UNREADABLE', `standard input: ${systemCode(error) ?? errorText(error)}`)
  }
}

function readNamedFile(path: string, file: string): Uint8Array {
  const outcome = readFileOnce(path, MAX_REGISTRY_BYTES, { followLinks: true })
  if (outcome.ok) return outcome.bytes
  const code = outcome.reason === 'missing' ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE'
  throw new SourceError(code, `${file}: ${outcome.detail}`)
}

/** A disk that fails is no verdict. */
function exitOf(gates: readonly Gate[]): ExitCode {
  if (gates.every(({ ok }) => ok)) return 0
  const faults = gates.flatMap(gate => gate.faults)
  return faults.some(({ code }) => code.endsWith('_UNREADABLE')) ? 3 : 1
}

function renderGates(gates: readonly Gate[]): string {
  const lines = gates.flatMap(({ name, ok, faults }) => [
    `${ok ? 'ok    ' : 'FAILED'}  ${name}`,
    ...faults.map(fault => `    ${renderDiagnostic(fault)}`),
  ])
  const failed = gates.filter(({ ok }) => !ok).length
  const verdict = failed === 0 ? 'all gates passed' : `${failed} of ${gates.length} gates failed`
  return [...lines, verdict].join('\n')
}

/** Renders a fault as a workflow command, which ends at a line end and whose properties end at `,` and `:`. */
export function annotate({ severity, code, message, file, line, column }: Diagnostic): string {
  const property = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
  const where = `file=${property(file)},line=${line},col=${column},title=${property(code)}`
  return `::${severity === 'note' ? 'notice' : severity} ${where}::${escapeData(message)}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
