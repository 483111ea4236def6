// What the package installs, built once for all rows of a run.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
let built: string | undefined

/** Builds the programs, unless this run has, and returns their folder. */
export function buildPrograms(): string {
  if (built === undefined) {
    execFileSync(process.execPath, [join(root, 'scripts/build.ts')])
    built = join(root, 'dist/bin')
  }
  return built
}
