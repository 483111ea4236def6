// `infra abort`: gives a change up. What will be lost is listed and has to be confirmed, everything of it is kept under
// a backup ref, and the remote is never touched. A branch that has a pull request is given up only if that is meant; GitHub
// is asked where the branch was pushed, and where it cannot be asked, that is said and nothing is refused for it.

import type { Command } from 'commander'
import { plain } from '../core/diagnostic.ts'
import { mergeBase, resolveCommit, upstreamOf } from '../git/branch.ts'
import { listCommits } from '../git/commit-range.ts'
import { runGit } from '../git/exec.ts'
import { GhError } from '../git/gh.ts'
import { type ListedRequest, listPullRequests } from '../git/pull-request.ts'
import { withLock } from '../publish/lock.ts'
import { keepBackup } from './backup.ts'
import { findBase, forkPoint } from './base.ts'
import { FlowError } from './flow-error.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import {
  confirm,
  findWorkPlace,
  foreignFiles,
  ghCall,
  type Place,
  partOf,
  readChanges,
  renderState,
  shellQuote,
  verifyQuiet,
} from './workflow.ts'

interface AbortOptions extends VerbOptions {
  readonly confirm?: string
  readonly foreign?: boolean
  readonly withPr?: boolean
}

/** Adds the verb. */
export function addAbort(program: Command, run: Run, io: Io): Command {
  return program
    .command('abort')
    .description('give this branch up: back to the default branch, with a backup')
    .option('--confirm <branch>', 'the branch that is meant; asked for without it')
    .option('--foreign', 'give up what is not the registry’s own, too')
    .option('--with-pr', 'give up a branch whose pull request is open or merged, too')
    .option('-n, --dry-run', 'show what would be lost; change nothing')
    .action((options: AbortOptions) => run(options, () => abort(options, io)))
}

interface Loss {
  readonly commits: readonly string[]
  readonly changes: readonly string[]
  /** What could not be found out of its pull requests. */
  readonly unknown: string | null
}

async function abort(options: AbortOptions, io: Io): Promise<Report> {
  const { dryRun = false, foreign = false, withPr = false } = options
  const place = await findWorkPlace(io, options.home)
  const { branch } = place
  await verifyQuiet(place)
  const pushed = await pushedName(place)
  const unknown = withPr || pushed === null ? null : await verifyNoRequest(place, pushed, io)
  const loss = { ...(await findLoss(place, foreign)), unknown }
  if (dryRun) return report(place, loss, { dryRun, backup: null, pushed })
  await confirm(io, { what: renderLoss(place, loss), want: branch, value: branch, given: options.confirm })
  const backup = await withLock(place.home, () => leave(place, loss, io))
  return report(place, loss, { dryRun, backup, pushed })
}

async function findLoss(place: Place, foreign: boolean): Promise<Omit<Loss, 'unknown'>> {
  const { top, branch } = place
  const base = await findBase(place)
  const fork = await forkPoint(place, base)
  const states = await readChanges(place)
  const others = [
    ...(await foreignFiles(place, fork, base.commit)),
    ...states.filter(({ path }) => partOf(place, path) === null).map(renderState),
  ]
  if (others.length > 0 && !foreign) {
    const message = `${branch} has changes that are not the registry’s own; if they are meant too, infra abort --foreign`
    throw new FlowError('FLOW_FOREIGN_FILES', message, others)
  }
  return {
    commits: (await listCommits(top, base.commit, 'HEAD')).map(plain),
    changes: states.map(renderState),
  }
}

/** Leaves the branch: everything is in the backup before anything is taken away. */
async function leave({ top, branch, defaultBranch }: Place, loss: Loss, io: Io): Promise<string> {
  const tip = (await resolveCommit(top, 'HEAD'))!
  const stashed = loss.changes.length > 0
  if (stashed) {
    // Changes of the index, of the work tree and untracked files become one commit on top of the branch.
    await runGit(top, [
      'stash',
      'push',
      '--quiet',
      '--include-untracked',
      '--message',
      `infra abort ${branch}`,
    ])
  }
  let backup: string | undefined
  try {
    const kept = stashed ? (await resolveCommit(top, 'refs/stash'))! : tip
    backup = await keepBackup(top, branch, kept, io.now())
    await runGit(top, ['switch', '--quiet', '--no-guess', defaultBranch])
  } catch (error) {
    if (stashed) await runGit(top, ['stash', 'pop', '--quiet', '--index'])
    if (backup !== undefined) await runGit(top, ['update-ref', '-d', backup])
    throw error
  }
  if (stashed) await runGit(top, ['stash', 'drop', '--quiet'])
  // A commit that somebody made meanwhile is in no backup.
  if ((await resolveCommit(top, `refs/heads/${branch}`)) !== tip) {
    throw new FlowError('FLOW_CHANGED_MEANWHILE', `${branch} has got another commit meanwhile, and is kept`)
  }
  await runGit(top, ['branch', '--quiet', '--delete', '--force', '--', branch])
  return backup
}

/** Returns the name of the branch on the remote, if it is there as far as is known here. */
async function pushedName({ top, branch }: Place): Promise<string | null> {
  const upstream = await upstreamOf(top, branch)
  return upstream !== null && (await resolveCommit(top, upstream.ref)) !== null ? upstream.branch : null
}

/** Refuses a branch that is under review or merged. Returns why nothing is known of that, where nothing is. */
async function verifyNoRequest({ top, branch }: Place, pushed: string, io: Io): Promise<string | null> {
  let requests: readonly ListedRequest[]
  try {
    requests = await listPullRequests(top, pushed, { deadlineMs: GH_DEADLINE_MS, ...ghCall(io) })
  } catch (error) {
    if (error instanceof GhError) return plain(error.message.split('\n', 1)[0]!)
    throw error
  }
  for (const { number, state, headCommit } of requests) {
    // A name may be used again: a merged request is of this branch only if its commit is in it.
    const merged = state === 'MERGED' && (await mergeBase(top, headCommit, 'HEAD')) === headCommit
    if (state !== 'OPEN' && !merged) continue
    const message = `${branch} has pull request #${number}, which is ${plain(state.toLowerCase())}`
    throw new FlowError('FLOW_HAS_PR', `${message}; if it is meant all the same, infra abort --with-pr`)
  }
  return null
}

/** Nobody who gives up waits long for an answer that only warns. */
const GH_DEADLINE_MS = 10_000

function renderLoss({ branch }: Place, { commits, changes, unknown }: Loss): string {
  return [
    `branch ${branch} will be given up`,
    ...commits.map(commit => `  commit   ${commit}`),
    ...changes.map(change => `  changed  ${change}`),
    ...(unknown === null ? [] : [`  whether it has a pull request is not known: ${unknown}`]),
    ...(commits.length + changes.length === 0 ? ['  nothing is lost with it'] : []),
  ].join('\n')
}

function report(
  place: Place,
  loss: Loss,
  { dryRun, backup, pushed }: { dryRun: boolean; backup: string | null; pushed: string | null },
): Report {
  const { branch, defaultBranch } = place
  // Where there were changes, they are one commit on top of the branch.
  const tip = loss.changes.length > 0 ? `${backup}^` : `${backup}`
  const text =
    backup === null
      ? [renderLoss(place, loss)]
      : [
          `gave ${branch} up; now on ${defaultBranch}`,
          `  everything of it: ${backup}`,
          `  its commits back: git branch ${shellQuote(branch)} ${shellQuote(tip)}`,
          ...(loss.changes.length > 0
            ? [`  then its changes: git stash apply --index ${shellQuote(backup)}`]
            : []),
          ...(pushed !== null ? [`  the branch on the remote is untouched`] : []),
        ]
  const { commits, changes, unknown } = loss
  const json = {
    branch,
    commits,
    changes,
    requests_unknown: unknown,
    backup,
    pushed: pushed !== null,
    dry_run: dryRun,
  }
  return { exit: 0, json, text: text.join('\n') }
}
