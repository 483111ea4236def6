// REGISTRY_DELTA_LOG_v0_1.jsonl: how each sealed run of a registry differs from the one before it, by their manifests.
// Only runs that verify take part; each of the others is named, with the reason. The whole history is told each time.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Static } from '@sinclair/typebox'
import { errorText, systemCode } from '../core/error.ts'
import { isRegistryId, RUN_ROOT } from '../seal/pointer-entry.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { checkSeal, type Seal } from '../seal/verify.ts'
import { compareText } from './code-points.ts'
import { LayerError } from './error.ts'
import { renderLine } from './python-json.ts'
import { isRegistry, REGISTRIES, type Registry } from './registries.ts'
import type { DeltaLine as Schema } from './schemas/builds.ts'

export const DELTA_VERSION = '0.1'

export type DeltaLine = Static<typeof Schema>

/** A run that belongs to a registry by its files or name, and is not in the log. */
export interface SkippedRun {
  readonly run_id: string
  readonly registry_id: string
  /** The code of the first fault of its seal. */
  readonly reason: string
}

/** A run that verified, without its bytes: of a long history, only what is compared is kept. */
export interface SealedRun {
  readonly registryId: string
  readonly ref: DeltaLine['to_ref']
  /** Digest by path. */
  readonly digests: ReadonlyMap<string, string>
}

/** Reads the sealed runs of `home`, one after the other. Throws `LAYER_RUNS_MISSING` or `LAYER_RUNS_UNREADABLE`. */
export function scanSeals(home: string): {
  readonly runs: readonly SealedRun[]
  readonly skipped: readonly SkippedRun[]
} {
  const runs: SealedRun[] = []
  const skipped: SkippedRun[] = []
  for (const run_id of listRuns(join(home, RUN_ROOT))) {
    const folder = readRunFolder(join(home, RUN_ROOT, run_id))
    const { seal, faults } = checkSeal(folder)
    const registry_id = seal === undefined ? classify(folder.files.keys(), run_id) : registryOf(seal)
    if (registry_id === undefined) continue
    if (seal === undefined) skipped.push({ run_id, registry_id, reason: faults[0]!.code })
    else runs.push(sealedRunOf(registry_id, seal))
  }
  return { runs, skipped }
}

function sealedRunOf(registryId: string, { runId, root, entries }: Seal): SealedRun {
  const digests = new Map(entries.map(entry => [entry.relpath, entry.sha256]))
  const known = isRegistry(registryId) ? REGISTRIES[registryId] : null
  const relpath = known !== null && digests.has(known) ? known : null
  return { registryId, digests, ref: { run_id: runId, run_root: RUN_ROOT, relpath, manifest_sha256: root } }
}

function listRuns(runs: string): string[] {
  try {
    return readdirSync(runs).sort(compareText)
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT'
    const code = missing ? 'LAYER_RUNS_MISSING' : 'LAYER_RUNS_UNREADABLE'
    throw new LayerError(code, `${runs}: ${missing ? 'no such folder' : errorText(error)}`, { cause: error })
  }
}

/** Compares each run with the one of its registry before it, by id. `created_utc` and `derivation_run_id` are the build's. */
export function buildDeltaLines(
  runs: readonly SealedRun[],
  made: Pick<DeltaLine, 'created_utc' | 'derivation_run_id'>,
): DeltaLine[] {
  return [...Map.groupBy(runs, run => run.registryId)]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([, group]) => {
      const ordered = group.toSorted((a, b) => compareText(a.ref.run_id, b.ref.run_id))
      return ordered.map((run, at) => ({ ...compareRuns(ordered[at - 1], run), ...made }))
    })
}

function compareRuns(
  from: SealedRun | undefined,
  to: SealedRun,
): Omit<DeltaLine, 'created_utc' | 'derivation_run_id'> {
  const before = from?.digests ?? new Map<string, string>()
  const added = [...to.digests.keys()].filter(path => !before.has(path))
  const removed = [...before.keys()].filter(path => !to.digests.has(path))
  const modified = [...to.digests].filter(([path, digest]) => before.has(path) && before.get(path) !== digest)
  return {
    delta_version: DELTA_VERSION,
    registry_id: to.registryId,
    from_ref: from?.ref ?? null,
    to_ref: to.ref,
    delta_basis: 'manifest_diff',
    added_paths: added,
    removed_paths: removed,
    modified_paths: modified.map(([path]) => path),
    counts: { added: added.length, removed: removed.length, modified: modified.length },
  }
}

/** Renders the log; without lines, it has no bytes. */
export function renderDeltaLog(lines: readonly DeltaLine[]): string {
  return lines.map(line => `${renderLine(line)}\n`).join('')
}

/** The tags of runs that hold no file of a name of its own. */
const TAGS: readonly (readonly [registryId: string, tag: string])[] = [
  ['threshold_packs_file', 'seal_threshold_packs'],
]

/** Presentations and logs of the other registries are no registry whose changes are told. */
const NOT_TOLD: ReadonlySet<string> = new Set<Registry>(['system_health_report', 'registry_delta_log'])

/** The registry that a verified run belongs to: what its envelope says, or else by its files and its name. */
function registryOf({ runId, run, files }: Seal): string | undefined {
  const said = run.members.get('source_registry')
  const registryId = isRegistryId(said) ? said : classify(files.keys(), runId)
  return registryId === undefined || NOT_TOLD.has(registryId) ? undefined : registryId
}

function classify(files: Iterable<string>, runId: string): string | undefined {
  const names = new Set(files)
  const told = Object.entries(REGISTRIES).filter(([registryId]) => !NOT_TOLD.has(registryId))
  const byFile = told.find(([, file]) => file !== null && names.has(file))
  return byFile?.[0] ?? TAGS.find(([, tag]) => runId.includes(tag))?.[0]
}
