// One load of a plain registry file: read once, and judged as exactly the bytes that were read. It may block, since it
// runs in a worker thread (load-worker.ts).

import { basename } from 'node:path'
import { blobSha, type Digest } from '../core/digest.ts'
import { errorText } from '../core/error.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import { compileText } from '../registry/compile.ts'
import { RegistryError } from '../registry/parse.ts'
import {
  type Loaded,
  type LoadResult,
  type Refused,
  refused,
  refusedByRules,
  type Skipped,
  type Unchanged,
} from './load-result.ts'
import { type Look, lookOf, stampFile, stands } from './look.ts'
import { hashPlain, ReadError, readPlain } from './plain-file.ts'

export interface FileRequest {
  /** Absolute path of the registry file. */
  readonly file: string
  /** The only content that may be served, when one is pinned. */
  readonly sha256: Digest | null
  /** What is being served; the same bytes again are `unchanged`. */
  readonly active: Digest | null
  /** What was refused: the same bytes would only be refused again. */
  readonly skip: Digest | null
  /** The last reading, of what is being served or was refused. */
  readonly look: Look | null
}

/** Loads the registry file of `request`. Never throws: a failure is a `refused` with a code. */
export function loadFile(request: FileRequest, giveWay: GiveWay = goOn): LoadResult {
  const name = basename(request.file)
  const { look, active } = request
  const at = Date.now()
  const stamp = stampFile(request.file)
  const isSame = look !== null && look.stamp === stamp?.text
  if (stands(look, stamp, at)) {
    return active !== null && look.disk === active
      ? { ...unchanged(active, false), look }
      : { kind: 'skipped', look }
  }
  let disk: Digest | null = null
  try {
    // By all that the kernel knows it is what it was: it is hashed, and kept only if that is not so.
    const again = isSame ? hashPlain(request.file, giveWay) : undefined
    if (again !== undefined) {
      const known = recognise(again.disk, request)
      if (known !== undefined) return { ...known, look: lookOf(again.stamp, again.disk, at) }
    }
    const { bytes, stamp, ...content } = readPlain(request.file, giveWay)
    disk = content.disk
    const answer = recognise(disk, request) ?? judge(bytes, { disk, name, want: request.sha256 }, giveWay)
    return { ...answer, look: lookOf(stamp, disk, at) }
  } catch (error) {
    if (error instanceof ReadError) return refused(error.code, error.message, disk)
    return refused('load_failed', errorText(error), disk)
  }
}

/** Answers for what is served, or was refused; `undefined` of what is news. */
function recognise(disk: Digest, { active, skip }: FileRequest): Unchanged | Skipped | undefined {
  if (disk === active) return unchanged(disk, true)
  if (disk === skip) return { kind: 'skipped' }
  return undefined
}

interface Circumstances {
  readonly name: string
  readonly disk: Digest
  readonly want: Digest | null
}

function judge(bytes: Uint8Array, { name, disk, want }: Circumstances, giveWay: GiveWay): Loaded | Refused {
  if (want !== null && disk !== want)
    return refused('seal_invalid', `${name}: digest mismatch (want ${want}, got ${disk})`, disk, disk)
  try {
    return {
      kind: 'loaded',
      ...compileText(bytes, name, giveWay),
      history: null,
      revision: disk,
      blobSha: blobSha(bytes, giveWay),
      bytes: bytes.byteLength,
      pin: null,
      pointer: null,
      change: null,
      massChange: false,
    }
  } catch (error) {
    if (error instanceof RegistryError) return refusedByRules(error, disk, disk)
    throw error
  }
}

function unchanged(disk: Digest, verified: boolean): Unchanged {
  return { kind: 'unchanged', disk, pointer: null, verified }
}
