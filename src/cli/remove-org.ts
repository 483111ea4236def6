// `infra remove-org <org>`: takes an organisation out that has no repository left. Until then it still has a route.

import type { Command } from 'commander'
import { mutate } from './mutate.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'
import { addChangeWords, parseOrg, type TargetOptions, valueOption } from './words.ts'

interface RemoveOptions extends TargetOptions {
  readonly confirmDelete?: boolean
}

/** Adds the verb. */
export function addRemoveOrg(program: Command, run: Run, io: Io): Command {
  const command = program
    .command('remove-org [org]')
    .description('take an empty organisation out')
    .addOption(valueOption('--owner <org>', 'the organisation, if not named as <org>'))
    .option('--confirm-delete', 'yes, take it out')
  return addChangeWords(command).action((target: string | undefined, options: RemoveOptions) =>
    run(options, async () => {
      const { reason, confirmDelete } = options
      return mutate(
        { action: 'remove-org', org: parseOrg(target, options), reason, confirmDelete },
        options,
        io,
      )
    }),
  )
}
