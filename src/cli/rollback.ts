// `infra rollback`: activates an older run again, under a new serial. The run that is left stays where it is.

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
import { describeHome, findHome } from './home.ts'
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
  return dryRun
    ? render(planMassRollback(request), true, null)
    : render(await rollBackMass(request), false, request.git_commit === null ? null : home)
}

/** What is new is not tracked: committed without it, the pin would name a run that nobody else has. */
function render(
  { sealedFrom, ...activation }: MassRollback,
  dryRun: boolean,
  tracked: string | null,
): Report {
  const report = renderActivation(activation, dryRun)
  const json = { ...(report.json as object), sealed_from: sealedFrom }
  if (sealedFrom === null) return { ...report, json }
  const { runId } = activation.after
  const told = `${dryRun ? 'would seal' : 'sealed'} what ${sealedFrom} holds as a mass change, ${runId}`
  const lines = [told, report.text]
  if (tracked !== null)
    lines.push(`next: git -C ${shellQuote(tracked)} add ${POINTER_PATH} ${RUN_ROOT}/${runId}`)
  return { ...report, json, text: lines.join('\n') }
}
