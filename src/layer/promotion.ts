// What a promotion is: the source that the catalog declares, byte for byte, judged by the schema of its registry, with
// what its envelope says of it. It selects nothing and changes no source; publish/promote.ts seals it.

import { quote, renderDiagnostic } from '../core/diagnostic.ts'
import { blobSha, sha256 } from '../core/digest.ts'
import { renderPath } from '../seal/fault.ts'
import { isRelpath } from '../seal/grammar.ts'
import { checkRegistryFiles } from './artifacts.ts'
import { CATALOG_PATH, readCatalog } from './catalog.ts'
import { PromotionError } from './promotion-error.ts'
import { type Payload, readFileSource, readFolderSource } from './promotion-source.ts'
import type { CatalogFile, PromotionSource } from './schemas/catalog.ts'

/** What is to be promoted. */
export interface PromotionRequest {
  readonly home: string
  readonly registryId: string
  /** The run whose folder is the source, where the catalog says that there is one for each run. */
  readonly sourceRun?: string
}

/** A source that may be sealed: what the run holds, and what its envelope says besides time and commit. */
export interface Promotion {
  readonly registryId: string
  readonly runTag: string
  readonly operationId: string
  readonly payload: Payload
  readonly inputs: Readonly<Record<string, unknown>>
  readonly extra: Readonly<Record<string, unknown>>
}

/** Reads and judges the source of a registry. Throws `PromotionError` or `CatalogError`. */
export function readPromotion({ home, registryId, sourceRun }: PromotionRequest): Promotion {
  const { catalog, bytes } = readCatalog(home)
  const promotion = findPromotion(catalog, registryId)
  const { path, payload } = readSource(home, registryId, promotion, sourceRun)
  const { violations } = checkRegistryFiles(registryId, payload)
  if (violations.length > 0) {
    const more = violations.length === 1 ? '' : ` (and ${violations.length - 1} more)`
    const message = `${renderPath(path)}: ${renderDiagnostic({ ...violations[0]!, file: renderPath(violations[0]!.file) })}${more}`
    throw new PromotionError('PROMOTE_SOURCE_INVALID', message, violations)
  }
  return {
    registryId,
    runTag: promotion.run_tag,
    operationId: promotion.operation_id,
    payload,
    inputs: { [CATALOG_PATH]: { sha256: sha256(bytes), blob_sha: blobSha(bytes) } },
    extra: {
      seal_promotion: true,
      source_path: path,
      source_registry: registryId,
      ...(sourceRun !== undefined && { source_run_id: sourceRun }),
      ...(registryId === 'threshold_packs_file' && { pack_count: payload.size }),
      ...(promotion.kind === 'collection' && { collection: true, member_count: payload.size }),
    },
  }
}

function findPromotion({ registries }: CatalogFile, registryId: string): PromotionSource {
  const entry = registries.find(({ registry_id }) => registry_id === registryId)
  if (entry?.promotion !== undefined) return entry.promotion
  const known = registries.flatMap(({ registry_id, promotion }) => (promotion ? [registry_id] : []))
  const these = known.length === 0 ? 'none is' : `these are: ${known.join(', ')}`
  throw entry === undefined
    ? new PromotionError(
        'PROMOTE_UNKNOWN_REGISTRY',
        `${quote(registryId)} is not in ${CATALOG_PATH}; of those that can be promoted, ${these}`,
      )
    : new PromotionError(
        'PROMOTE_NOT_PROMOTABLE',
        `${registryId}: the catalog declares no source to promote it from; ${these}`,
      )
}

function readSource(
  home: string,
  registryId: string,
  promotion: PromotionSource,
  sourceRun: string | undefined,
): { path: string; payload: Payload } {
  const byRun = promotion.kind === 'folder' && promotion.by_run === true
  if (!byRun && sourceRun !== undefined) {
    throw new PromotionError('PROMOTE_RUN_UNWANTED', `${registryId}: its source is one, not one for each run`)
  }
  if (promotion.kind === 'file') {
    const { source, snapshot } = promotion
    return { path: source, payload: readFileSource(home, source, snapshot) }
  }
  const source = byRun
    ? `${promotion.source}/${runOf(registryId, promotion.source, sourceRun)}`
    : promotion.source
  return { path: `${source}/`, payload: readFolderSource(home, source, promotion.members) }
}

/** The newest folder is never taken by itself: a person says which. */
function runOf(registryId: string, source: string, sourceRun: string | undefined): string {
  if (sourceRun === undefined) {
    const message = `${registryId}: which run below ${source}? (--source-run <name>)`
    throw new PromotionError('PROMOTE_RUN_MISSING', message)
  }
  if (isRelpath(sourceRun) && !sourceRun.includes('/')) return sourceRun
  throw new PromotionError('PROMOTE_RUN_BAD', `${quote(sourceRun)} is not the name of one folder`)
}
