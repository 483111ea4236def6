// The manifests under some folders: found, read once, judged one by one. What cannot be read is told beside what is
// wrong; hidden folders and installed packages are not looked into, and no link is followed below what was named.

import { readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { type Diagnostic, plain } from '../core/diagnostic.ts'
import { sha256 } from '../core/digest.ts'
import { errorText, systemCode } from '../core/error.ts'
import { checkManifestBytes } from '../manifest/check.ts'
import type { ManifestCode } from '../manifest/manifest-code.ts'
import type { ManifestFile } from '../manifest/services.ts'
import { type ReadFailure, readFileOnce } from '../seal/read-file.ts'
import { SourceError } from './source.ts'
import { shellQuote } from './workflow.ts'

/** What lies under the folders that were named. */
export interface FoundManifests {
  readonly files: readonly ManifestFile[]
  readonly faults: readonly Diagnostic<ManifestCode>[]
  /** The projects of those that are wrong. */
  readonly broken: ReadonlySet<string>
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
  const found = new Map<string, Names>()
  const realBase = realpathSync(base)
  for (const place of places) {
    const top = realPlace(place, cwd)
    const fromHere = namer(top, cwd)
    // A name may hold what ends a line or moves a terminal.
    const names = { file: (path: string) => plain(fromHere(path)), path: namer(top, realBase) }
    const before = faults.length
    const paths = statSync(top).isDirectory() ? findUnder(top, names.file, faults) : [top]
    if (paths.length === 0 && faults.length === before) {
      const message = `${place}: holds no .infra.yaml (infra manifest init ${shellQuote(place)} writes one)`
      throw new SourceError('SOURCE_MISSING', message)
    }
    for (const path of paths) found.set(path, names)
  }
  const files: ManifestFile[] = []
  const broken = new Set<string>()
  for (const [path, names] of found) {
    const file = names.file(path)
    const outcome = readFileOnce(path, MAX_BYTES)
    if (!outcome.ok) {
      faults.push(faultAt(file, READ_CODES[outcome.reason], READ_MESSAGES[outcome.reason] ?? outcome.detail))
      continue
    }
    const checked = checkManifestBytes(outcome.bytes, file)
    if (checked.ok) {
      const { manifest, text } = checked
      files.push({ file, path: names.path(path), text, digest: sha256(outcome.bytes), manifest })
    } else {
      faults.push(...checked.faults)
      if (checked.project !== null) broken.add(checked.project)
    }
  }
  return { files, faults, broken, count: found.size }
}

/** How what lies under a place is called: in messages, and in the mesh file. */
interface Names {
  readonly file: (path: string) => string
  readonly path: (path: string) => string
}

/** Returns what names paths below `top` relative to `base`, which is worked out once and not for each. */
function namer(top: string, base: string): (path: string) => string {
  const prefix = relative(base, top)
  return path => (prefix === '' ? path.slice(top.length + 1) || path : `${prefix}${path.slice(top.length)}`)
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

function findUnder(
  top: string,
  nameOf: (path: string) => string,
  faults: Diagnostic<ManifestCode>[],
): string[] {
  const found: string[] = []
  const open = [top]
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const { name } = entry
        const path = `${folder}/${name}`
        if (MANIFEST.test(name)) found.push(path)
        else if (MISNAMED.test(name)) {
          const message = 'is not read under this name (want .infra.yaml or .infra.dev.yaml)'
          faults.push({ ...faultAt(nameOf(path), 'MANIFEST_MISNAMED', message), severity: 'warning' })
        } else if (entry.isDirectory() && !name.startsWith('.') && name !== 'node_modules') open.push(path)
      }
    } catch (error) {
      const name = folder === top ? nameOf(`${top}/.`) : nameOf(folder)
      faults.push(faultAt(name, 'MANIFEST_UNREADABLE', errorText(error)))
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
