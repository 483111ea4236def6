// A run on its way to the disk: staged out of sight, flushed, judged by the same verifier that readers use, and
// moved among the sealed runs by one rename. Whoever looks sees a whole run or none.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readRunFolder } from '../seal/run-folder.ts'
import { type Seal, verifySeal } from '../seal/verify.ts'
import { flushFolder, makeFolder, makeUnflushedFolder, moveFolder, remove, writeNewFile } from './disk.ts'
import { PublishError } from './error.ts'
import { runsOf } from './layout.ts'
import type { RunFiles } from './run-files.ts'
import { stagingPath } from './staging.ts'

/** Sealed files are read-only. The folder is not: git has to be able to remove it when another branch is checked out. */
const SEALED_MODE = 0o444

/** Stores `run` under the runs of `home` and returns its seal, as verified from the disk. The caller holds the lock. */
export function storeRun(home: string, run: RunFiles): Seal {
  const runs = runsOf(home)
  const target = join(runs, run.runId)
  if (existsSync(target))
    throw new PublishError('PUBLISH_RUN_EXISTS', `${target}: already exists; a run is never overwritten`)
  makeFolder(runs)
  const staged = stagingPath(home)
  try {
    const folders = new Set([staged])
    for (const relpath of run.files.keys()) {
      for (let at = dirname(relpath); at !== '.'; at = dirname(at)) folders.add(join(staged, at))
    }
    for (const folder of folders) makeUnflushedFolder(folder)
    for (const [relpath, bytes] of run.files) writeNewFile(join(staged, relpath), bytes, SEALED_MODE)
    for (const folder of folders) flushFolder(folder)
    const seal = verifySeal(readRunFolder(staged, { runId: run.runId }))
    moveFolder(staged, target)
    return seal
  } finally {
    remove(staged)
  }
}
