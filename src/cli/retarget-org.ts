// `infra retarget-org <org>`: sends the telemetry of a whole organisation elsewhere, every entry of it at once.

import type { Command } from 'commander'
import { mutate } from './mutate.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'
import {
  addChangeWords,
  addTelemetryWords,
  parseOrg,
  parseTelemetry,
  type TargetOptions,
  UsageError,
  valueOption,
} from './words.ts'

interface RetargetOptions extends TargetOptions {
  readonly confirmRedirect?: boolean
}

/** Adds the verb. */
export function addRetargetOrg(program: Command, run: Run, io: Io): Command {
  const command = program
    .command('retarget-org [org]')
    .description('send the telemetry of an organisation elsewhere')
    .addOption(valueOption('--owner <org>', 'the organisation, if not named as <org>'))
  addTelemetryWords(command).option('--confirm-redirect', 'yes, its entries report elsewhere from then on')
  return addChangeWords(command).action((target: string | undefined, options: RetargetOptions) =>
    run(options, async () => {
      const org = parseOrg(target, options)
      const telemetryRepo = parseTelemetry(org, options)
      if (telemetryRepo === undefined) {
        throw new UsageError(
          'USAGE_MISSING',
          `no telemetry repository is named (want --telemetry-repo ${org}/<name>)`,
        )
      }
      const { reason, confirmRedirect } = options
      return mutate({ action: 'retarget-org', org, telemetryRepo, reason, confirmRedirect }, options, io)
    }),
  )
}
