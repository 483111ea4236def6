// RUN_REGISTRY_v0_1.jsonl: every run folder of a home, one line each, in an order that depends on nothing but the
// tree. It holds no time of its own, so two builds of one tree give the same bytes.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { errorText, systemCode } from '../core/error.ts'
import { compareText } from './code-points.ts'
import { LayerError } from './error.ts'
import { listNames, type Named } from './file-names.ts'
import { renderLine } from './python-json.ts'
import { type RunRecord, readRecord } from './run-record.ts'

export const RUN_REGISTRY = 'RUN_REGISTRY_v0_1.jsonl'

/** Where runs are looked for, relative to the home. The first has to be there. */
const SCANNED_ROOTS = ['.codex/RUNS', 'reports/runs', 'reports/path1/evidence/runs'] as const

/**
 * Lists the run folders of `home` and reads each when it is asked for. Throws `LAYER_RUNS_MISSING` or
 * `LAYER_RUNS_UNREADABLE`, at once.
 */
export function scanRuns(home: string): Iterable<RunRecord> {
  const found = SCANNED_ROOTS.flatMap((root, at) => {
    const folders = listFolders(join(home, root))
    // A home without the folder is no home: an empty registry of it would say that there are no runs.
    if (folders === undefined && at === 0)
      throw new LayerError(
        'LAYER_RUNS_MISSING',
        `${join(home, root)}: no such folder; is this a registry home?`,
      )
    return (folders ?? []).map(folder => ({ root, ...folder }))
  })
  return readFolders(found)
}

function* readFolders(found: readonly (Named & { readonly root: string })[]): Generator<RunRecord> {
  for (const { root, name, path } of found) yield readRecord(root, name, path)
}

function listFolders(root: string): readonly Named[] | undefined {
  try {
    return listNames(root).filter(({ path }) => isFolder(path))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new LayerError('LAYER_RUNS_UNREADABLE', `${root}: cannot be listed (${errorText(error)})`, {
      cause: error,
    })
  }
}

/** A link to a folder counts as one; what cannot be looked at, such as a loop of links, does not. */
function isFolder(path: string | Buffer): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    return false
  }
}

/** Renders the registry; the order of `records` does not matter. Without any, the file is one LF. */
export function renderRunRegistry(records: Iterable<RunRecord>): string {
  // Each record becomes its line at once: of many thousand, only what they are sorted by is kept.
  const rows: Row[] = []
  for (const record of records) {
    const { run_root, created_utc, run_id } = record
    rows.push({ run_root, created_utc, run_id, line: renderLine(record) })
  }
  return `${rows
    .sort(compareRows)
    .map(({ line }) => line)
    .join('\n')}\n`
}

interface Row extends Pick<RunRecord, 'run_root' | 'created_utc' | 'run_id'> {
  readonly line: string
}

/** By root, then those with a time before those without, then by time and id. */
function compareRows(a: Row, b: Row): number {
  return (
    compareText(a.run_root, b.run_root) ||
    Number(a.created_utc === null) - Number(b.created_utc === null) ||
    compareText(a.created_utc ?? '', b.created_utc ?? '') ||
    compareText(a.run_id, b.run_id)
  )
}

/** Parses a registry that was judged by its schema before. */
export function parseRunRegistry(bytes: Uint8Array): readonly RunRecord[] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as RunRecord)
}
