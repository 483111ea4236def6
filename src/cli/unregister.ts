// `infra unregister <org>/<repo>`: takes a repository out. A production entry has to be disabled before.

import type { Command } from 'commander'
import { mutate } from './mutate.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'
import { addChangeWords, addRepoWords, parseTarget, type TargetOptions } from './words.ts'

interface UnregisterOptions extends TargetOptions {
  readonly confirmDelete?: boolean
}

/** Adds the verb. */
export function addUnregister(program: Command, run: Run, io: Io): Command {
  const command = program
    .command('unregister [org/repo]')
    .description('take a repository out')
    .option('--confirm-delete', 'yes, take it out')
  return addChangeWords(addRepoWords(command)).action(
    (target: string | undefined, options: UnregisterOptions) =>
      run(options, async () => {
        const { reason, confirmDelete } = options
        return mutate(
          { action: 'unregister', ...parseTarget(target, options), reason, confirmDelete },
          options,
          io,
        )
      }),
  )
}
