// Registry and changelog change together or not at all. The new registry is written out of sight, the lines are
// appended to the log, and one rename makes both true; whatever a crash leaves, the next command can tell which of
// the two happened from the digests in the last line, and mends it with its own change.
//
//   lock ─► read both ─► decide (pure) ─► mend ─► registry staged ─► lines appended ─► rename ─► flush the folder
//           └ as mended, in memory: a refusal has no effect        └─ crash here: the lines are cut off again

import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type BlobSha, blobSha } from '../core/digest.ts'
import { errorText } from '../core/error.ts'
import { parseJson } from '../core/json.ts'
import { readFileOnce } from '../seal/read-file.ts'
import { flushFolder, remove, writeNewFile } from './disk.ts'
import { PublishError } from './error.ts'
import { CHANGELOG, WORKING_COPY } from './layout.ts'
import { withLock } from './lock.ts'
import { stagingPath } from './staging.ts'

const MAX_BYTES = 256 * 1024 * 1024
const READ_ATTEMPTS = 5
const LF = 0x0a

/** The pair as it lies on disk. */
export interface Pair {
  readonly registry: Uint8Array
  readonly changelog: Uint8Array
}

/** What a decision comes to: the whole new registry, and the whole lines to append, each ended by LF. */
export interface Change {
  readonly registry: Uint8Array
  readonly lines: Uint8Array
}

/** What was decided on, and what an interrupted change before it had left, if anything. */
export interface Decided<Decision> {
  readonly decision: Decision
  readonly recovered: string | null
}

/**
 * Changes the pair of `home` as `decide` says, under the lock. What `decide` throws is thrown on, and then not a byte
 * has changed. Throws `PublishError`.
 */
export function changePair<Decision extends Change>(
  home: string,
  decide: (pair: Pair) => Decision | Promise<Decision>,
): Promise<Decided<Decision>> {
  return withLock(home, async () => {
    const { pair, recovery } = readMended(home)
    const decision = await decide(pair)
    mend(home, recovery)
    writePair(home, decision)
    return { decision, recovered: recovery?.what ?? null }
  })
}

/** Decides as `changePair` does and leaves it at that: no lock is taken and nothing is written. */
export async function planChange<Decision extends Change>(
  home: string,
  decide: (pair: Pair) => Decision | Promise<Decision>,
): Promise<Decided<Decision>> {
  const { pair, recovery } = readMended(home)
  return { decision: await decide(pair), recovered: recovery?.what ?? null }
}

/** Mends what an interrupted change left, under the lock, and says what that was. Throws `PublishError`. */
export function mendPair(home: string): Promise<string | null> {
  return withLock(home, () => {
    const { recovery } = readMended(home)
    mend(home, recovery)
    return recovery?.what ?? null
  })
}

/**
 * Reads the pair without a lock and without mending anything: both as they were at one moment between two changes.
 * Throws `PUBLISH_SOURCE_MISSING` or `PUBLISH_SOURCE_UNREADABLE`.
 */
export function readPair(home: string): Pair {
  for (let attempt = 1; ; attempt += 1) {
    const registry = readWhole(home, WORKING_COPY)
    const changelog = readWhole(home, CHANGELOG)
    if (attempt === READ_ATTEMPTS || registry.equals(readWhole(home, WORKING_COPY)))
      return { registry, changelog }
  }
}

function readMended(home: string): { pair: Pair; recovery: Recovery | undefined } {
  const { registry, changelog } = readPair(home)
  const recovery = planRecovery(changelog, blobSha(registry))
  const mended = recovery === undefined ? changelog : mendedLog(changelog, recovery)
  return { pair: { registry, changelog: mended }, recovery }
}

function writePair(home: string, { registry, lines }: Change): void {
  const path = join(home, WORKING_COPY)
  const staged = stagingPath(home)
  const refuse = (error: unknown): never => {
    remove(staged)
    if (error instanceof PublishError) throw error
    const message = `cannot change ${path} (${errorText(error)}); nothing was changed`
    throw new PublishError('PUBLISH_WRITE_FAILED', message, { cause: error })
  }
  try {
    const { mode } = statSync(path)
    writeNewFile(staged, registry, mode & 0o777)
    // The umask may have taken something away.
    if (statSync(staged).mode !== mode) chmodSync(staged, mode & 0o7777)
    appendThen(join(home, CHANGELOG), lines, () => renameSync(staged, path))
  } catch (error) {
    refuse(error)
  }
  try {
    flushFolder(dirname(path))
  } catch (error) {
    const message = `${path}: the change is made, but it is not known whether it survives a power loss`
    throw new PublishError('PUBLISH_NOT_DURABLE', `${message} (${errorText(error)})`, { cause: error })
  }
}

/** Appends `lines`, flushes them and does `commit`; where either fails, the lines are cut off again. */
function appendThen(path: string, lines: Uint8Array, commit: () => void): void {
  const log = openSync(path, constants.O_WRONLY | constants.O_APPEND)
  let committed = false
  try {
    const { size } = fstatSync(log)
    try {
      for (let at = 0; at < lines.byteLength; ) at += writeSync(log, lines, at)
      fsyncSync(log)
      commit()
      committed = true
    } catch (error) {
      undoAppend(log, size, error)
      throw error
    }
  } finally {
    closeLog(log, committed)
  }
}

function closeLog(log: number, committed: boolean): void {
  try {
    closeSync(log)
  } catch (error) {
    // The lines were flushed before the rename: a close that fails after it takes nothing back.
    if (!committed) throw error
  }
}

function undoAppend(log: number, size: number, cause: unknown): void {
  try {
    ftruncateSync(log, size)
    fsyncSync(log)
  } catch (error) {
    const message = `${CHANGELOG}: lines were appended for a change that was not made, and cannot be cut off now`
    throw new PublishError(
      'PUBLISH_WRITE_FAILED',
      `${message} (${errorText(error)}, after: ${errorText(cause)}); the next change cuts them off`,
      { cause },
    )
  }
}

/** How a log is brought to agree with the registry: cut to `keep` bytes, or, whole as it is, given its line end. */
export interface Recovery {
  readonly keep: number
  readonly addEnd: boolean
  /** For people. */
  readonly what: string
}

function mendedLog(changelog: Uint8Array, { keep, addEnd }: Recovery): Uint8Array {
  const kept = changelog.subarray(0, keep)
  return addEnd ? Buffer.concat([kept, Buffer.of(LF)]) : kept
}

function mend(home: string, recovery: Recovery | undefined): void {
  if (recovery === undefined) return
  try {
    const log = openSync(join(home, CHANGELOG), constants.O_WRONLY | constants.O_APPEND)
    try {
      if (recovery.addEnd) writeSync(log, Buffer.of(LF))
      else ftruncateSync(log, recovery.keep)
      fsyncSync(log)
    } finally {
      closeSync(log)
    }
  } catch (error) {
    const message = `cannot mend ${CHANGELOG} (${errorText(error)}); nothing was changed`
    throw new PublishError('PUBLISH_WRITE_FAILED', message, { cause: error })
  }
}

/**
 * Tells how an interrupted change is mended, given the blob SHA of the registry that is there; `undefined` where
 * nothing is to be mended. Only what a writer of ours can have left is touched. Throws `PUBLISH_LOG_DISAGREES`.
 */
export function planRecovery(changelog: Uint8Array, current: BlobSha): Recovery | undefined {
  const whole = changelog.lastIndexOf(LF) + 1
  const tail = changelog.subarray(whole)
  if (tail.byteLength > 0) {
    const marks = parseMarks(tail)
    if (marks !== undefined && marks.after === current) {
      return {
        keep: changelog.byteLength,
        addEnd: true,
        what: `${CHANGELOG}: the last line got its line end`,
      }
    }
    // The second of two lines began where the first led to.
    const above = lastMarks(changelog, whole)
    const ours = marks === undefined ? isTornLine(tail) : [current, above?.after].includes(marks.before)
    if (!ours)
      throw disagrees('what follows the last line end was not left by an interrupted change', current)
  }
  const keep = findAgreement(changelog, whole, current)
  if (keep === changelog.byteLength) return undefined
  const cut = changelog.byteLength - keep
  const what = `${CHANGELOG}: cut off ${cut} bytes of an interrupted change, which had logged and not changed`
  return { keep, addEnd: false, what }
}

/** Returns where the lines end that are true of a registry with the blob SHA `current`. */
function findAgreement(changelog: Uint8Array, end: number, current: BlobSha): number {
  const last = lastMarks(changelog, end)
  if (last === undefined || last.after === current) return end
  // One command may log several lines, all of one moment: they go together, and no other command's with them.
  let marks: Marks | undefined = last
  while (marks !== undefined && marks.timestamp === last.timestamp) {
    if (marks.before === current) return marks.start
    const above: Marks | undefined = lastMarks(changelog, marks.start)
    marks = above?.after === marks.before ? above : undefined
  }
  throw disagrees(`the last line leads to another registry (want ${last.after})`, current)
}

function disagrees(what: string, current: BlobSha): PublishError {
  const message = `${CHANGELOG}: ${what}; the registry is ${current}, see: infra check`
  return new PublishError('PUBLISH_LOG_DISAGREES', message)
}

interface Marks {
  /** Where the line begins. */
  readonly start: number
  readonly timestamp: string
  readonly before: string
  readonly after: string
}

/** Reads the line that ends at `end`, if it says from which registry to which it led; old lines do not. */
function lastMarks(changelog: Uint8Array, end: number): Marks | undefined {
  if (end === 0) return undefined
  const start = changelog.subarray(0, end - 1).lastIndexOf(LF) + 1
  const marks = parseMarks(changelog.subarray(start, end - 1))
  return marks === undefined ? undefined : { ...marks, start }
}

function parseMarks(line: Uint8Array): Omit<Marks, 'start'> | undefined {
  const json = parseJson(line)
  if (!json.ok || typeof json.value !== 'object' || json.value === null) return undefined
  const { timestamp, registry_before: before, registry_after: after } = json.value as Record<string, unknown>
  return typeof timestamp === 'string' && typeof before === 'string' && typeof after === 'string'
    ? { timestamp, before, after }
    : undefined
}

const LINE_BEGIN = Buffer.from('{"timestamp":"')

/**
 * Tells whether `tail` can be what is left of a line of ours: its beginning, or what a power loss makes of that, with
 * zeros where nothing was written yet. A whole value of another kind is somebody's and is not thrown away.
 */
function isTornLine(tail: Uint8Array): boolean {
  let end = tail.byteLength
  while (end > 0 && tail[end - 1] === 0) end -= 1
  const text = Buffer.from(tail.subarray(0, end))
  const common = Math.min(end, LINE_BEGIN.byteLength)
  return text.subarray(0, common).equals(LINE_BEGIN.subarray(0, common)) && !parseJson(text).ok
}

function readWhole(home: string, relpath: string): Buffer {
  const outcome = readFileOnce(join(home, relpath), MAX_BYTES)
  if (outcome.ok) return outcome.bytes
  const code = outcome.reason === 'missing' ? 'PUBLISH_SOURCE_MISSING' : 'PUBLISH_SOURCE_UNREADABLE'
  const what = outcome.reason === 'missing' ? 'no such file' : outcome.detail
  throw new PublishError(code, `${join(home, relpath)}: ${what}`)
}
