// `infra promote <registry>`: makes an immutable run of a registry that has no builder, from the source that the registry
// catalog declares. It does not make it the active one.

import type { Command } from 'commander'
import { plain } from '../core/diagnostic.ts'
import { WHY } from '../edit/error.ts'
import { type PromotePlan, planPromote, promote } from '../publish/promote.ts'
import { describeHome, findHome } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { valueOption } from './words.ts'

interface PromoteOptions extends VerbOptions {
  readonly sourceRun?: string
}

/** Adds the verb. */
export function addPromote(program: Command, run: Run, io: Io): Command {
  return program
    .command('promote <registry>')
    .description('seal a registry that has no builder, as its source lies in the home')
    .addOption(valueOption('--source-run <name>', 'the run to promote, where each has a folder of its own'))
    .option('-n, --dry-run', 'check and show what would be sealed; write nothing')
    .action((registryId: string, options: PromoteOptions) => run(options, () => act(registryId, options, io)))
}

async function act(registryId: string, options: PromoteOptions, io: Io): Promise<Report> {
  const { sourceRun, dryRun = false } = options
  const home = await findHome(io, options.home)
  const tree = await describeHome(home)
  const request = { home, registryId, now: io.now, ...tree, ...(sourceRun !== undefined && { sourceRun }) }
  return render(registryId, dryRun ? planPromote(request) : await promote(request), dryRun)
}

function render(registryId: string, { run, members }: PromotePlan, dryRun: boolean): Report {
  const files = [...run.files].map(([relpath, bytes]) => ({ relpath, bytes: bytes.byteLength }))
  const lines = [
    `${dryRun ? 'would promote' : 'promoted'} ${registryId} as ${run.runId}`,
    `  ROOT_SHA256  ${run.root}`,
    ...files.map(({ relpath, bytes }) => `  ${plain(relpath)}  ${bytes} bytes`),
    ...(dryRun ? [] : [`next: infra activate ${run.runId} --registry ${registryId} ${WHY}`]),
  ]
  const json = {
    ...{ registry_id: registryId, run_id: run.runId, root_sha256: run.root },
    ...{ members, files, dry_run: dryRun },
  }
  return { exit: 0, json, text: lines.join('\n') }
}
