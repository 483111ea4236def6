// `infra enable <org>/<repo>`: switches a disabled repository on again, in the context it was registered for.

import type { Command } from 'commander'
import { mutate } from './mutate.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'
import { addChangeWords, addRepoWords, parseTarget, type TargetOptions } from './words.ts'

/** Adds the verb. */
export function addEnable(program: Command, run: Run, io: Io): Command {
  const command = program.command('enable [org/repo]').description('switch a disabled repository on again')
  return addChangeWords(addRepoWords(command)).action((target: string | undefined, options: TargetOptions) =>
    run(options, async () => {
      const { reason } = options
      return mutate({ action: 'enable', ...parseTarget(target, options), reason }, options, io)
    }),
  )
}
