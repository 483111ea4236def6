// `infra seal`: the working copy and its changelog become an immutable run; or, for a rollback that takes much away, what
// an older run holds. What is sealed is what was read: each source once, judged by the rules, and copied byte for byte.
// Sealing selects nothing; that is activate.ts.

import { join } from 'node:path'
import { blobSha, sha256 } from '../core/digest.ts'
import { type ChangeSize, measureChange, refuseChange } from '../registry/mass-change.ts'
import { MAX_REGISTRY_BYTES, readFileOnce } from '../seal/read-file.ts'
import type { Seal } from '../seal/verify.ts'
import { PublishError } from './error.ts'
import {
  CHANGELOG,
  CHANGELOG_SNAPSHOT,
  REGISTRY_ID,
  REGISTRY_SNAPSHOT,
  RUN_ROOT,
  WORKING_COPY,
} from './layout.ts'
import { withLock } from './lock.ts'
import { type RegistryRun, readActiveRun, snapshotOfBytes } from './registry-run.ts'
import { buildRun, type Provenance, type RunFiles, runIdAt, utcSeconds } from './run-files.ts'
import { sealPlanned } from './seal-run.ts'

const TAG = 'seal_telemetry_registry'

export interface SealRequest extends Provenance {
  readonly home: string
  /** The run whose content is sealed anew; the working copy is sealed where none is given. */
  readonly from?: RegistryRun
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
  const { home, from, massChange } = request
  const { registry, changelog } = from === undefined ? readWorkingCopy(home) : sourcesOf(from)
  const active = readActiveRun(home)
  const snapshot = snapshotOfBytes(registry.bytes, registry.path)
  const change = active === undefined ? null : measureChange(active.snapshot, snapshot)
  const refusal = change && refuseChange(change, massChange, 'infra seal --mass-change')
  if (refusal) throw new PublishError('PUBLISH_MASS_CHANGE', `${registry.path}: ${refusal}`)
  const now = request.now()
  const sources = changelog === null ? [registry] : [registry, changelog]
  const digestsOf = ({ path, bytes }: Source) =>
    [path, { sha256: sha256(bytes), blob_sha: blobSha(bytes) }] as const
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
        ...Object.fromEntries(sources.map(digestsOf)),
        previous:
          active === undefined ? null : { run_id: active.seal.runId, manifest_sha256: active.seal.root },
      },
      extra: {
        seal_promotion: true,
        source_path: registry.path,
        source_registry: REGISTRY_ID,
        ...(massChange && { mass_change: true }),
      },
    },
    new Map([
      ...(changelog === null ? [] : [[CHANGELOG_SNAPSHOT, changelog.bytes] as const]),
      [REGISTRY_SNAPSHOT, registry.bytes],
    ]),
  )
  return { run, change }
}

/** Seals what `request` names and returns the seal as verified from the disk, with its plan. */
export function sealRegistry(request: SealRequest): Promise<SealPlan & { readonly seal: Seal }> {
  return withLock(request.home, () => sealPlanned(request.home, request.now, () => planSeal(request)))
}

/** What is sealed, and where in the home it lies. */
interface Source {
  readonly path: string
  readonly bytes: Uint8Array
}

interface Sources {
  readonly registry: Source
  /** `null`: a run need not have one. */
  readonly changelog: Source | null
}

function readWorkingCopy(home: string): Sources {
  return { registry: readSource(home, WORKING_COPY), changelog: readSource(home, CHANGELOG) }
}

function sourcesOf({ seal: { runId, files } }: RegistryRun): Sources {
  const sourceOf = (relpath: string): Source | null => {
    const bytes = files.get(relpath)
    return bytes === undefined ? null : { path: join(RUN_ROOT, runId, relpath), bytes }
  }
  return { registry: sourceOf(REGISTRY_SNAPSHOT)!, changelog: sourceOf(CHANGELOG_SNAPSHOT) }
}

function readSource(home: string, relpath: string): Source {
  const outcome = readFileOnce(join(home, relpath), MAX_REGISTRY_BYTES)
  if (outcome.ok) return { path: relpath, bytes: outcome.bytes }
  const missing = outcome.reason === 'missing'
  const code = missing ? 'PUBLISH_SOURCE_MISSING' : 'PUBLISH_SOURCE_UNREADABLE'
  throw new PublishError(code, `${join(home, relpath)}: ${missing ? 'no such file' : outcome.detail}`)
}
