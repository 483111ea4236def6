// `infra mesh`: what is declared to run where. Each of its verbs is one file; this one only says which there are.

import type { Command } from 'commander'
import type { Run } from './program.ts'
import type { Io } from './report.ts'

/** Adds the verb and its own verbs. */
export function addMesh(program: Command, _run: Run, _io: Io): Command {
  return program.command('mesh').description('the mesh: which service runs on which host')
}
