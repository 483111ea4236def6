// `infra build`: an artifact of the layer becomes an immutable run. Everything is made in memory under the lock, then
// staged, sealed, verified and moved in; a build that fails leaves no run, and no build moves a pointer.

import { type BuildContext, type Built, buildArtifacts } from '../layer/build.ts'
import { BUILDS, type BuiltRegistry } from '../layer/registries.ts'
import type { Seal } from '../seal/verify.ts'
import { withLock } from './lock.ts'
import { buildRun, type RunFiles, runIdAt, utcSeconds } from './run-files.ts'
import { sealPlanned } from './seal-run.ts'

export interface BuildRequest
  extends Pick<BuildContext, 'home' | 'named' | 'git_commit' | 'working_tree_state' | 'tree' | 'health'> {
  readonly registryId: BuiltRegistry
  /** The clock; read once per attempt. */
  readonly now: () => Date
}

export interface BuildPlan {
  readonly run: RunFiles
  readonly inputs: Built['inputs']
}

/** Plans the build: reads the inputs and builds the run in memory. Throws `LayerError`, `PointerError` or `SealError`. */
export function planBuild(request: BuildRequest): BuildPlan {
  const { registryId, git_commit, working_tree_state } = request
  const { runType, operationId } = BUILDS[registryId]
  const now = request.now()
  const [runId, createdUtc] = [runIdAt(now, runType), utcSeconds(now)]
  const { files, inputs, extra } = buildArtifacts(registryId, { ...request, runId, now, createdUtc })
  const run = buildRun(
    {
      run_id: runId,
      created_utc: createdUtc,
      run_type: runType,
      option: 'QA',
      operation_id: operationId,
      git_commit,
      working_tree_state,
      inputs,
      extra,
    },
    new Map([...files].map(([name, text]) => [name, Buffer.from(text)])),
  )
  return { run, inputs }
}

/** Builds `request.registryId` and returns the seal as verified from the disk. Throws `PublishError` too. */
export function buildRegistry(request: BuildRequest): Promise<BuildPlan & { readonly seal: Seal }> {
  return withLock(request.home, () => sealPlanned(request.home, request.now, () => planBuild(request)))
}
