// Where a work tree stands: its branch, its commit, and what is changed, staged or new, path by path; untracked files
// are listed one by one, never left out. One question, since each costs a process.

import { runGit } from './exec.ts'

/** One path that is not as it was committed, with git's two letters: `?` for both where it is not tracked. */
export interface PathState {
  readonly index: string
  readonly tree: string
  readonly path: string
}

/** What git leaves in its folder while it is in the middle of something, and what that is. */
export const IN_PROGRESS: readonly (readonly [file: string, what: string])[] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
]

export interface TreeStatus {
  /** The branch that is checked out; `null` on a detached HEAD. */
  readonly branch: string | null
  /** The commit that is checked out; `null` where there is none yet. */
  readonly commit: string | null
  /** Everything that is not as committed, by path. */
  readonly changes: readonly PathState[]
}

/** Returns the state of everything in the work tree at `top` that is not as committed, by path. */
export async function readStatus(top: string): Promise<readonly PathState[]> {
  return (await readTreeStatus(top)).changes
}

/** Returns where the work tree at `top` stands. */
export async function readTreeStatus(top: string): Promise<TreeStatus> {
  const args = ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=all', '--no-renames']
  const words = (await runGit(top, [...args, '--ignore-submodules=none']))
    .toString()
    .split('\0')
    .filter(Boolean)
  const headerOf = (name: string): string | undefined =>
    words.find(word => word.startsWith(`# ${name} `))?.slice(name.length + 3)
  const branch = headerOf('branch.head')
  const commit = headerOf('branch.oid')
  return {
    branch: branch === undefined || branch === '(detached)' ? null : branch,
    commit: commit === undefined || commit === '(initial)' ? null : commit,
    changes: words.flatMap(word => parseChange(word) ?? []),
  }
}

/** How many words stand before the path, by the letter that a line begins with (git-status, porcelain version 2). */
const WORDS_BEFORE: Readonly<Record<string, number>> = { '1': 8, u: 10 }

function parseChange(line: string): PathState | undefined {
  const kind = line[0]!
  if (kind === '?') return { index: '?', tree: '?', path: line.slice(2) }
  const words = WORDS_BEFORE[kind]
  if (words === undefined) return undefined
  let at = 0
  for (let i = 0; i < words; i++) at = line.indexOf(' ', at) + 1
  const letter = (i: number): string => (line[i] === '.' ? ' ' : line[i]!)
  return { index: letter(2), tree: letter(3), path: line.slice(at) }
}
