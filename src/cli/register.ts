// `infra register <org>/<repo>`: adds a repository to the registry, or with `--reset` gives a sandbox a new start.

import { type Command, Option } from 'commander'
import { mutate } from './mutate.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'
import {
  addChangeWords,
  addRepoWords,
  addTelemetryWords,
  parseTarget,
  parseTelemetry,
  type TargetOptions,
  valueOption,
} from './words.ts'

interface RegisterOptions extends TargetOptions {
  readonly context?: string
  readonly reset?: boolean
}

/** Adds the verb. */
export function addRegister(program: Command, run: Run, io: Io): Command {
  const command = program
    .command('register [org/repo]')
    .description('add a repository')
    .addOption(valueOption('--context <context>', 'sandbox or production; never guessed (required)'))
  addTelemetryWords(addRepoWords(command)).addOption(
    new Option('--reset', 'take a registered sandbox out first, in the same change'),
  )
  return addChangeWords(command).action((target: string | undefined, options: RegisterOptions) =>
    run(options, async () => {
      const { org, repo } = parseTarget(target, options)
      const telemetryRepo = parseTelemetry(org, options)
      const { context, reason, reset } = options
      return mutate({ action: 'register', org, repo, context, telemetryRepo, reason, reset }, options, io)
    }),
  )
}
