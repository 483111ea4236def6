// `infra seal`: the working copy and its changelog become an immutable run. What is sealed is what was read: each
// source once, judged by the rules, and copied byte for byte. Sealing selects nothing; that is activate.ts.

import { join } from 'node:path'
import { blobSha, sha256 } from '../core/digest.ts'
import { type ChangeSize, measureChange, refuseChange } from '../registry/mass-change.ts'
import { readFileOnce } from '../seal/read-file.ts'
import type { Seal } from '../seal/verify.ts'
import { PublishError } from './error.ts'
import { CHANGELOG, CHANGELOG_SNAPSHOT, REGISTRY_ID, REGISTRY_SNAPSHOT, WORKING_COPY } from './layout.ts'
import { withLock } from './lock.ts'
import { readActiveRun, snapshotOfBytes } from './registry-run.ts'
import { buildRun, type Provenance, type RunFiles, runIdAt, utcSeconds } from './run-files.ts'
import { sealPlanned } from './seal-run.ts'

const MAX_SOURCE_BYTES = 256 * 1024 * 1024
const TAG = 'seal_telemetry_registry'

export interface SealRequest extends Provenance {
  readonly home: string
  /** P5: says that dropping or re-targeting a large part of the active registry is meant. */
  readonly massChange: boolean
  /** The clock; read once per attempt. */
  readonly now: () => Date
}

export interface SealPlan {
  readonly run: RunFiles
  /** What activating this run would take away from the active one; `null` where none can be verified. */
  readonly change: ChangeSize | null
}

/** Plans the seal: reads and judges the sources and builds the run in memory. Throws `RegistryError` or `PublishError`. */
export function planSeal(request: SealRequest): SealPlan {
  const { home, massChange } = request
  const registry = readSource(home, WORKING_COPY)
  const changelog = readSource(home, CHANGELOG)
  const active = readActiveRun(home)
  const snapshot = snapshotOfBytes(registry, WORKING_COPY)
  const change = active === undefined ? null : measureChange(active.snapshot, snapshot)
  const refusal = change === null ? undefined : refuseChange(change, massChange)
  if (refusal !== undefined) {
    const hint = change?.verdict === 'mass' ? '; if this is meant, infra seal --mass-change' : ''
    throw new PublishError('PUBLISH_MASS_CHANGE', `${WORKING_COPY}: ${refusal}${hint}`)
  }
  const now = request.now()
  const source = (bytes: Uint8Array) => ({ sha256: sha256(bytes), blob_sha: blobSha(bytes) })
  const run = buildRun(
    {
      run_id: runIdAt(now, TAG),
      created_utc: utcSeconds(now),
      run_type: 'seal_promotion',
      option: 'QA',
      operation_id: 'OP-QA12',
      git_commit: request.git_commit,
      working_tree_state: request.working_tree_state,
      inputs: {
        [WORKING_COPY]: source(registry),
        [CHANGELOG]: source(changelog),
        previous:
          active === undefined ? null : { run_id: active.seal.runId, manifest_sha256: active.seal.root },
      },
      extra: {
        seal_promotion: true,
        source_path: WORKING_COPY,
        source_registry: REGISTRY_ID,
        ...(massChange && { mass_change: true }),
      },
    },
    new Map([
      [CHANGELOG_SNAPSHOT, changelog],
      [REGISTRY_SNAPSHOT, registry],
    ]),
  )
  return { run, change }
}

/** Seals the working copy of `request.home` and returns the seal as verified from the disk, with its plan. */
export function sealRegistry(request: SealRequest): Promise<SealPlan & { readonly seal: Seal }> {
  return withLock(request.home, () => sealPlanned(request.home, request.now, () => planSeal(request)))
}

function readSource(home: string, relpath: string): Uint8Array {
  const outcome = readFileOnce(join(home, relpath), MAX_SOURCE_BYTES)
  if (outcome.ok) return outcome.bytes
  const missing = outcome.reason === 'missing'
  const code = missing ? 'PUBLISH_SOURCE_MISSING' : 'PUBLISH_SOURCE_UNREADABLE'
  throw new PublishError(code, `${join(home, relpath)}: ${missing ? 'no such file' : outcome.detail}`)
}
