// A rollback that takes much away (P5). Services ask the run whether that is meant, and nobody else, and what they serve
// need not be what is pinned here. So unless the older run says so itself, what it holds is sealed anew, as a run that
// does, and that is activated, under one lock.

import {
  type Activation,
  type ActivationRequest,
  carryOut,
  type PlannedActivation,
  planActivation,
  readStanding,
} from './activate.ts'
import { CHANGELOG_SNAPSHOT, REGISTRY_SNAPSHOT } from './layout.ts'
import { withLock } from './lock.ts'
import { type RegistryRun, readActiveRun, readRegistryRun } from './registry-run.ts'
import type { Provenance, RunFiles } from './run-files.ts'
import { planSeal } from './seal-registry.ts'
import { sealPlanned } from './seal-run.ts'

export interface MassRollbackRequest extends Omit<ActivationRequest, 'registryId'>, Provenance {}

export interface MassRollback extends Activation {
  /** The run whose content was sealed anew; `null` where one that says what is meant was there. */
  readonly sealedFrom: string | null
}

/** Plans the rollback and writes nothing. Throws as `rollBackMass` does. */
export function planMassRollback(request: MassRollbackRequest): MassRollback {
  const plan = planOf(request)
  if ('activation' in plan) {
    const { pointer: _, bytes: __, ...activation } = plan.activation
    return { ...activation, sealedFrom: null }
  }
  const { before, serial } = readStanding(request)
  const { run } = plan.seal()
  return {
    ...{ changed: true, before, sealedFrom: request.runId },
    after: { runId: run.runId, root: run.root, serial },
  }
}

/**
 * Makes what `request.runId` holds the active registry, by a run that says that a mass change is meant. Throws
 * `PublishError`, `SealError`, `RegistryError` or `PointerError`; of what can be known before, nothing is sealed.
 */
export function rollBackMass(request: MassRollbackRequest): Promise<MassRollback> {
  const { home, now } = request
  return withLock(home, async () => {
    const plan = planOf(request)
    if ('activation' in plan) return { ...carryOut(home, plan.activation), sealedFrom: null }
    readStanding(request)
    const { run } = await sealPlanned(home, now, plan.seal)
    const activation = carryOut(home, planActivation({ ...request, runId: run.runId }))
    return { ...activation, sealedFrom: request.runId }
  })
}

type Plan = { readonly activation: PlannedActivation } | { readonly seal: () => { readonly run: RunFiles } }

function planOf(request: MassRollbackRequest): Plan {
  const { home, runId, git_commit, working_tree_state, now } = request
  const older = readRegistryRun(home, runId)
  const active = readActiveRun(home)
  const isDone = active?.seal.run.mass_change && holdsTheSame(active, older)
  if (isDone) return { activation: planActivation({ ...request, runId: active.seal.runId }) }
  if (older.seal.run.mass_change) return { activation: planActivation(request) }
  const sealing = { home, from: runId, massChange: true, now, git_commit, working_tree_state }
  return { seal: () => planSeal(sealing) }
}

function holdsTheSame({ seal: one }: RegistryRun, { seal: other }: RegistryRun): boolean {
  return [REGISTRY_SNAPSHOT, CHANGELOG_SNAPSHOT].every(file => {
    const [a, b] = [one.files.get(file), other.files.get(file)]
    return a === undefined || b === undefined ? a === b : Buffer.from(a).equals(b)
  })
}
