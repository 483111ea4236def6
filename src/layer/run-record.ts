// One run folder as the run registry tells of it: what run.json claims, which files lie there, and whatever is odd. A
// record is an index entry, not a verdict: nothing is hashed, and `has_…` says that a file is there, not that it is
// sound. Whatever the folder holds, there is a record; what cannot be read is a warning in it.

import { lstatSync, statSync } from 'node:fs'
import { errorText, systemCode } from '../core/error.ts'
import { decodeUtf8, EncodingError, parseJson } from '../core/json.ts'
import { isMembers, kindOf, type Members, memberOf } from '../core/value.ts'
import { HASH_LIST, MANIFEST } from '../seal/manifest.ts'
import { RUN_JSON } from '../seal/run-json.ts'
import { compareText } from './code-points.ts'
import { readControlFile } from './control-file.ts'
import { listNames, type Named, pathIn } from './file-names.ts'

export const REGISTRY_VERSION = '0.1'

export interface ListedFile {
  readonly relpath: string
  /** -1 where the system would not say. */
  readonly bytes: number
}

/** One line of RUN_REGISTRY_v0_1.jsonl; the keys stand in the order in which they are written. */
export interface RunRecord {
  readonly registry_version: string
  readonly run_id: string
  readonly run_root: string
  readonly run_key: string
  readonly run_path: string
  readonly created_utc: string | null
  readonly run_type: string | null
  readonly option: string | null
  readonly operation_id: string | null
  readonly git_commit: string | null
  readonly working_tree_state: 'clean' | 'dirty' | null
  readonly has_run_json: boolean
  readonly has_manifest_sha256: boolean
  readonly has_manifest_json: boolean
  readonly manifest_root_sha256: string | null
  readonly files: readonly ListedFile[]
  readonly warnings: readonly string[]
}

/** Reads the folder at `path`, which is the run `run_id` under `run_root`. Never throws. */
export function readRecord(run_root: string, run_id: string, path: string | Buffer): RunRecord {
  const warnings: string[] = []
  const files = listFiles(path, warnings)
  const has = (name: string): boolean => files.some(({ relpath }) => relpath === name)
  const [has_run_json, has_manifest_sha256, has_manifest_json] = [
    has(RUN_JSON),
    has(HASH_LIST),
    has(MANIFEST),
  ]
  if (!has_run_json) warnings.push('missing run.json')
  const said = has_run_json ? readClaims(pathIn(path, RUN_JSON), warnings) : NO_CLAIMS
  if (!has_manifest_sha256) warnings.push('missing MANIFEST.sha256')
  if (!has_manifest_json) warnings.push('missing manifest.json')
  return {
    registry_version: REGISTRY_VERSION,
    run_id,
    run_root,
    run_key: `${run_root}::${run_id}`,
    run_path: `${run_root}/${run_id}/`,
    ...said,
    has_run_json,
    has_manifest_sha256,
    has_manifest_json,
    manifest_root_sha256: has_manifest_sha256 ? readStatedRoot(pathIn(path, HASH_LIST)) : null,
    files,
    warnings,
  }
}

/** The regular files that lie directly in the folder; a link to one counts as one. */
function listFiles(path: string | Buffer, warnings: string[]): readonly ListedFile[] {
  let names: readonly Named[]
  try {
    names = listNames(path)
  } catch (error) {
    warnings.push(`the folder cannot be listed (${systemCode(error) ?? errorText(error)})`)
    return []
  }
  const files: ListedFile[] = []
  for (const named of names) {
    const bytes = sizeOf(named)
    if (bytes !== undefined) files.push({ relpath: named.name, bytes })
  }
  return files.sort((a, b) => compareText(a.relpath, b.relpath))
}

function sizeOf({ path }: Named): number | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat?.isFile() ? stat.size : undefined
  } catch {
    return isLink(path) ? undefined : -1 // a link into a loop is no file; a file that may not be looked at is one
  }
}

function isLink(path: string | Buffer): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

type Claims = Pick<
  RunRecord,
  'created_utc' | 'run_type' | 'option' | 'operation_id' | 'git_commit' | 'working_tree_state'
>

const NO_CLAIMS: Claims = {
  created_utc: null,
  run_type: null,
  option: null,
  operation_id: null,
  git_commit: null,
  working_tree_state: null,
}

function readClaims(path: string | Buffer, warnings: string[]): Claims {
  const read = readControlFile(path)
  if (!read.ok) {
    warnings.push(`Failed to parse run.json: ${read.why}`)
    return NO_CLAIMS
  }
  const parsed = parseLeniently(read.bytes)
  if ('fault' in parsed) {
    warnings.push(`Failed to parse run.json: ${parsed.fault}`)
    return NO_CLAIMS
  }
  if (parsed.value === null) return NO_CLAIMS
  if (!isMembers(parsed.value)) {
    warnings.push('run.json top-level is not an object')
    return NO_CLAIMS
  }
  return claimsOf(parsed.value, warnings)
}

/** A key that stands twice counts once, the last time: old runs are told of, not judged. */
function parseLeniently(bytes: Buffer): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(decodeFast(bytes)) }
  } catch (error) {
    if (error instanceof EncodingError) return { fault: error.message }
    const json = parseJson(bytes)
    const fault = json.ok
      ? undefined
      : json.faults.find(({ code }) => code !== 'duplicate_key' && code !== 'crlf')
    return { fault: fault ? `${fault.message}: line ${fault.line} column ${fault.column}` : 'not JSON' }
  }
}

/** The plain decoder costs a fraction of the strict one, and differs from it only where it puts U+FFFD. */
function decodeFast(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') ? decodeUtf8(bytes) : text
}

function claimsOf(members: Members, warnings: string[]): Claims {
  const textAt = (key: string): string | null => {
    const value = memberOf(members, key)
    if (isEmpty(value)) return null
    if (typeof value === 'string') return value
    warnings.push(`run.json ${key} is ${kindOf(value)}, not a string`)
    return null
  }
  const created_utc = textAt(isEmpty(memberOf(members, 'created_utc')) ? 'created_at' : 'created_utc')
  const [run_type, option] = [textAt('run_type'), textAt('option')]
  const [operation_id, git_commit] = [textAt('operation_id'), textAt('git_commit')]
  const state = textAt('working_tree_state')
  const known = state === 'clean' || state === 'dirty'
  if (state !== null && !known) warnings.push('run.json working_tree_state is neither clean nor dirty')
  return { created_utc, run_type, option, operation_id, git_commit, working_tree_state: known ? state : null }
}

/** What says nothing: absent, null, false, zero, and an empty text, array or object. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === undefined || value === null || value === false || value === 0 || value === ''
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the other writer's `split` counts these as blanks too
const BLANKS = /[\p{White_Space}\x1c-\x1f]+/u

/** The ROOT that the hash list states: the last word of its first ROOT line that has two. It is not verified. */
function readStatedRoot(path: string | Buffer): string | null {
  const read = readControlFile(path)
  if (!read.ok) return null
  for (const line of read.bytes.toString('utf8').split(/\r\n|\r|\n/)) {
    if (!line.startsWith('ROOT_SHA256')) continue
    const words = line.split(BLANKS).filter(word => word !== '')
    if (words.length >= 2) return words.at(-1) ?? null
  }
  return null
}
