// What is changed, staged or new in a work tree, path by path; untracked files are listed one by one, never left out.

import { runGit } from './exec.ts'

/** One path that is not as it was committed, with git's two letters: `?` for both where it is not tracked. */
export interface PathState {
  readonly index: string
  readonly tree: string
  readonly path: string
}

/** Returns the state of everything in the work tree at `top` that is not as committed, by path. */
export async function readStatus(top: string): Promise<readonly PathState[]> {
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames']
  const said = (await runGit(top, [...args, '--ignore-submodules=none'])).toString()
  return said
    .split('\0')
    .filter(Boolean)
    .map(word => ({ index: word[0]!, tree: word[1]!, path: word.slice(3) }))
}
