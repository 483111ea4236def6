// Where the registry may be changed: on a branch of its own, in a work tree that holds nothing but the two files of an
// earlier change. Everything is asked of the disk and of git before anything is done; no network is asked, and git
// writes nothing, not even its index.

import { existsSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import { plain, renderDiagnostic } from '../core/diagnostic.ts'
import { blobSha } from '../core/digest.ts'
import { remoteDefaults } from '../git/branch.ts'
import { askGit } from '../git/exec.ts'
import { nameBlobs, readBlobs } from '../git/objects.ts'
import { IN_PROGRESS, type PathState, readTreeStatus } from '../git/status.ts'
import type { Repository } from '../git/tree.ts'
import type { ReadPair } from '../publish/change.ts'
import { CHANGELOG, STAGING, WORKING_COPY } from '../publish/layout.ts'
import { checkPair } from './gate-pair.ts'
import { type GuardCode, GuardError } from './guard-error.ts'
import type { Pair } from './source.ts'

/** A place where the registry may be changed. */
export interface GuardedTree {
  readonly top: string
  /** The home, relative to `top`. */
  readonly prefix: string
  readonly branch: string
  /** What was committed last, as far as it was asked already. */
  readonly committed: Committed | null
  /** What HEAD had of both a moment before, whatever kind of file that was. */
  readonly atHead: readonly string[] | null
}

/** The names that git gave to registry and changelog; `null` for none. */
interface Committed {
  readonly registry: string
  readonly changelog: string | null
}

/**
 * Refuses a tree in which the registry may not be changed. `repository` says what HEAD has of registry and changelog,
 * where it has both. Throws `GuardError`, or `GitError` where git fails.
 */
export async function verifyTree(home: string, repository: Repository | null): Promise<GuardedTree> {
  if (repository === null) {
    const message = `${home}: not in the work tree of a git repository, and the registry is changed in one only`
    throw new GuardError('GUARD_NO_REPOSITORY', message)
  }
  const { top, gitFolder, atHead } = repository
  const prefix = relative(top, realpathSync(home))
  verifyIdle(gitFolder)
  // Git is asked all at once, and answers are judged in one order: the same tree is always refused for the same reason.
  const [protectedNames, status, committed] = await Promise.allSettled([
    protectedBranches(repository),
    readTreeStatus(top),
    atHead === null ? findCommitted(top, prefix) : null,
  ])
  const { branch, commit, changes } = resultOf(status)
  const name = verifyBranch(branch, resultOf(protectedNames))
  verifyClean(changes, prefix)
  if (commit === null) throw new GuardError('GUARD_NO_COMMIT', 'this branch has no commit yet')
  return { top, prefix, branch: name, committed: resultOf(committed), atHead }
}

function resultOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

/**
 * Refuses a pair that is not what was committed, or that and changes which the log tells of, entry for entry.
 * Throws `GUARD_PAIR_DISAGREES`.
 */
export async function verifyPair(tree: GuardedTree, pair: ReadPair): Promise<void> {
  const { top, prefix, atHead } = tree
  if (atHead !== null && isNamed(pair, { registry: atHead[0]!, changelog: atHead[1]! })) return
  const committed = tree.committed ?? (await findCommitted(top, prefix))
  if (isNamed(pair, committed)) return
  const [registry, changelog] = await readBlobs(top, [committed.registry, committed.changelog])
  const before: Pair = { registry: registry!, changelog: changelog ?? new Uint8Array() }
  const files = { registry: join(prefix, WORKING_COPY), changelog: join(prefix, CHANGELOG) }
  if (same(before.registry, pair.registry) && same(before.changelog, pair.changelog)) return
  const faults = checkPair(before, pair, files, 'HEAD')
  if (faults.length === 0) return
  const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
  const message = `registry and changelog are not what was committed and what the log adds to it: ${renderDiagnostic(faults[0]!)}${more}`
  throw new GuardError('GUARD_PAIR_DISAGREES', message, { faults })
}

/** Tells whether git gave these names to the pair; in a repository of the other object format it gave others. */
function isNamed({ registryBlob, changelog }: ReadPair, names: Committed): boolean {
  if (names.registry !== registryBlob) return false
  return names.changelog === null ? changelog.byteLength === 0 : names.changelog === blobSha(changelog)
}

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

interface Protected {
  readonly names: readonly string[]
  readonly why: string
}

function verifyBranch(branch: string | null, { names, why }: Protected): string {
  if (branch === null) {
    throw new GuardError('GUARD_DETACHED_HEAD', 'HEAD is on no branch (git switch <branch>)')
  }
  if (names.includes(branch)) {
    const message = `${plain(branch)} is the default branch (${why}): change the registry on another; next: infra new-branch <name>`
    throw new GuardError('GUARD_DEFAULT_BRANCH', message)
  }
  return branch
}

/** The default branch of every remote; where none is known, every name that it may have. */
async function protectedBranches(repository: Repository): Promise<Protected> {
  const known = await remoteDefaults(repository)
  if (known.length > 0) return { names: known, why: 'as its remote says' }
  const configured = await askGit(repository.top, ['config', '--get', 'init.defaultBranch'])
  const names = [...(configured === null ? [] : [configured]), 'main', 'master']
  return { names, why: 'no remote says which one is, and this name is taken for it' }
}

function verifyClean(changes: readonly PathState[], prefix: string): void {
  const pair = [join(prefix, WORKING_COPY), join(prefix, CHANGELOG)]
  // What an interrupted change left there is swept by the next one, wherever it is not ignored.
  const staging = `${join(prefix, STAGING)}/`
  const states = changes.filter(({ path }) => !path.startsWith(staging))
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
  refuse('GUARD_STAGED', staged, 'already staged', 'git commit, or git restore --staged <path>')
  const others = states.filter(({ path }) => !pair.includes(path))
  refuse(
    'GUARD_DIRTY',
    others.filter(({ index }) => index !== '?'),
    'changed',
    'git commit -a, or git stash',
  )
  refuse('GUARD_UNTRACKED', others, 'not tracked', 'commit, ignore or move it')
}

async function findCommitted(top: string, prefix: string): Promise<Committed> {
  const paths = [join(prefix, WORKING_COPY), join(prefix, CHANGELOG)]
  const [registry = null, changelog = null] = await nameBlobs(top, 'HEAD', paths)
  if (registry !== null) return { registry, changelog }
  const message = `${paths[0]} is not committed: what is to be changed has no earlier state`
  throw new GuardError('GUARD_NOT_COMMITTED', message)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b)
}
