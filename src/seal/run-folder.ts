// A run folder, read once into buffers (S1, S6). Everything that follows judges these buffers and never the disk
// again: a file that is swapped between the check and the use changes nothing that is served.

import { lstatSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { errorText, systemCode } from '../core/error.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import { tryDecodeUtf8 } from '../core/json.ts'
import { type SealCode, type SealFault, sealFault } from './fault.ts'
import { HASH_LIST, MANIFEST } from './manifest.ts'
import { type ReadFailure, readFileOnce } from './read-file.ts'
import { RUN_JSON } from './run-json.ts'

const MiB = 1024 * 1024

/** The caps on one folder (S6). */
export interface FolderLimits {
  readonly fileBytes: number
  /** For run.json, manifest.json and MANIFEST.sha256. */
  readonly controlFileBytes: number
  readonly totalBytes: number
  /** Files and folders together. */
  readonly files: number
  readonly depth: number
}

/** What is read unless told otherwise; a registry of a million repositories is 138 MB. */
export const FOLDER_LIMITS: FolderLimits = Object.freeze({
  fileBytes: 256 * MiB,
  controlFileBytes: 4 * MiB,
  totalBytes: 512 * MiB,
  files: 10_000,
  depth: 16,
})

/** The three files that describe the others, and are small. */
export const CONTROL_FILES: ReadonlySet<string> = new Set([RUN_JSON, MANIFEST, HASH_LIST])

/** The bytes of a run folder at one moment, with the faults of its reading. */
export interface FolderBytes {
  readonly runId: string
  /** By relative path, `/` between the parts. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly folders: ReadonlySet<string>
  readonly faults: readonly SealFault[]
  /** False when reading stopped early: nothing can then be said of what is absent. */
  readonly complete: boolean
}

interface Walk {
  readonly top: string
  readonly limits: FolderLimits
  readonly giveWay: GiveWay
  readonly files: Map<string, Uint8Array>
  readonly folders: Set<string>
  readonly faults: SealFault[]
  total: number
  stopped: boolean
}

/**
 * Reads the run folder at `path`, each file once, following no link. Never throws: what cannot be read is a fault.
 * `runId` names the run when the folder has another name for now, as a staged one has.
 */
export function readRunFolder(
  path: string,
  options: {
    readonly runId?: string
    readonly limits?: Partial<FolderLimits>
    readonly giveWay?: GiveWay
  } = {},
): FolderBytes {
  const top = resolve(path)
  const limits = { ...FOLDER_LIMITS, ...options.limits }
  const walk: Walk = {
    top,
    limits,
    giveWay: options.giveWay ?? goOn,
    files: new Map(),
    folders: new Set(),
    faults: [],
    total: 0,
    stopped: false,
  }
  const fault = checkTop(top)
  if (fault === undefined) readFolder(walk, '', 1)
  else stop(walk, fault)
  const { files, folders, faults, stopped } = walk
  return { runId: options.runId ?? basename(top), files, folders, faults, complete: !stopped }
}

function checkTop(top: string): SealFault | undefined {
  try {
    const stat = lstatSync(top)
    if (stat.isSymbolicLink()) return sealFault('SEAL_SYMLINK', '.', 'the run folder is a symbolic link')
    return stat.isDirectory() ? undefined : sealFault('SEAL_NOT_A_FOLDER', '.', `${top} is not a folder`)
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')
    return missing
      ? sealFault('SEAL_FOLDER_MISSING', '.', `there is no run folder ${top}`)
      : sealFault('SEAL_UNREADABLE', '.', errorText(error))
  }
}

function readFolder(walk: Walk, folder: string, depth: number): void {
  if (depth > walk.limits.depth) {
    stop(walk, sealFault('SEAL_TOO_DEEP', folder, `folders are nested more than ${walk.limits.depth} deep`))
    return
  }
  for (const { name, entry } of listFolder(walk, folder)) {
    if (walk.stopped) return
    const relpath = folder === '' ? name : `${folder}/${name}`
    // S1: regular files and folders only.
    if (entry.isSymbolicLink()) walk.faults.push(sealFault('SEAL_SYMLINK', relpath, 'a symbolic link'))
    else if (entry.isDirectory()) {
      walk.folders.add(relpath)
      readFolder(walk, relpath, depth + 1)
    } else if (entry.isFile()) readOne(walk, relpath)
    else walk.faults.push(sealFault('SEAL_SPECIAL_FILE', relpath, 'neither a regular file nor a folder'))
  }
}

function listFolder(walk: Walk, folder: string) {
  const path = folder === '' ? '.' : folder
  try {
    // Names as bytes: decoded by Node, two different broken names could come out as one.
    const entries = readdirSync(join(walk.top, folder), { withFileTypes: true, encoding: 'buffer' })
    if (walk.files.size + walk.folders.size + entries.length > walk.limits.files) {
      stop(walk, sealFault('SEAL_TOO_MANY_FILES', path, `more than ${walk.limits.files} files and folders`))
      return []
    }
    return entries.flatMap(entry => {
      const name = tryDecodeUtf8(entry.name)
      if (name !== undefined) return [{ name, entry }]
      const shown = entry.name.toString('latin1')
      walk.faults.push(
        sealFault('SEAL_NAME_NOT_UTF8', path, 'holds a name that is not UTF-8', {
          got: JSON.stringify(shown),
        }),
      )
      return []
    })
  } catch (error) {
    const fault = sealFault('SEAL_UNREADABLE', path, errorText(error))
    // Of a folder that shows nothing, nothing is known: least of all that it is no seal.
    if (folder === '') stop(walk, fault)
    else walk.faults.push(fault)
    return []
  }
}

function readOne(walk: Walk, relpath: string): void {
  const { limits, giveWay } = walk
  const ownBytes = CONTROL_FILES.has(relpath) ? limits.controlFileBytes : limits.fileBytes
  const maxBytes = Math.min(ownBytes, limits.totalBytes - walk.total)
  const outcome = readFileOnce(join(walk.top, relpath), maxBytes, { giveWay })
  if (!outcome.ok) {
    walk.faults.push(sealFault(CODE_OF[outcome.reason], relpath, outcome.detail))
    return
  }
  walk.total += outcome.bytes.byteLength
  walk.files.set(relpath, outcome.bytes)
}

const CODE_OF: Readonly<Record<ReadFailure, SealCode>> = {
  missing: 'SEAL_CHANGED_WHILE_READ',
  symlink: 'SEAL_SYMLINK',
  not_a_file: 'SEAL_SPECIAL_FILE',
  too_large: 'SEAL_TOO_LARGE',
  changed: 'SEAL_CHANGED_WHILE_READ',
  unreadable: 'SEAL_UNREADABLE',
}

function stop(walk: Walk, fault: SealFault): void {
  walk.faults.push(fault)
  walk.stopped = true
}
