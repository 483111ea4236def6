// What git knows of the place we stand in. Outside a repository, and where git fails, the answer is `null`: unknown
// is never the same as clean.

import { askGit, GitError, runGit } from './exec.ts'
import { readBlobs } from './objects.ts'

/** A repository with a work tree. Git gives both paths with every link resolved. */
export interface Repository {
  readonly top: string
  /** Where git keeps what is of this work tree. */
  readonly gitFolder: string
  /** What the HEAD of each remote stands for here: `refs/remotes/<remote>/<branch>`, or itself where that is no branch. */
  readonly remoteHeads: readonly string[]
  /** The names of what HEAD has at the paths that were asked for; `null` where it has not all of them. */
  readonly atHead: readonly string[] | null
}

/**
 * Returns the repository whose work tree holds `cwd`, or `null` outside one. `paths` are looked up in HEAD, from the top
 * folder, or from `cwd` where they begin with `./`. Throws `GIT_MISSING` or `GIT_TIMEOUT`.
 */
export async function findRepository(cwd: string, paths: readonly string[] = []): Promise<Repository | null> {
  // All at once: to start git takes longer than any of its answers. Of a name that stands for two refs it would say nothing.
  const said = await askGit(cwd, [
    ...['-c', 'core.warnAmbiguousRefs=false', 'rev-parse'],
    ...['--show-toplevel', '--absolute-git-dir', ...paths.map(path => `HEAD:${path}`)],
    ...['--symbolic-full-name', '--glob=refs/remotes/*/HEAD'],
  ])
  if (said === null) {
    if (paths.length === 0) return null
    const repository = await findRepository(cwd)
    return repository && { ...repository, atHead: null }
  }
  const [top, gitFolder, ...rest] = said.split('\n') as [string, string, ...string[]]
  return { top, gitFolder, remoteHeads: rest.slice(paths.length), atHead: rest.slice(0, paths.length) }
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
  if (path.includes('\n')) throw new RangeError('a path may not hold a line end')
  const format = ['--no-show-signature', '--format=%H%x00%cI%x00%an']
  const log = await orNull(() =>
    runGit(top, ['--literal-pathspecs', 'log', `-n${limit}`, ...format, '--', path]),
  )
  const lines = log?.toString().split('\n').filter(Boolean) ?? []
  const commits = lines.map(line => line.split('\0') as [string, string, string])
  const contents = await readBlobs(
    top,
    commits.map(([commit]) => `${commit}:${path}`),
  )
  return commits.map(([commit, committedAt, author], at) => ({
    commit,
    committedAt,
    author,
    content: contents[at]!,
  }))
}

/** Tells whether the history of the repository at `top` is cut off, as in a shallow clone. */
export async function isShallow(top: string): Promise<boolean> {
  return (await askGit(top, ['rev-parse', '--is-shallow-repository'])) === 'true'
}

async function orNull<Value>(ask: () => Promise<Value>): Promise<Value | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof GitError) return null
    throw error
  }
}
