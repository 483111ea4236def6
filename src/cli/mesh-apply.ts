// `infra mesh apply`: brings the services map of the mesh file in line with the manifests, whole or not at all.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { changePlainFile, readPlainFile } from '../publish/plain-file.ts'
import { addPlanWords, type PlanOptions, planFrom, renderPlanned } from './mesh-plan.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'

/** Adds the verb. */
export function addMeshApply(mesh: Command, run: Run, io: Io): Command {
  return addPlanWords(mesh.command('apply').description('write the services map from every manifest'))
    .option('-n, --dry-run', 'check everything and show what would change; write nothing')
    .action((options: PlanOptions) =>
      run(options, async () => {
        const path = resolve(io.cwd, options.hosts)
        const decide = (bytes: Uint8Array) => planFrom(bytes, options, io)
        if (options.dryRun)
          return renderPlanned(decide(readPlainFile(path)), 0, 'dry run: nothing was written')
        return renderPlanned(await changePlainFile(path, decide), 0, 'written')
      }),
    )
}
