// `infra seal`: makes an immutable run of the working copy and its changelog. It does not make it the active one.

import type { Command } from 'commander'
import { WHY } from '../edit/error.ts'
import { planSeal, type SealPlan, sealRegistry } from '../publish/seal-registry.ts'
import { describeHome, findHome } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'

interface SealOptions extends VerbOptions {
  readonly massChange?: boolean
}

/** Adds the verb. */
export function addSeal(program: Command, run: Run, io: Io): Command {
  return program
    .command('seal')
    .description('seal the working copy into a new run')
    .option('--mass-change', 'dropping or re-targeting a large part of the registry is meant')
    .option('-n, --dry-run', 'check and show what would be sealed; write nothing')
    .action((options: SealOptions) => run(options, () => seal(options, io)))
}

async function seal(options: SealOptions, io: Io): Promise<Report> {
  const home = await findHome(io, options.home)
  const tree = await describeHome(home)
  const request = { home, massChange: options.massChange ?? false, now: io.now, ...tree }
  const plan = options.dryRun ? planSeal(request) : await sealRegistry(request)
  return render(plan, options.dryRun ?? false)
}

function render({ run, change }: SealPlan, dryRun: boolean): Report {
  const files = [...run.files].map(([relpath, bytes]) => ({ relpath, bytes: bytes.byteLength }))
  const lines = [
    `${dryRun ? 'would seal' : 'sealed'} ${run.runId}`,
    `  ROOT_SHA256  ${run.root}`,
    ...files.map(({ relpath, bytes }) => `  ${relpath}  ${bytes} bytes`),
    change === null
      ? '  no active run to compare with'
      : `  against the active run: ${change.removed} of ${change.entries} entries removed, ${change.retargeted} re-targeted`,
    ...(dryRun ? [] : [`next: infra activate ${run.runId} ${WHY}`]),
  ]
  const json = { run_id: run.runId, root_sha256: run.root, files, change, dry_run: dryRun }
  return { exit: 0, json, text: lines.join('\n') }
}
