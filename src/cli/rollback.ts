// `infra rollback`: activates an older run again, under a new serial. The run that is left stays where it is.

import type { Command } from 'commander'
import { previousRun } from '../publish/activate.ts'
import { PublishError } from '../publish/error.ts'
import { planSeal, sealRegistry } from '../publish/seal-registry.ts'
import { type ActivateOptions, act, expectOption, parseReason, serialOption } from './activate.ts'
import { describeHome, findHome } from './home.ts'
import type { Run } from './program.ts'
import type { Io, Report } from './report.ts'

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
  try {
    return await act(runId, expecting, io)
  } catch (error) {
    const isMass = error instanceof PublishError && error.code === 'PUBLISH_MASS_CHANGE'
    if (!isMass || !massChange) throw error
    return sealAnew(home, runId, expecting, io)
  }
}

/** P5: that a mass change is meant is said by the run that makes it. So what `runId` holds becomes a run that says so. */
async function sealAnew(home: string, runId: string, options: ActivateOptions, io: Io): Promise<Report> {
  const request = { home, from: runId, massChange: true, now: io.now, ...(await describeHome(home)) }
  if (options.dryRun) {
    const { run, change } = planSeal(request)
    const text = `would seal what ${runId} holds as a mass change, ${run.runId}, and activate it\n  ROOT_SHA256  ${run.root}`
    const after = { run_id: run.runId, root_sha256: run.root }
    return { exit: 0, json: { changed: true, sealed_from: runId, after, change, dry_run: true }, text }
  }
  const { run } = await sealRegistry(request)
  const { exit, json, text } = await act(run.runId, options, io)
  const told = `sealed what ${runId} holds as a mass change, ${run.runId}`
  return { exit, json: { ...(json as object), sealed_from: runId }, text: `${told}\n${text}` }
}
