// The words of the verbs that change the registry. Two dialects are documented and both are spoken: `<org>/<repo>`
// with `--telemetry-repo`, and `--owner`, `--repo`, `--telemetry`. Whatever is said twice has to be said the same.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { quote } from '../core/diagnostic.ts'
import { type FailureKind, HouseError } from '../core/error.ts'
import type { VerbOptions } from './program.ts'

/** The command line is wrong in a way that its parser does not see. */
export class UsageError extends HouseError<'USAGE_MISSING' | 'USAGE_BAD_TARGET' | 'USAGE_CONTRADICTION'> {
  override get kind(): FailureKind {
    return 'usage'
  }
}

/** The options that name what is to be changed. */
export interface TargetOptions extends VerbOptions {
  readonly owner?: string
  readonly repo?: string
  readonly telemetry?: string
  readonly telemetryRepo?: string
  readonly reason?: string
}

/** Makes an option with a value that may be given once, and never takes another option for it. */
export function valueOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: string | undefined) => {
    if (previous !== undefined) throw new InvalidArgumentError('It was given twice.')
    if (value.startsWith('--')) throw new InvalidArgumentError('Want a value, got an option.')
    return value
  })
}

/** Adds the options that every change of an entry takes. */
export function addRepoWords(command: Command): Command {
  return command
    .addOption(valueOption('--owner <org>', 'the organisation, if not named as <org>/<repo>'))
    .addOption(valueOption('--repo <repo>', 'the repository, if not named as <org>/<repo>'))
}

/** Adds the two spellings of a telemetry repository. */
export function addTelemetryWords(command: Command): Command {
  return command
    .addOption(valueOption('--telemetry-repo <org/name>', 'where the telemetry of the organisation goes'))
    .addOption(valueOption('--telemetry <name>', 'the same by its name alone'))
}

/** Adds what every change takes. */
export function addChangeWords(command: Command): Command {
  return command
    .addOption(valueOption('--reason <text>', 'why, in one line; kept for good (required)'))
    .option('-n, --dry-run', 'check everything and show what would change; write nothing')
}

/** Returns organisation and repository from either dialect. Throws `UsageError`. */
export function parseTarget(
  target: string | undefined,
  { owner, repo }: Pick<TargetOptions, 'owner' | 'repo'>,
): { org: string; repo: string } {
  const slash = target?.indexOf('/') ?? -1
  if (target !== undefined && slash === -1) {
    throw new UsageError('USAGE_BAD_TARGET', `${quote(target)} names no repository (want <org>/<repo>)`)
  }
  const org = agree('the organisation', target?.slice(0, slash), owner)
  const name = agree('the repository', target?.slice(slash + 1), repo)
  if (org === undefined || name === undefined) {
    throw new UsageError('USAGE_MISSING', 'no repository is named (want <org>/<repo>, or --owner and --repo)')
  }
  return { org, repo: name }
}

/** Returns the organisation from either dialect. Throws `UsageError`. */
export function parseOrg(target: string | undefined, { owner }: Pick<TargetOptions, 'owner'>): string {
  const org = agree('the organisation', target, owner)
  if (org !== undefined) return org
  throw new UsageError('USAGE_MISSING', 'no organisation is named (want <org>, or --owner)')
}

/** Returns the telemetry repository of `org` from either dialect, if one is named. Throws `UsageError`. */
export function parseTelemetry(
  org: string,
  { telemetry, telemetryRepo }: Pick<TargetOptions, 'telemetry' | 'telemetryRepo'>,
): string | undefined {
  const full = telemetry === undefined || telemetry.includes('/') ? telemetry : `${org}/${telemetry}`
  return agree('the telemetry repository', telemetryRepo, full)
}

function agree(what: string, one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined || one === other) return one ?? other
  throw new UsageError('USAGE_CONTRADICTION', `${what} is named twice: ${quote(one)} and ${quote(other)}`)
}
