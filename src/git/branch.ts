// Branches, as far as they are known here: no question goes over the network. Which branch is the default one is what
// the remote said when it was cloned; without that word, what a name can tell.

import { resolve } from 'node:path'
import { askGit, runGit } from './exec.ts'
import type { Repository } from './tree.ts'

/** A branch here and what is known of it there. */
export interface Upstream {
  readonly remote: string
  /** The branch's name on the remote. */
  readonly branch: string
  /** The ref that remembers it here. */
  readonly ref: string
}

/** Returns the branch that is checked out; `null` on a detached HEAD. */
export function currentBranch(top: string): Promise<string | null> {
  return askGit(top, ['symbolic-ref', '--quiet', '--short', 'HEAD'])
}

/** Returns the commit that `name` stands for, or `null`. */
export function resolveCommit(top: string, name: string): Promise<string | null> {
  return askGit(top, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`])
}

/** Returns the name of the default branch, or `null` where nothing tells. */
export async function defaultBranch(top: string): Promise<string | null> {
  const remote = await remoteOf(top)
  if (remote !== null) {
    const head = await askGit(top, ['symbolic-ref', '--quiet', '--short', `refs/remotes/${remote}/HEAD`])
    if (head?.startsWith(`${remote}/`)) return head.slice(remote.length + 1)
  }
  const configured = await askGit(top, ['config', '--get', 'init.defaultBranch'])
  for (const name of [configured, 'main', 'master', 'trunk']) {
    if (name !== null && (await resolveCommit(top, `refs/heads/${name}`)) !== null) return name
  }
  return null
}

/** Returns the default branch of every remote of which it is known. */
export async function remoteDefaults({ top, remoteHeads }: Repository): Promise<readonly string[]> {
  const names = remoteHeads.map(ref => /^refs\/remotes\/[^/]+\/([^/]+)$/.exec(ref)?.[1])
  if (names.every(name => name !== undefined)) return names.filter(name => name !== 'HEAD')
  // A remote or a branch has a slash in its name: the ref of each HEAD tells where the one ends and the other begins.
  const format = '--format=%(refname:lstrip=2)%00%(symref:lstrip=2)'
  const said = await runGit(top, ['for-each-ref', format, 'refs/remotes/**/HEAD'])
  const heads = said
    .toString()
    .split('\n')
    .map(line => line.split('\0') as [string, string?])
  return heads.flatMap(([head, branch]) => {
    if (!branch) return []
    const remote = head.replace(/HEAD$/, '')
    return branch.startsWith(remote) ? branch.slice(remote.length) : branch.replace(/^[^/]+\//, '')
  })
}

/** Returns the remote that this repository works with: `origin`, or the only one; `null` without one. */
export async function remoteOf(top: string): Promise<string | null> {
  const remotes = (await runGit(top, ['remote'])).toString().split('\n').filter(Boolean)
  if (remotes.includes('origin')) return 'origin'
  return remotes.length === 1 ? remotes[0]! : null
}

/** Returns the upstream that `branch` is set to follow, whether or not anything is known of it; `null` without one. */
export async function upstreamOf(top: string, branch: string): Promise<Upstream | null> {
  const format = '--format=%(upstream:remotename)%00%(upstream:remoteref)%00%(upstream)'
  const said = await askGit(top, ['for-each-ref', format, `refs/heads/${branch}`])
  const [remote, there, ref] = (said ?? '').split('\0')
  if (!remote || !there || !ref) return null
  return { remote, branch: there.replace(/^refs\/heads\//, ''), ref }
}

/** Returns how many commits only `a` has, and how many only `b` has. */
export async function countApart(top: string, a: string, b: string): Promise<readonly [number, number]> {
  const said = await runGit(top, ['rev-list', '--left-right', '--count', `${a}...${b}`, '--'])
  const [left, right] = said.toString().trim().split('\t').map(Number)
  return [left!, right!]
}

/** Returns the best common ancestor of two commits, or `null`. */
export function mergeBase(top: string, a: string, b: string): Promise<string | null> {
  return askGit(top, ['merge-base', a, b])
}

/** Tells whether git would take `name` as the name of a branch. */
export async function isBranchName(top: string, name: string): Promise<boolean> {
  return (await askGit(top, ['check-ref-format', '--branch', name])) === name
}

/** Returns the short names of the branches here and of those known of remotes, without the remote's name. */
export async function branchNames(top: string): Promise<readonly string[]> {
  const said = await runGit(top, ['for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes'])
  return said
    .toString()
    .split('\n')
    .filter(Boolean)
    .map(ref => ref.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, ''))
}

/** Returns where git keeps the files `names` of this work tree, there or not. */
export async function gitPaths(top: string, names: readonly string[]): Promise<readonly string[]> {
  const said = await runGit(top, ['rev-parse', ...names.flatMap(name => ['--git-path', name])])
  return said
    .toString()
    .trimEnd()
    .split('\n')
    .map(path => resolve(top, path))
}
