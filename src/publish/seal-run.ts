// From a plan to a stored run, under an id that nobody else has: ids have whole seconds, and a run is never overwritten,
// so the second run of a second waits for the next one.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Seal } from '../seal/verify.ts'
import { PublishError } from './error.ts'
import { runsOf } from './layout.ts'
import type { RunFiles } from './run-files.ts'
import { storeRun } from './store-run.ts'

/**
 * Stores the run that `plan` makes and returns the plan with the seal as verified from the disk. The plan is made again
 * when its second is taken. The caller holds the lock. Throws `PublishError` or `SealError`.
 */
export async function sealPlanned<Plan extends { readonly run: RunFiles }>(
  home: string,
  now: () => Date,
  plan: () => Plan,
): Promise<Plan & { readonly seal: Seal }> {
  let planned = plan()
  while (existsSync(join(runsOf(home), planned.run.runId))) {
    const before = now().getTime()
    await delay(1_000 - (before % 1_000))
    // A timer may fire a little before the clock says so: only a clock that did not move at all is given up.
    if (now().getTime() <= before)
      throw new PublishError(
        'PUBLISH_RUN_EXISTS',
        `${planned.run.runId}: already exists, and the clock stands still`,
      )
    planned = plan()
  }
  return { ...planned, seal: storeRun(home, planned.run) }
}
