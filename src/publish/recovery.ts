// What an interrupted change leaves of the log, and how the next command mends it: the last line says from which registry
// to which it led, and the registry that is there tells whether it was made. Only what a writer of ours can have left is
// touched; anything else is somebody's, and is refused.

import { closeSync, constants, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { BlobSha } from '../core/digest.ts'
import { errorText } from '../core/error.ts'
import { parseJson } from '../core/json.ts'
import { PublishError } from './error.ts'
import { CHANGELOG } from './layout.ts'

const LF = 0x0a

/** How a log is brought to agree with the registry: cut to `keep` bytes, or, whole as it is, given its line end. */
export interface Recovery {
  readonly keep: number
  readonly addEnd: boolean
  /** For people. */
  readonly what: string
}

/** Returns the log as it will be. */
export function mendedLog(changelog: Uint8Array, recovery: Recovery | undefined): Uint8Array {
  if (recovery === undefined) return changelog
  const { keep, addEnd } = recovery
  const kept = changelog.subarray(0, keep)
  return addEnd ? Buffer.concat([kept, Buffer.of(LF)]) : kept
}

/** Brings the log of `home` to agree. The caller holds the lock. Throws `PUBLISH_WRITE_FAILED`. */
export function mend(home: string, recovery: Recovery | undefined): void {
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
