// What git knows of the place we stand in. Outside a repository, and where git fails, the answer is `null`: unknown
// is never the same as clean.

import { GitError, runGit } from './exec.ts'

/** A repository with a work tree. Git gives both paths with every link resolved. */
export interface Repository {
  readonly top: string
  /** Where git keeps what is of this work tree. */
  readonly gitFolder: string
  /** What the HEAD of each remote stands for here, as far as one is known: `refs/remotes/<remote>/<branch>`. */
  readonly remoteHeads: readonly string[]
}

// All at once: to start git takes longer than any of its answers.
const WHERE = ['--show-toplevel', '--absolute-git-dir', '--symbolic-full-name', '--glob=refs/remotes/*/HEAD']

/** Returns the repository whose work tree holds `cwd`, or `null` outside one. Throws `GIT_MISSING` or `GIT_TIMEOUT`. */
export async function findRepository(cwd: string): Promise<Repository | null> {
  try {
    const said = await runGit(cwd, ['rev-parse', ...WHERE])
    const [top, gitFolder, ...heads] = said.toString().replace(/\n$/, '').split('\n') as [
      string,
      string,
      ...string[],
    ]
    // A HEAD that stands for no branch stands for itself.
    return { top, gitFolder, remoteHeads: heads.filter(ref => !ref.endsWith('/HEAD')) }
  } catch (error) {
    if (error instanceof GitError && error.code === 'GIT_FAILED') return null
    throw error
  }
}

/** Returns the top folder of the repository that holds `cwd`, or `null` outside one. */
export async function findTop(cwd: string): Promise<string | null> {
  return orNull(async () => (await findRepository(cwd))?.top ?? null)
}

export interface TreeState {
  readonly git_commit: string | null
  readonly working_tree_state: 'clean' | 'dirty' | null
}

/** Returns the commit and state of the work tree that holds `cwd`, leaving out what lies under `ignore`. */
export async function describeTree(cwd: string, ignore: readonly string[]): Promise<TreeState> {
  const git_commit = await orNull(async () =>
    (await runGit(cwd, ['rev-parse', '--verify', 'HEAD'])).toString().trim(),
  )
  const paths = [':/', ...ignore.map(path => `:(exclude,top,literal)${path}`)]
  const status = await orNull(() => runGit(cwd, ['status', '--porcelain', '--', ...paths]))
  return {
    git_commit,
    working_tree_state: status === null ? null : status.byteLength === 0 ? 'clean' : 'dirty',
  }
}

/** Returns the path of every tracked file below `top`, as bytes, leaving out what lies under `ignore`; `null` where git fails. */
export async function listTracked(top: string, ignore: readonly string[]): Promise<readonly Buffer[] | null> {
  const paths = [':/', ...ignore.map(path => `:(exclude,top,literal)${path}`)]
  const said = await orNull(() => runGit(top, ['ls-files', '-z', '--', ...paths]))
  if (said === null) return null
  const found = new Map<string, Buffer>()
  for (let from = 0; from < said.byteLength; ) {
    const end = said.indexOf(0, from)
    const path = said.subarray(from, end)
    // A path that is in conflict is listed once for each side.
    found.set(path.toString('latin1'), path)
    from = end + 1
  }
  return [...found.values()]
}

/** One commit that touched a file, and the file as it was after it; `content` is `null` where it was removed. */
export interface FileVersion {
  readonly commit: string
  readonly committedAt: string
  readonly author: string
  readonly content: Buffer | null
}

/** Returns the last `limit` versions of the file at `path` (relative to the top folder), newest first; none where nothing is committed. */
export async function fileHistory(top: string, path: string, limit: number): Promise<readonly FileVersion[]> {
  const format = ['--no-show-signature', '--format=%H%x00%cI%x00%an']
  const log = await orNull(() =>
    runGit(top, ['--literal-pathspecs', 'log', `-n${limit}`, ...format, '--', path]),
  )
  if (log === null) return []
  const lines = log
    .toString()
    .split('\n')
    .filter(line => line !== '')
  return Promise.all(
    lines.map(async line => {
      const [commit, committedAt, author] = line.split('\0') as [string, string, string]
      const content = await orNull(() => runGit(top, ['cat-file', 'blob', `${commit}:${path}`]))
      return { commit, committedAt, author, content }
    }),
  )
}

async function orNull<Value>(ask: () => Promise<Value>): Promise<Value | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof GitError) return null
    throw error
  }
}
