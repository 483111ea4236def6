// The manifests under some folders: found, read once, judged one by one. What cannot be read is told beside what is
// wrong; hidden folders and installed packages are not looked into, and no link is followed below what was named.

import { readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Diagnostic } from '../core/diagnostic.ts'
import { sha256 } from '../core/digest.ts'
import { errorText, systemCode } from '../core/error.ts'
import { checkManifestBytes } from '../manifest/check.ts'
import type { ManifestCode } from '../manifest/manifest-code.ts'
import type { ManifestFile } from '../manifest/services.ts'
import { type ReadFailure, readFileOnce } from '../seal/read-file.ts'
import { SourceError } from './source.ts'

/** What lies under the folders that were named. */
export interface FoundManifests {
  readonly files: readonly ManifestFile[]
  readonly faults: readonly Diagnostic<ManifestCode>[]
  /** How many there are, right or wrong. */
  readonly count: number
}

const MANIFEST = /^\.infra.*\.yaml$/
const MISNAMED = /^\.infra.*\.yml$/
const MAX_BYTES = 256 * 1024

/**
 * Finds and reads every `.infra*.yaml` in `places`, folders or files, which are relative to `cwd`; `base` is the folder
 * that the mesh file's paths are relative to. Throws `SOURCE_MISSING` for a place that holds none.
 */
export function readManifests(places: readonly string[], cwd: string, base: string): FoundManifests {
  const faults: Diagnostic<ManifestCode>[] = []
  const paths = new Set<string>()
  for (const place of places) {
    const top = realPlace(place, cwd)
    const found = statSync(top).isDirectory() ? findUnder(top, cwd, faults) : [top]
    if (found.length === 0 && faults.length === 0) {
      const message = `${place}: holds no .infra.yaml (infra manifest init writes one)`
      throw new SourceError('SOURCE_MISSING', message)
    }
    for (const path of found) paths.add(path)
  }
  const realBase = realpathSync(base)
  const files: ManifestFile[] = []
  for (const path of paths) {
    const file = relative(cwd, path) || path
    const outcome = readFileOnce(path, MAX_BYTES)
    if (!outcome.ok) {
      faults.push(faultAt(file, READ_CODES[outcome.reason], READ_MESSAGES[outcome.reason] ?? outcome.detail))
      continue
    }
    const checked = checkManifestBytes(outcome.bytes, file)
    if (checked.ok) {
      const { manifest, text } = checked
      files.push({ file, path: relative(realBase, path), text, digest: sha256(outcome.bytes), manifest })
    } else faults.push(...checked.faults)
  }
  return { files, faults, count: paths.size }
}

const READ_CODES: Readonly<Record<ReadFailure, ManifestCode>> = {
  missing: 'MANIFEST_UNREADABLE',
  symlink: 'MANIFEST_NOT_A_FILE',
  not_a_file: 'MANIFEST_NOT_A_FILE',
  too_large: 'MANIFEST_TOO_LARGE',
  changed: 'MANIFEST_UNREADABLE',
  unreadable: 'MANIFEST_UNREADABLE',
}

const READ_MESSAGES: Partial<Readonly<Record<ReadFailure, string>>> = {
  symlink: 'a symbolic link (want a regular file)',
  not_a_file: 'not a regular file',
}

function realPlace(place: string, cwd: string): string {
  try {
    return realpathSync(resolve(cwd, place))
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')
    const why = missing ? 'no such file or folder' : errorText(error)
    throw new SourceError(missing ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE', `${place}: ${why}`)
  }
}

function findUnder(top: string, cwd: string, faults: Diagnostic<ManifestCode>[]): string[] {
  const found: string[] = []
  const open = [top]
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const { name } = entry
        if (MANIFEST.test(name)) found.push(join(folder, name))
        else if (MISNAMED.test(name)) {
          const message = 'is not read under this name (want .infra.yaml or .infra.dev.yaml)'
          const file = relative(cwd, join(folder, name))
          faults.push({ ...faultAt(file, 'MANIFEST_MISNAMED', message), severity: 'warning' })
        } else if (entry.isDirectory() && !name.startsWith('.') && name !== 'node_modules') {
          open.push(join(folder, name))
        }
      }
    } catch (error) {
      faults.push(faultAt(relative(cwd, folder) || '.', 'MANIFEST_UNREADABLE', errorText(error)))
    }
  }
  return found
}

function faultAt(file: string, code: ManifestCode, message: string): Diagnostic<ManifestCode> {
  return { severity: 'error', code, message, file, line: 1, column: 1 }
}

/** Returns the folder that the paths in the mesh file at `path` are relative to. */
export function baseOf(path: string): string {
  return dirname(realpathSync(path))
}
