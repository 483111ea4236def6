// `infra promote`: a registry without a builder becomes an immutable run. The bytes that were read and judged are the
// bytes that are sealed; the source is not touched. Promoting selects nothing: that is the pointer's.

import { type Promotion, type PromotionRequest, readPromotion } from '../layer/promotion.ts'
import type { Seal } from '../seal/verify.ts'
import { withLock } from './lock.ts'
import { buildRun, type Provenance, type RunFiles, runIdAt, utcSeconds } from './run-files.ts'
import { sealPlanned } from './seal-run.ts'

export interface PromoteRequest extends PromotionRequest, Provenance {
  /** The clock; read once per attempt. */
  readonly now: () => Date
}

export interface PromotePlan {
  readonly run: RunFiles
  /** How many files of the source the run holds. */
  readonly members: number
}

/** Plans the promotion: reads and judges the source and builds the run in memory. Throws `PromotionError` or `CatalogError`. */
export function planPromote(request: PromoteRequest): PromotePlan {
  return planRun(readPromotion(request), request)
}

/** Promotes `request.registryId` and returns the seal as verified from the disk. Throws `PublishError` and `SealError` too. */
export function promote(request: PromoteRequest): Promise<PromotePlan & { readonly seal: Seal }> {
  return withLock(request.home, () => {
    const promotion = readPromotion(request)
    return sealPlanned(request.home, request.now, () => planRun(promotion, request))
  })
}

function planRun(promotion: Promotion, request: PromoteRequest): PromotePlan {
  const { runTag, operationId, payload, inputs, extra } = promotion
  const now = request.now()
  const run = buildRun(
    {
      run_id: runIdAt(now, runTag),
      created_utc: utcSeconds(now),
      run_type: 'seal_promotion',
      option: 'QA',
      operation_id: operationId,
      git_commit: request.git_commit,
      working_tree_state: request.working_tree_state,
      inputs,
      extra,
    },
    payload,
  )
  return { run, members: payload.size }
}
