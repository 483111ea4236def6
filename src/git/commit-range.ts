// What lies between two commits: the commits, and every file that any of them touches. A file that one commit brings
// and the next one takes away again is in no difference of the ends, and is found here.

import { runGit } from './exec.ts'

/** One file that differs between two commits. */
export interface FileChange {
  /** Git's letter: `A`dded, `M`odified, `D`eleted, `T`ype changed. */
  readonly status: string
  readonly path: string
}

/** Returns the files that differ between the trees of two commits; a renamed file is a deleted and an added one. */
export async function changedFiles(top: string, from: string, to: string): Promise<readonly FileChange[]> {
  const args = ['diff', '--no-ext-diff', '--name-status', '-z', '--no-renames', from, to, '--']
  const words = (await runGit(top, args)).toString().split('\0')
  const changes: FileChange[] = []
  for (let at = 0; at + 1 < words.length; at += 2) changes.push({ status: words[at]!, path: words[at + 1]! })
  return changes
}

/** Returns every file that a commit after `from`, up to `to`, touches; merges bring what others have judged. */
export async function touchedFiles(top: string, from: string, to: string): Promise<readonly string[]> {
  const args = ['log', '--no-merges', '--no-show-signature', '--format=', '--name-only', '-z', '--no-renames']
  const said = (await runGit(top, [...args, `${from}..${to}`, '--'])).toString()
  return [...new Set(said.split('\0').filter(Boolean))].sort()
}

/** Returns the commits after `from`, up to `to`, newest first, as `<short id> <subject>`. */
export async function listCommits(top: string, from: string, to: string): Promise<readonly string[]> {
  const args = ['log', '--no-show-signature', '--format=%h %s', `${from}..${to}`, '--']
  return (await runGit(top, args)).toString().split('\n').filter(Boolean)
}
