// `infra rollback`: activates an older run again, under a new serial. The run that is left stays where it is.

import type { Command } from 'commander'
import { previousRun } from '../publish/activate.ts'
import { type ActivateOptions, act, expectOption, parseReason, serialOption } from './activate.ts'
import { findHome } from './home.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'

interface RollbackOptions extends ActivateOptions {
  readonly to?: string
}

/** Adds the verb. */
export function addRollback(program: Command, run: Run, io: Io): Command {
  return program
    .command('rollback')
    .description('activate the run that was active before this one was sealed, or another')
    .option('--to <run>', 'the run to go back to')
    .requiredOption('--reason <text>', 'why; kept in the pointer', parseReason)
    .addOption(expectOption())
    .addOption(serialOption())
    .option('-n, --dry-run', 'verify and show what would change; write nothing')
    .action((options: RollbackOptions) =>
      run(options, async () => {
        if (options.to !== undefined) return act(options.to, options, io)
        const { runId, active } = previousRun(await findHome(io, options.home))
        // "The one before" is said of what is active now: if that changes meanwhile, it is another run.
        return act(runId, { expect: active, ...options }, io)
      }),
    )
}
