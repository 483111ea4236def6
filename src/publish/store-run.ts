// A run on its way to the disk: staged out of sight, flushed, judged by the same verifier that readers use, and
// moved among the sealed runs by one rename. Whoever looks sees a whole run or none.

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readRunFolder } from '../seal/run-folder.ts'
import { type Seal, verifySeal } from '../seal/verify.ts'
import { makeFolder, moveFolder, removeStaging, syncFolder, writeNewFile } from './disk.ts'
import { PublishError } from './error.ts'
import { runsOf, stagingOf } from './layout.ts'
import type { RunFiles } from './run-files.ts'

/** Sealed files are read-only. The folder is not: git has to be able to remove it when another branch is checked out. */
const SEALED_MODE = 0o444

/** Stores `run` under the runs of `home` and returns its seal, as verified from the disk. The caller holds the lock. */
export function storeRun(home: string, run: RunFiles): Seal {
  const runs = runsOf(home)
  const target = join(runs, run.runId)
  if (existsSync(target))
    throw new PublishError('PUBLISH_RUN_EXISTS', `${target}: already exists; a run is never overwritten`)
  cleanStaging(home)
  const staged = join(stagingOf(home), crypto.randomUUID())
  try {
    makeFolder(runs)
    makeFolder(staged)
    for (const [relpath, bytes] of run.files) {
      const path = join(staged, relpath)
      if (dirname(path) !== staged) makeFolder(dirname(path))
      writeNewFile(path, bytes, SEALED_MODE)
    }
    syncFolder(staged)
    const seal = verifySeal(readRunFolder(staged, { runId: run.runId }))
    moveFolder(staged, target)
    return seal
  } finally {
    removeStaging(staged)
  }
}

/** Removes what a killed run left behind. Only the holder of the lock stages, so nothing here is anybody's work. */
function cleanStaging(home: string): void {
  const staging = stagingOf(home)
  if (!existsSync(staging)) return
  for (const name of readdirSync(staging)) removeStaging(join(staging, name))
}
