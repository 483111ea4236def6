// `infra mesh`: what is declared to run where. Each of its verbs is one file; this one only says which there are.

import type { Command } from 'commander'
import { addMeshApply } from './mesh-apply.ts'
import { addMeshCheck } from './mesh-check.ts'
import { addMeshExplain } from './mesh-explain.ts'
import { addMeshPlan } from './mesh-plan.ts'
import { addMeshProbe } from './mesh-probe.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'

/** Adds the verb and its own verbs. */
export function addMesh(program: Command, run: Run, io: Io): Command {
  const mesh = program.command('mesh').description('the mesh: which service runs on which host')
  for (const add of [addMeshPlan, addMeshApply, addMeshCheck, addMeshExplain, addMeshProbe])
    add(mesh, run, io)
  return mesh
}
