// Where the registry may be changed: on a branch of its own, in a work tree that holds nothing but the two files of an
// earlier change. Everything is asked of the disk and of git before anything is done; no network is asked, and git
// writes nothing, not even its index.

import { existsSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import { renderDiagnostic } from '../core/diagnostic.ts'
import { GitError, runGit } from '../git/exec.ts'
import { readStatus } from '../git/status.ts'
import { CHANGELOG, WORKING_COPY } from '../publish/layout.ts'
import { checkPair } from './gates.ts'
import { type GuardCode, GuardError } from './guard-error.ts'
import { plain } from './report.ts'
import { commitSource, type Pair, readPairOf, SourceError } from './source.ts'

/** A place where the registry may be changed. */
export interface GuardedTree {
  readonly top: string
  /** The home, relative to `top`. */
  readonly prefix: string
  readonly branch: string
  /** Registry and changelog as they were committed last. */
  readonly committed: Pair
}

/** Refuses a tree in which the registry may not be changed. Throws `GuardError`, or `GitError` where git fails. */
export async function verifyTree(home: string): Promise<GuardedTree> {
  const { top, gitFolder } = await findRepository(home)
  const prefix = relative(top, realpathSync(home))
  verifyIdle(gitFolder)
  // Git is asked all at once, and answers are judged in one order: the same tree is always refused for the same reason.
  const [branch, clean, committed] = await Promise.allSettled([
    verifyBranch(top),
    verifyClean(top, prefix),
    readCommitted(top, prefix),
  ])
  const name = resultOf(branch)
  resultOf(clean)
  return { top, prefix, branch: name, committed: resultOf(committed) }
}

function resultOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

/**
 * Refuses a pair that is not what was committed, or that and changes which the log tells of, entry for entry.
 * Throws `GUARD_PAIR_DISAGREES`.
 */
export function verifyPair({ committed, prefix }: GuardedTree, pair: Pair): void {
  const files = { registry: join(prefix, WORKING_COPY), changelog: join(prefix, CHANGELOG) }
  if (same(committed.registry, pair.registry) && same(committed.changelog, pair.changelog)) return
  const faults = checkPair(committed, pair, files, 'HEAD')
  if (faults.length === 0) return
  const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
  const message = `registry and changelog are not what was committed and what the log adds to it: ${renderDiagnostic(faults[0]!)}${more}`
  throw new GuardError('GUARD_PAIR_DISAGREES', message, { faults })
}

async function findRepository(home: string): Promise<{ top: string; gitFolder: string }> {
  try {
    const said = await runGit(home, ['rev-parse', '--show-toplevel', '--absolute-git-dir'])
    const [top, gitFolder] = said.toString().split('\n') as [string, string]
    return { top, gitFolder }
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== 'GIT_FAILED') throw error
    const message = `${home}: not in the work tree of a git repository, and the registry is changed in one only`
    throw new GuardError('GUARD_NO_REPOSITORY', message, { cause: error })
  }
}

/** What git leaves in its folder while it is in the middle of something, and how to end that. */
const IN_PROGRESS: readonly (readonly [file: string, what: string])[] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
]

function verifyIdle(folder: string): void {
  const found = IN_PROGRESS.find(([file]) => existsSync(join(folder, file)))
  if (found !== undefined) {
    const [, what] = found
    const end = what === 'bisect' ? 'git bisect reset' : `git ${what} --continue, or git ${what} --abort`
    throw new GuardError('GUARD_IN_PROGRESS', `a ${what} is in progress (${end})`)
  }
  const lock = join(folder, 'index.lock')
  if (existsSync(lock)) {
    const message = `git is at work here, or was interrupted: when none runs, remove ${lock}`
    throw new GuardError('GUARD_INDEX_LOCKED', message)
  }
}

async function verifyBranch(top: string): Promise<string> {
  const ref = await lineOrNull(top, ['symbolic-ref', '--quiet', 'HEAD'])
  if (ref === null) {
    throw new GuardError(
      'GUARD_DETACHED_HEAD',
      'HEAD is on no branch (git switch <branch>, or infra new-branch)',
    )
  }
  const branch = ref.replace(/^refs\/heads\//, '')
  const { names, why } = await protectedBranches(top)
  if (names.includes(branch)) {
    const message = `${plain(branch)} is the default branch (${why}): change the registry on another, see infra new-branch`
    throw new GuardError('GUARD_DEFAULT_BRANCH', message)
  }
  return branch
}

/** The default branch of every remote; where none is known, every name that it may have. */
async function protectedBranches(top: string): Promise<{ names: readonly string[]; why: string }> {
  const heads = await runGit(top, ['for-each-ref', '--format=%(symref)', 'refs/remotes/*/HEAD'])
  const known = heads
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.replace(/^refs\/remotes\/[^/]+\//, ''))
  if (known.length > 0) return { names: known, why: 'as its remote says' }
  const configured = await lineOrNull(top, ['config', '--get', 'init.defaultBranch'])
  const names = [...(configured === null ? [] : [configured]), 'main', 'master']
  return { names, why: 'no remote says which one is, and this name is taken for it' }
}

async function verifyClean(top: string, prefix: string): Promise<void> {
  const pair = [join(prefix, WORKING_COPY), join(prefix, CHANGELOG)]
  // What an interrupted change left there is swept by the next one, wherever it is not ignored.
  const staging = `${join(prefix, '.codex/STAGING')}/`
  const states = (await readStatus(top)).filter(({ path }) => !path.startsWith(staging))
  const refuse = (code: GuardCode, found: typeof states, what: string, then: string): void => {
    if (found.length === 0) return
    const some =
      found
        .slice(0, 3)
        .map(({ path }) => plain(path))
        .join(', ') + (found.length > 3 ? ', …' : '')
    throw new GuardError(code, `${what}: ${some} (${then})`)
  }
  const unmerged = states.filter(({ index, tree }) => /U|AA|DD/.test(index + tree))
  refuse('GUARD_UNMERGED', unmerged, 'two sides of a merge', 'resolve them first')
  const staged = states.filter(({ index }) => index !== ' ' && index !== '?')
  refuse('GUARD_STAGED', staged, 'already staged', 'git commit, or git restore --staged')
  const others = states.filter(({ path }) => !pair.includes(path))
  refuse(
    'GUARD_DIRTY',
    others.filter(({ index }) => index !== '?'),
    'changed',
    'git commit, or git stash',
  )
  refuse('GUARD_UNTRACKED', others, 'not tracked', 'commit, ignore or move it')
}

async function readCommitted(top: string, prefix: string): Promise<Pair> {
  try {
    return await readPairOf(await commitSource(top, prefix, 'HEAD'))
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    if (error.code === 'SOURCE_UNKNOWN_REF') {
      throw new GuardError('GUARD_NO_COMMIT', 'this branch has no commit yet', { cause: error })
    }
    const message = `${join(prefix, WORKING_COPY)} is not committed: what is to be changed has no earlier state`
    throw new GuardError('GUARD_NOT_COMMITTED', message, { cause: error })
  }
}

async function lineOrNull(top: string, args: readonly string[]): Promise<string | null> {
  try {
    return (await runGit(top, args)).toString().replace(/\n$/, '') || null
  } catch (error) {
    if (error instanceof GitError && error.code === 'GIT_FAILED') return null
    throw error
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b)
}
