// Where things are made before they are moved to their place: on the same file system, out of everybody's sight,
// and under names that no crash can leave in the way. What a killed run left here is removed by the next one.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeUnflushedFolder, remove } from './disk.ts'
import { stagingOf } from './layout.ts'

/** Returns a new name in the emptied staging folder of `home`. The caller holds the lock: nobody else stages. */
export function stagingPath(home: string): string {
  const staging = stagingOf(home)
  makeUnflushedFolder(staging)
  for (const name of listLeftovers(staging)) remove(join(staging, name))
  // Random: a pid is the same in every container.
  return join(staging, crypto.randomUUID())
}

function listLeftovers(staging: string): string[] {
  try {
    return readdirSync(staging)
  } catch {
    return [] // leftovers are untidy and harm nobody; a disk that fails is met again where it matters
  }
}
