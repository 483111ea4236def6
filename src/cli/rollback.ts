// `infra rollback`: activates an older run again, under a new serial. The run that is left stays where it is.

import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { previousRun } from '../publish/activate.ts'
import { RUN_ROOT } from '../publish/layout.ts'
import { type MassRollback, planMassRollback, rollBackMass } from '../publish/roll-back.ts'
import { POINTER_PATH } from '../seal/pointer.ts'
import {
  type ActivateOptions,
  act,
  expectOption,
  parseReason,
  renderActivation,
  requestOf,
  serialOption,
} from './activate.ts'
import { describeHome, findHome, placeInTree } from './home.ts'
import type { Run } from './program.ts'
import type { Io, Report } from './report.ts'
import { shellQuote } from './workflow.ts'

interface RollbackOptions extends ActivateOptions {
  readonly to?: string
  readonly massChange?: boolean
}

/** Adds the verb. */
export function addRollback(program: Command, run: Run, io: Io): Command {
  return program
    .command('rollback')
    .description('activate the run that was active before this one was sealed, or another')
    .option('--to <run>', 'the run to go back to')
    .requiredOption('--reason <text>', 'why; kept in the pointer', parseReason)
    .option('--mass-change', 'dropping or re-targeting a large part of the registry is meant')
    .addOption(expectOption())
    .addOption(serialOption())
    .option('-n, --dry-run', 'verify and show what would change; write nothing')
    .action((options: RollbackOptions) => run(options, () => rollback(options, io)))
}

async function rollback({ to, massChange, ...options }: RollbackOptions, io: Io): Promise<Report> {
  const home = await findHome(io, options.home)
  const previous = to === undefined ? previousRun(home) : undefined
  const runId = to ?? previous!.runId
  // "The one before" is said of what is active now: if that changes meanwhile, it is another run.
  const expecting = previous === undefined ? options : { expect: previous.active, ...options }
  if (!massChange) return act(runId, expecting, io)
  const request = { ...requestOf(home, runId, expecting, io), ...(await describeHome(home)) }
  const { dryRun = false } = options
  const done = dryRun ? planMassRollback(request) : await rollBackMass(request)
  return render(done, dryRun, await nextOf(home, done, io))
}

function render({ sealedFrom, ...activation }: MassRollback, dryRun: boolean, next: string | null): Report {
  const report = renderActivation(activation, dryRun)
  const json = { ...(report.json as object), sealed_from: sealedFrom }
  if (sealedFrom === null) return { ...report, json }
  const told = `${dryRun ? 'would seal' : 'sealed'} what ${sealedFrom} holds as a mass change, ${activation.after.runId}`
  const lines = [told, report.text, ...(dryRun || next === null ? [] : [`next: ${next}`])]
  return { ...report, json, text: lines.join('\n') }
}

/** What is new is not tracked: committed without it, the pin would name a run that nobody else has. */
async function nextOf(home: string, { after }: MassRollback, io: Io): Promise<string | null> {
  if ((await placeInTree(home)) === null) return null
  const paths = [POINTER_PATH, join(RUN_ROOT, after.runId)].map(path => relative(io.cwd, join(home, path)))
  return `git add ${paths.map(shellQuote).join(' ')}`
}
