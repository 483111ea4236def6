// The spellings that a sealed set may use: run ids, relative paths, times, and the one order things are sorted
// in. A path that passes here cannot name anything outside its folder on any of the systems a clone may lie on.

/** S1: a run id, and so the name of its folder. */
export const RUN_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'

/** The longest relative path, in UTF-16 units; no file system here takes a longer one whole. */
export const MAX_RELPATH_LENGTH = 1024

const runId = new RegExp(RUN_ID_PATTERN)
const control = /\p{Cc}|\u2028|\u2029/u
const utcTime = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/

/** Tells whether `text` may be the id of a run (S1). */
export function isRunId(text: unknown): text is string {
  return typeof text === 'string' && runId.test(text)
}

/** Tells whether `text` is a UTC time that the calendar knows, `YYYY-MM-DDTHH:MM:SSZ` (S2, P1). */
export function isUtcTime(text: unknown): text is string {
  const match = typeof text === 'string' ? utcTime.exec(text) : null
  if (match === null) return false
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** Says what keeps `text` from being a relative path of a sealed set (S3), or returns `undefined` when nothing does. */
export function findRelpathDefect(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (text.length > MAX_RELPATH_LENGTH) return `is longer than ${MAX_RELPATH_LENGTH} characters`
  if (!text.isWellFormed()) return 'holds half of a surrogate pair'
  // A line feed in a name could add a line of its own to MANIFEST.sha256.
  if (control.test(text)) return 'holds a control character'
  if (text.includes('\\')) return 'holds a backslash'
  if (text.startsWith('/')) return 'is absolute'
  if (/^[A-Za-z]:/.test(text)) return 'begins with a drive letter'
  if (text.split('/').some(part => part === '' || part === '.' || part === '..')) {
    return 'holds an empty part, "." or ".."'
  }
  return undefined
}

/** Tells whether `text` is a relative path of a sealed set (S3). */
export function isRelpath(text: unknown): text is string {
  return typeof text === 'string' && findRelpathDefect(text) === undefined
}

/** Compares by code point, as S3 and S5 want. JavaScript's own `<` compares UTF-16 units: U+1F600 before U+E000. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Folds a path to what a file system that ignores case would make of it. */
export function foldPath(relpath: string): string {
  return relpath.normalize('NFC').toLowerCase()
}
