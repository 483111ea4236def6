// The names GitHub allows, and how two of them compare (R5, R6). ASCII is checked before anything is folded:
// U+212A KELVIN SIGN lower-cases to `k`, so folding first would let a forged name reach a real entry.

/** R5: an owner, up to 39 characters, with the `_suffix` of enterprise-managed accounts; up to 100 in all. */
export const OWNER_PATTERN = '^(?![A-Za-z0-9_-]{101})[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:_[A-Za-z0-9]+)?$'

/** R5: a repository, up to 100 characters, never `.` or `..`, never ending in `.git` (in any case). */
export const REPO_PATTERN = '^(?!\\.{1,2}$)(?!.*\\.[Gg][Ii][Tt]$)[A-Za-z0-9._-]{1,100}$'

/** The longest owner or repository that is looked at, in characters. */
export const MAX_NAME_LENGTH = 100

const owner = new RegExp(OWNER_PATTERN)
const repo = new RegExp(REPO_PATTERN)

/** Tells whether `name` is an owner that GitHub would allow (R5). */
export function isOwnerName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && owner.test(name)
}

/** Tells whether `name` is a repository that GitHub would allow (R5). */
export function isRepoName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && repo.test(name)
}

/** Folds a name that has already been found to be legal, hence ASCII, to the form that look-ups compare (R6). */
export function foldName(name: string): string {
  return name.toLowerCase()
}

/** Folds text that names are searched for. It need not be a name, so only ASCII letters are folded. */
export function foldQuery(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

/** `<owner>/<repo>`, taken apart. */
export interface FullName {
  readonly org: string
  readonly repo: string
}

/** Parses `<owner>/<repo>`; anything else, a third segment included, is `undefined`. */
export function parseFullName(text: string): FullName | undefined {
  const slash = text.indexOf('/')
  if (slash === -1) return undefined
  const name = { org: text.slice(0, slash), repo: text.slice(slash + 1) }
  return isOwnerName(name.org) && isRepoName(name.repo) ? name : undefined
}
