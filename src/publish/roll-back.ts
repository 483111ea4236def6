// A rollback that takes much away (P5). Services ask the run whether that is meant, and nobody else, and what they serve
// need not be what is pinned here. So unless the older run says so itself, what it holds is sealed anew, as a run that
// does, and that is activated, under one lock.

import {
  type Activation,
  type ActivationRequest,
  carryOut,
  planActivation,
  readStanding,
} from './activate.ts'
import { CHANGELOG_SNAPSHOT, REGISTRY_SNAPSHOT } from './layout.ts'
import { withLock } from './lock.ts'
import { holds, type RegistryRun, readActiveRun, readRegistryRun } from './registry-run.ts'
import type { Provenance } from './run-files.ts'
import { planSeal } from './seal-registry.ts'
import { sealPlanned } from './seal-run.ts'

export interface MassRollbackRequest extends Omit<ActivationRequest, 'registryId'>, Provenance {}

export interface MassRollback extends Activation {
  /** The run whose content was sealed anew; `null` where one that says what is meant was there. */
  readonly sealedFrom: string | null
}

/** Plans the rollback and writes nothing. Throws as `rollBackMass` does. */
export function planMassRollback(request: MassRollbackRequest): MassRollback {
  const { runId, from } = choose(request)
  if (from === null) return { ...planActivation({ ...request, runId }), sealedFrom: null }
  const { before, serial } = readStanding(request)
  const { run } = planSeal({ ...request, from, massChange: true })
  const after = { runId: run.runId, root: run.root, serial }
  return { changed: true, before, after, sealedFrom: runId }
}

/**
 * Makes what `request.runId` holds the active registry, by a run that says that a mass change is meant. Throws
 * `PublishError`, `SealError`, `RegistryError` or `PointerError`; of what can be known before, nothing is sealed.
 */
export function rollBackMass(request: MassRollbackRequest): Promise<MassRollback> {
  const { home, now } = request
  const move = (runId: string) => carryOut(home, planActivation({ ...request, runId }))
  return withLock(home, async () => {
    const { runId, from } = choose(request)
    if (from === null) return { ...move(runId), sealedFrom: null }
    readStanding(request)
    const { run } = await sealPlanned(home, now, () => planSeal({ ...request, from, massChange: true }))
    return { ...move(run.runId), sealedFrom: runId }
  })
}

/** Returns the run that is gone back to, and itself where it has to be sealed anew; `null` for one that says what is meant. */
function choose({ home, runId }: MassRollbackRequest): { runId: string; from: RegistryRun | null } {
  const older = readRegistryRun(home, runId)
  const active = readActiveRun(home)
  const { files } = older.seal
  if (
    active?.seal.run.mass_change &&
    holds(active, files.get(REGISTRY_SNAPSHOT)!, files.get(CHANGELOG_SNAPSHOT))
  )
    return { runId: active.seal.runId, from: null }
  return { runId, from: older.seal.run.mass_change ? null : older }
}
