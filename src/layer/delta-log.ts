// REGISTRY_DELTA_LOG_v0_1.jsonl: how each sealed run of a registry differs from the one before it, by their manifests.
// Only runs that verify take part; each of the others is named, with the reason. The whole history is told each time.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Static } from '@sinclair/typebox'
import { errorText, systemCode } from '../core/error.ts'
import { isRegistryId } from '../seal/pointer-entry.ts'
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

export interface DeltaLog {
  readonly lines: readonly DeltaLine[]
  readonly skipped: readonly SkippedRun[]
}

const RUN_ROOT = '.codex/RUNS'

/** Reads the sealed runs of `home`. Throws `LAYER_RUNS_MISSING` or `LAYER_RUNS_UNREADABLE`. */
export function scanSeals(home: string): { seals: readonly Seal[]; skipped: readonly SkippedRun[] } {
  const seals: Seal[] = []
  const skipped: SkippedRun[] = []
  for (const run_id of listRuns(join(home, RUN_ROOT))) {
    const folder = readRunFolder(join(home, RUN_ROOT, run_id))
    const { seal, faults } = checkSeal(folder)
    const registry_id = seal === undefined ? classify(folder.files.keys(), run_id) : registryOf(seal)
    if (registry_id === undefined) continue
    if (seal === undefined) skipped.push({ run_id, registry_id, reason: faults[0]!.code })
    else seals.push(seal)
  }
  return { seals, skipped }
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
  seals: readonly Seal[],
  made: Pick<DeltaLine, 'created_utc' | 'derivation_run_id'>,
): DeltaLine[] {
  const byRegistry = Map.groupBy(seals, registryOf)
  return [...byRegistry]
    .filter((group): group is [string, Seal[]] => group[0] !== undefined)
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([registryId, runs]) => {
      const ordered = runs.toSorted((a, b) => compareText(a.runId, b.runId))
      return ordered.map((run, at) => ({ ...compareSeals(registryId, ordered[at - 1], run), ...made }))
    })
}

function compareSeals(
  registry_id: string,
  from: Seal | undefined,
  to: Seal,
): Omit<DeltaLine, 'created_utc' | 'derivation_run_id'> {
  const before = new Map(from?.entries.map(entry => [entry.relpath, entry.sha256]))
  const after = new Map(to.entries.map(entry => [entry.relpath, entry.sha256]))
  const added = [...after.keys()].filter(path => !before.has(path))
  const removed = [...before.keys()].filter(path => !after.has(path))
  const modified = [...after].filter(([path, digest]) => before.has(path) && before.get(path) !== digest)
  return {
    delta_version: DELTA_VERSION,
    registry_id,
    from_ref: from === undefined ? null : refOf(registry_id, from),
    to_ref: refOf(registry_id, to),
    delta_basis: 'manifest_diff',
    added_paths: added,
    removed_paths: removed,
    modified_paths: modified.map(([path]) => path),
    counts: { added: added.length, removed: removed.length, modified: modified.length },
  }
}

function refOf(registryId: string, { runId, root, files }: Seal): DeltaLine['to_ref'] {
  const known = isRegistry(registryId) ? REGISTRIES[registryId] : null
  const relpath = known !== null && files.has(known) ? known : null
  return { run_id: runId, run_root: RUN_ROOT, relpath, manifest_sha256: root }
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
