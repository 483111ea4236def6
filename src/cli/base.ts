// What a change goes into, as far as it is known here: the default branch, a branch of the remote, and the commit where
// ours left it. The network is not asked; where too little is known, the refusal names the fetch that would tell.

import { plain } from '../core/diagnostic.ts'
import { countApart, mergeBase, remoteOf, resolveCommit } from '../git/branch.ts'
import { FlowError } from './flow-error.ts'
import { type Place, shellQuote } from './workflow.ts'

/** A commit under the name that a person knows it by. */
export interface Base {
  readonly name: string
  readonly commit: string
}

/** Returns the default branch as far as it is known here: the one here or the remote's, whichever is ahead. */
export async function findBase({ top, defaultBranch: name }: Place): Promise<Base> {
  const remote = await remoteOf(top)
  const there =
    remote === null ? null : await known(top, `refs/remotes/${remote}/${name}`, `${remote}/${name}`)
  const here = await known(top, `refs/heads/${name}`, name)
  if (there === null || here === null) {
    const one = there ?? here
    if (one !== null) return one
    throw new FlowError('FLOW_UNKNOWN_BASE', `nothing is known of ${name}; next: git fetch`)
  }
  const [onlyHere, onlyThere] = await countApart(top, here.commit, there.commit)
  if (onlyHere > 0 && onlyThere > 0) {
    const message = `${here.name} and ${there.name} have gone apart (${onlyHere} and ${onlyThere} commits)`
    throw new FlowError(
      'FLOW_DIVERGED',
      `${message}; next: git switch ${shellQuote(name)} && git pull --rebase --autostash`,
    )
  }
  return onlyHere > 0 ? here : there
}

async function known(top: string, ref: string, name: string): Promise<Base | null> {
  const commit = await resolveCommit(top, ref)
  return commit === null ? null : { name, commit }
}

/** Returns the commit where the branch left `base`. Throws `FLOW_UNRELATED`. */
export async function forkPoint({ top, branch }: Place, base: Base): Promise<string> {
  const fork = await mergeBase(top, base.commit, 'HEAD')
  if (fork !== null) return fork
  throw new FlowError('FLOW_UNRELATED', `${branch} and ${base.name} have no commit in common`)
}

/** Returns branch `into` of the remote, which `branch` goes into. Throws `FLOW_WRONG_BASE`. */
export async function findRemoteBase(top: string, branch: string, into: string): Promise<Base> {
  if (into === branch) throw new FlowError('FLOW_WRONG_BASE', `${branch} cannot be merged into itself`)
  const remote = (await remoteOf(top)) ?? 'origin'
  const commit = await resolveCommit(top, `refs/remotes/${remote}/${into}`)
  if (commit !== null) return { name: `${remote}/${into}`, commit }
  const message = `no branch ${plain(into)} is known of ${remote} (want one to merge into)`
  throw new FlowError('FLOW_WRONG_BASE', `${message}; next: git fetch ${shellQuote(remote)}`)
}
