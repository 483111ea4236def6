// `infra manifest`: what a project declares of itself. Each of its verbs is one file; this one only says which there
// are.

import type { Command } from 'commander'
import { addManifestCheck } from './manifest-check.ts'
import { addManifestInit } from './manifest-init.ts'
import type { Run } from './program.ts'
import type { Io } from './report.ts'

/** Adds the verb and its own verbs. */
export function addManifest(program: Command, run: Run, io: Io): Command {
  const manifest = program.command('manifest').description('what a project declares of itself: .infra.yaml')
  for (const add of [addManifestCheck, addManifestInit]) add(manifest, run, io)
  return manifest
}
