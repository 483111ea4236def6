// `infra new-branch <name>`: a branch for one change, made from the default branch as it is known here. It never asks
// the network: whether there is news, git fetch finds out.

import type { Command } from 'commander'
import { plain } from '../core/diagnostic.ts'
import { branchNames, countApart, isBranchName, remoteOf, resolveCommit, upstreamOf } from '../git/branch.ts'
import { runGit } from '../git/exec.ts'
import { FlowError } from './flow-error.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { findPlace, type Place, shellQuote, verifyClean, verifyQuiet } from './workflow.ts'

/** Adds the verb. */
export function addNewBranch(program: Command, run: Run, io: Io): Command {
  return program
    .command('new-branch <name>')
    .description('make a branch for a change, from an up-to-date default branch')
    .option('-n, --dry-run', 'check and show what would be done; make nothing')
    .action((name: string, options: VerbOptions) => run(options, () => newBranch(name, options, io)))
}

async function newBranch(name: string, options: VerbOptions, io: Io): Promise<Report> {
  const place = await findPlace(io, options.home)
  const { top, branch } = place
  if (branch !== place.defaultBranch) {
    const message = `stands on ${branch} (want the default branch, ${place.defaultBranch})`
    const next = `git switch ${shellQuote(place.defaultBranch)}`
    throw new FlowError('FLOW_NOT_ON_DEFAULT_BRANCH', `${message}; next: ${next}`)
  }
  await verifyName(place, name)
  await verifyQuiet(place)
  await verifyClean(place)
  await verifyUpToDate(place)
  const dryRun = options.dryRun ?? false
  if (!dryRun) await runGit(top, ['switch', '--quiet', '--no-track', '--create', name])
  const text = [
    `${dryRun ? 'would make' : 'made'} branch ${name} from ${branch}`,
    ...(dryRun ? [] : ["next: infra register <org>/<repo> --context <context> --reason '<why>'"]),
  ]
  return { exit: 0, json: { branch: name, from: branch, dry_run: dryRun }, text: text.join('\n') }
}

async function verifyName({ top }: Place, name: string): Promise<void> {
  const shown = plain(name)
  if (!(await isBranchName(top, name)) || name === 'HEAD') {
    const want = 'letters, digits, - and /, such as infra/register-app'
    throw new FlowError('FLOW_BAD_NAME', `${shown} cannot be the name of a branch (want ${want})`)
  }
  // Where file names ignore case, two branches that differ in case are one file.
  const folded = name.toLowerCase()
  const other = (await branchNames(top)).find(known => {
    const there = known.toLowerCase()
    return there === folded || there.startsWith(`${folded}/`) || folded.startsWith(`${there}/`)
  })
  if (other === undefined) return
  const why = other === name ? 'is there already' : `gets in the way of branch ${other}`
  throw new FlowError(
    'FLOW_BRANCH_EXISTS',
    `branch ${shown} ${why}, here or on the remote; take another name`,
  )
}

async function verifyUpToDate({ top, branch }: Place): Promise<void> {
  const remote = await remoteOf(top)
  const ref =
    (await upstreamOf(top, branch))?.ref ?? (remote === null ? null : `refs/remotes/${remote}/${branch}`)
  // A repository without a remote, or one that was never pushed, is behind nothing.
  if (ref === null || (await resolveCommit(top, ref)) === null) return
  const [ahead, behind] = await countApart(top, 'HEAD', ref)
  if (ahead === 0 && behind === 0) return
  const message = `${branch} is ${behind} commits behind and ${ahead} ahead of ${ref.replace('refs/remotes/', '')}`
  const next = ahead === 0 ? 'git pull --ff-only' : 'git log @{upstream}..'
  throw new FlowError('FLOW_NOT_UP_TO_DATE', `${message} (want neither); next: ${next}`)
}
