// `infra mesh check`: fails where the services map is not what the manifests come to, to the byte.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readPlainFile } from '../publish/plain-file.ts'
import { addPlanWords, DEFAULT_PRUNE, type PlanOptions, planFrom, renderPlanned } from './mesh-plan.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'
import { shellQuote } from './workflow.ts'

/** Adds the verb. */
export function addMeshCheck(mesh: Command, run: Run, io: Io): Command {
  return addPlanWords(mesh.command('check').description('fail where the services map has drifted')).action(
    (options: PlanOptions) =>
      run(options, async () => {
        const planned = planFrom(readPlainFile(resolve(io.cwd, options.hosts)), options, io)
        return renderPlanned(planned, planned.differs ? 1 : 0, `drift; next: ${renderApply(options)}`)
      }),
  )
}

/** The command line that mends what was found, over the same manifests and by the same policy. */
function renderApply({ root, hosts, prune }: PlanOptions): string {
  const policy = prune === DEFAULT_PRUNE ? '' : ` --prune ${prune}`
  return `infra mesh apply --root ${root.map(shellQuote).join(' ')} --hosts ${shellQuote(hosts)}${policy}`
}
