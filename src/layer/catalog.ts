// The registry catalog: which registries a home has, and where those that are promoted come from. It is read strictly:
// a promotion seals what this file points at, so a catalog with one fault declares nothing.

import { join } from 'node:path'
import { type Diagnostic, quote, renderDiagnostic, renderViolation } from '../core/diagnostic.ts'
import { type FailureKind, HouseError } from '../core/error.ts'
import { type ParsedJson, parseJson } from '../core/json.ts'
import { foldPath } from '../seal/grammar.ts'
import { readFileOnce } from '../seal/read-file.ts'
import { CONTROL_FILES } from '../seal/run-folder.ts'
import { type ArtifactCode, checkArtifact, placed } from './artifact.ts'
import { hasArtifactSchema } from './artifacts.ts'
import { findPatternDefect } from './member-pattern.ts'
import { type CatalogEntry, CatalogFile } from './schemas/catalog.ts'
import { LAYER_SCHEMAS } from './schemas/published.ts'

/** The catalog, relative to the registry home. */
export const CATALOG_PATH = 'registry/REGISTRY_CATALOG_v0_1.json'

const MAX_BYTES = 1024 * 1024

/** What is wrong with a catalog, beyond its schema. */
export const CATALOG_CODES = [
  'duplicate_registry_id',
  'duplicate_run_tag',
  'unknown_registry',
  'unknown_schema',
  'no_artifact_schema',
  'undeclared_source',
  'bad_pattern',
  'reserved_name',
] as const

export type CatalogCode = (typeof CATALOG_CODES)[number]

/** One fault of a catalog with its place. */
export interface CatalogFault extends Diagnostic<CatalogCode | ArtifactCode> {
  readonly pointer: string
}

/** The catalog cannot be used; `faults` holds every reason that is one of its text. */
export class CatalogError extends HouseError<'CATALOG_MISSING' | 'CATALOG_UNREADABLE' | 'CATALOG_INVALID'> {
  readonly faults: readonly CatalogFault[]

  constructor(
    code: 'CATALOG_MISSING' | 'CATALOG_UNREADABLE' | 'CATALOG_INVALID',
    message: string,
    faults: readonly CatalogFault[] = [],
  ) {
    super(code, message)
    this.faults = faults
  }

  override get kind(): FailureKind {
    return this.code === 'CATALOG_UNREADABLE' ? 'world' : 'refused'
  }

  override get lines(): readonly string[] {
    return this.faults.length > 0 ? this.faults.map(renderViolation) : super.lines
  }
}

/** Reads the catalog of `home` once. Throws `CATALOG_MISSING`, `CATALOG_UNREADABLE` or `CATALOG_INVALID`. */
export function readCatalog(home: string): { readonly catalog: CatalogFile; readonly bytes: Uint8Array } {
  const outcome = readFileOnce(join(home, CATALOG_PATH), MAX_BYTES)
  if (outcome.ok) return { catalog: parseCatalog(outcome.bytes, CATALOG_PATH), bytes: outcome.bytes }
  if (outcome.reason === 'missing') {
    const hint = 'it declares the registries of the home and their sources'
    throw new CatalogError('CATALOG_MISSING', `${join(home, CATALOG_PATH)}: no such file; ${hint}`)
  }
  throw new CatalogError('CATALOG_UNREADABLE', `${join(home, CATALOG_PATH)}: ${outcome.detail}`)
}

/** Parses the bytes of a catalog. Throws `CATALOG_INVALID` with every fault. */
export function parseCatalog(bytes: Uint8Array, file: string): CatalogFile {
  const { catalog, faults } = checkCatalog(bytes, file)
  if (catalog !== undefined) return catalog
  const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
  throw new CatalogError('CATALOG_INVALID', `${renderDiagnostic(faults[0]!)}${more}`, faults)
}

/** Checks the bytes of a catalog and returns every fault, or the catalog where there is none. */
export function checkCatalog(
  bytes: Uint8Array,
  file: string,
): { readonly catalog?: CatalogFile; readonly faults: readonly CatalogFault[] } {
  const shape = checkArtifact('json', CatalogFile, bytes, file)
  if (shape.length > 0) return { faults: shape }
  const json = parseJson(bytes) as ParsedJson & { readonly value: CatalogFile }
  const rules = placed(json.text, [...checkRules(json.value)])
  if (rules.length === 0) return { catalog: json.value, faults: [] }
  return { faults: rules.map(fault => ({ severity: 'error', file, ...fault })) }
}

interface RuleFault {
  readonly code: CatalogCode
  readonly pointer: string
  readonly message: string
}

function* checkRules({ registries, gap_summary }: CatalogFile): Generator<RuleFault> {
  const ids = new Set<string>()
  const tags = new Set<string>()
  for (const [at, entry] of registries.entries()) {
    const pointer = `/registries/${at}`
    if (ids.has(entry.registry_id)) {
      const message = `${quote(entry.registry_id)} stands in the catalog twice`
      yield { code: 'duplicate_registry_id', pointer: `${pointer}/registry_id`, message }
    }
    ids.add(entry.registry_id)
    const tag = entry.promotion?.run_tag
    if (tag !== undefined && tags.has(tag)) {
      const message = `runs of two registries would be called ${quote(tag)}`
      yield { code: 'duplicate_run_tag', pointer: `${pointer}/promotion/run_tag`, message }
    }
    if (tag !== undefined) tags.add(tag)
    yield* checkEntry(entry, pointer)
  }
  for (const [gap, names] of Object.entries(gap_summary)) {
    for (const [at, name] of names.entries()) {
      if (ids.has(name)) continue
      const message = `${quote(name)} is not a registry of this catalog`
      yield { code: 'unknown_registry', pointer: `/gap_summary/${gap}/${at}`, message }
    }
  }
}

const OWN_SCHEMA = 'telemetry-registry.v2'

function* checkEntry(entry: CatalogEntry, pointer: string): Generator<RuleFault> {
  const { registry_id, schema_id, authoritative_sources, promotion } = entry
  if (schema_id !== null && schema_id !== OWN_SCHEMA && !Object.hasOwn(LAYER_SCHEMAS, schema_id)) {
    const message = `no schema is published as ${quote(schema_id)}`
    yield { code: 'unknown_schema', pointer: `${pointer}/schema_id`, message }
  }
  if (promotion === undefined) return
  const at = `${pointer}/promotion`
  if (!hasArtifactSchema(registry_id)) {
    const message = `${registry_id}: what would be promoted cannot be judged`
    yield { code: 'no_artifact_schema', pointer: at, message }
  }
  const { source } = promotion
  const primary = authoritative_sources.filter(({ authority_class }) => authority_class === 'primary')
  if (!primary.some(({ path }) => path === source || path.startsWith(`${source}/`))) {
    const message = `${quote(source)} is no primary source of the registry (authoritative_sources)`
    yield { code: 'undeclared_source', pointer: `${at}/source`, message }
  }
  if (promotion.kind === 'file') {
    if (isReservedName(promotion.snapshot)) {
      const message = `${quote(promotion.snapshot)} is a file of the seal itself`
      yield { code: 'reserved_name', pointer: `${at}/snapshot`, message }
    }
  } else {
    const defect = findPatternDefect(promotion.members)
    if (defect !== undefined) yield { code: 'bad_pattern', pointer: `${at}/members`, message: defect }
  }
}

const RESERVED: ReadonlySet<string> = new Set([...CONTROL_FILES].map(foldPath))

/** Tells whether a payload may not have this name, since the seal has a file that is called so. */
export function isReservedName(relpath: string): boolean {
  return RESERVED.has(foldPath(relpath))
}
