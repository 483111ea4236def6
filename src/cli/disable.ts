// `infra disable <org>/<repo>`: switches a repository off. It stays registered, and the service answers that it is disabled.

import type { Command } from 'commander'
import { mutate } from './mutate.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'
import { addChangeWords, addRepoWords, parseTarget, type TargetOptions } from './words.ts'

/** Adds the verb. */
export function addDisable(program: Command, run: Run, io: Io): Command {
  const command = program
    .command('disable [org/repo]')
    .description('switch a repository off; it stays registered')
  return addChangeWords(addRepoWords(command)).action((target: string | undefined, options: TargetOptions) =>
    run(options, async () => {
      const { reason } = options
      return mutate({ action: 'disable', ...parseTarget(target, options), reason }, options, io)
    }),
  )
}
