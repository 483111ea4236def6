// `infra activate <run>`: verifies a sealed run and makes it the active one.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { isDigest } from '../core/digest.ts'
import { isRegistry, REGISTRIES, type Registry } from '../layer/registries.ts'
import { type Activation, type ActivationRequest, activate, planActivation } from '../publish/activate.ts'
import { isReason } from '../registry/rules.ts'
import { findHome } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'

export interface ActivateOptions extends VerbOptions {
  readonly registry?: Registry
  readonly expect?: string
  readonly serial?: number
  readonly reason: string
}

/** Adds the verb. */
export function addActivate(program: Command, run: Run, io: Io): Command {
  return program
    .command('activate <run>')
    .description('verify a sealed run and make it the active one')
    .requiredOption('--reason <text>', 'why; kept in the pointer', parseReason)
    .addOption(registryOption())
    .addOption(expectOption())
    .addOption(serialOption())
    .option('-n, --dry-run', 'verify and show what would change; write nothing')
    .action((runId: string, options: ActivateOptions) => run(options, () => act(runId, options, io)))
}

function registryOption(): Option {
  return new Option('--registry <id>', 'whose pin it is (default: telemetry_registry)').argParser(text => {
    if (isRegistry(text)) return text
    throw new InvalidArgumentError(`want one of ${Object.keys(REGISTRIES).join(', ')}`)
  })
}

/** The compare-and-set option that activation and rollback share. */
export function expectOption(): Option {
  return new Option('--expect <root>', 'act only if this ROOT_SHA256 is active ("none": no pin)').argParser(
    text => {
      if (text === 'none' || isDigest(text)) return text
      throw new InvalidArgumentError('want 64 lower-case hexadecimal digits, or none')
    },
  )
}

/** The option that lifts a serial over what services have already seen: after a pointer was restored from an old copy. */
export function serialOption(): Option {
  return new Option('--serial <number>', 'a serial to jump to, above the last').argParser(text => {
    const serial = Number(text)
    if (/^[1-9][0-9]*$/.test(text) && Number.isSafeInteger(serial)) return serial
    throw new InvalidArgumentError('want a whole number from 1 to 2^53 - 1')
  })
}

/** Accepts a reason: one line, not blank (R10). */
export function parseReason(text: string): string {
  if (text.trim() !== '' && isReason(text)) return text
  throw new InvalidArgumentError('want one line that says why, at most 1000 characters')
}

/** Activates `runId` and reports it; rollback ends here too. */
export async function act(runId: string, options: ActivateOptions, io: Io): Promise<Report> {
  const request = requestOf(await findHome(io, options.home), runId, options, io)
  const { dryRun = false } = options
  return renderActivation(dryRun ? planActivation(request) : await activate(request), dryRun)
}

/** Returns what the options ask for. */
export function requestOf(
  home: string,
  runId: string,
  { registry: registryId, expect, serial, reason }: ActivateOptions,
  io: Io,
): ActivationRequest {
  return {
    ...{ home, runId, reason, now: io.now },
    ...(registryId !== undefined && { registryId }),
    ...(serial !== undefined && { serial }),
    ...(expect !== undefined && { expect: expect as 'none' }),
  }
}

/** Tells an activation. */
export function renderActivation({ changed, before, after }: Activation, dryRun: boolean): Report {
  const was =
    before === null ? 'nothing was active' : `was ${before.runId} (serial ${before.serial ?? 'none'})`
  const text = changed
    ? [
        `${dryRun ? 'would activate' : 'activated'} ${after.runId} (serial ${after.serial})`,
        `  ROOT_SHA256  ${after.root}`,
        `  ${was}`,
      ].join('\n')
    : `${after.runId} is active already (serial ${after.serial}); nothing to do`
  const pin = (side: NonNullable<Activation['before']>) => ({
    run_id: side.runId,
    root_sha256: side.root,
    serial: side.serial,
  })
  const json = { changed, before: before === null ? null : pin(before), after: pin(after), dry_run: dryRun }
  return { exit: 0, json, text }
}
