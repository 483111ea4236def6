// `infra merge-pr [number]`: merges a reviewed change through gh, after looking at it once more: its base, its checks,
// its files, and its registry by every gate. What is merged is the commit that was looked at, and no word of the
// operator's reaches gh but a number.

import { type Command, InvalidArgumentError } from 'commander'
import { plain } from '../core/diagnostic.ts'
import { resolveCommit } from '../git/branch.ts'
import type { Call } from '../git/exec.ts'
import { runGh } from '../git/gh.ts'
import { isMerged, openPullRequests, type PullRequest, readPullRequest } from '../git/pull-request.ts'
import { findRemoteBase } from './base.ts'
import { FlowError } from './flow-error.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import {
  confirm,
  findPlace,
  findWorkPlace,
  ghCall,
  type Place,
  partOf,
  passGates,
  shellQuote,
} from './workflow.ts'

interface MergePrOptions extends VerbOptions {
  readonly confirm?: string
  readonly base?: string
  readonly withoutChecks?: boolean
}

/** Adds the verb. */
export function addMergePr(program: Command, run: Run, io: Io): Command {
  return program
    .command('merge-pr')
    .argument('[number]', 'the pull request (default: the open one of this branch)', parseNumber)
    .description('squash and merge a reviewed change, through gh')
    .option('--confirm <number>', 'the pull request that is meant; asked for without it')
    .option('--base <branch>', 'the branch it has to go to (default: the default branch)')
    .option('--without-checks', 'merge where GitHub runs no check at all; never where one fails')
    .option('-n, --dry-run', 'check, and print what gh would be told; merge nothing')
    .action((number: number | undefined, options: MergePrOptions) =>
      run(options, () => mergePr(number, options, io)),
    )
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('want the number of a pull request')
}

async function mergePr(asked: number | undefined, options: MergePrOptions, io: Io): Promise<Report> {
  const place = await (asked === undefined ? findWorkPlace : findPlace)(io, options.home)
  const { top } = place
  const call = ghCall(io)
  const number = asked ?? (await findNumber(place, call))
  const request = await readPullRequest(top, number, call)
  const shown = render(request)
  verifyRequest(place, request, options)
  await judgeHead(place, request)
  const argv = ['pr', 'merge', String(number), '--squash', '--delete-branch']
  argv.push('--match-head-commit', request.headCommit)
  const dryRun = options.dryRun ?? false
  if (!dryRun) {
    const value = String(number)
    await confirm(io, { what: shown, want: `merge ${value}`, value, given: options.confirm })
    await runGh(top, argv, call)
  }
  const merged = !dryRun && (await isMerged(top, number, call))
  const next = `git switch ${shellQuote(request.base)} && git pull --ff-only`
  const text = dryRun
    ? [shown, `would run: gh ${argv.map(shellQuote).join(' ')}`]
    : merged
      ? [shown, `merged #${number} into ${request.base}`, `next: ${next}`]
      : [shown, `asked for: #${number} is queued and not merged yet`, `next: gh pr view ${number}`]
  const json = { ...request, merged, argv: ['gh', ...argv], next, dry_run: dryRun }
  return { exit: 0, json, text: text.join('\n') }
}

async function findNumber({ top, branch }: Place, call: Call): Promise<number> {
  const numbers = await openPullRequests(top, branch, call)
  if (numbers.length === 1) return numbers[0]!
  if (numbers.length === 0) {
    throw new FlowError('FLOW_NO_PR', `${branch} has no open pull request; next: infra create-pr`)
  }
  const message = `${branch} has several open pull requests; next: infra merge-pr <number>`
  throw new FlowError('FLOW_MANY_PRS', message, numbers.map(String))
}

function verifyRequest(place: Place, request: PullRequest, options: MergePrOptions): void {
  const { number, state, isDraft, isCrossRepository, base, mergeable, checks, files, fileCount } = request
  if (state !== 'OPEN' || isDraft) {
    const got = isDraft ? 'a draft' : plain(state.toLowerCase())
    throw new FlowError('FLOW_PR_NOT_OPEN', `#${number} is ${got} (want it open)`)
  }
  const want = options.base ?? place.defaultBranch
  if (base !== want)
    throw new FlowError('FLOW_WRONG_BASE', `#${number} goes to ${plain(base)} (want ${plain(want)})`)
  const foreign = files.filter(path => partOf(place, path) === null).map(plain)
  if (isCrossRepository) foreign.push('the branch lies in another repository')
  if (files.length !== fileCount) foreign.push(`${fileCount - files.length} files that gh did not name`)
  if (foreign.length > 0) {
    const message = `#${number} touches what is not the registry’s (want its own files only)`
    throw new FlowError('FLOW_FOREIGN_FILES', message, foreign)
  }
  const bad = checks.filter(({ verdict }) => verdict !== 'passed')
  if (bad.length > 0) {
    const details = bad.map(({ name, verdict }) => `${verdict}: ${plain(name)}`)
    throw new FlowError('FLOW_CHECKS_FAILING', `#${number} has checks that have not passed`, details)
  }
  if (checks.length === 0 && !options.withoutChecks) {
    const message = `#${number} has no checks; where GitHub runs none, infra merge-pr ${number} --without-checks`
    throw new FlowError('FLOW_CHECKS_MISSING', message)
  }
  if (mergeable === 'MERGEABLE') return
  const next = mergeable === 'CONFLICTING' ? 'next: infra replay' : 'GitHub may still be looking; try again'
  throw new FlowError(
    'FLOW_NOT_MERGEABLE',
    `#${number} is ${plain(mergeable.toLowerCase())} (want mergeable); ${next}`,
  )
}

/** Holds the commit that would be merged to what every pull request must pass. Throws `FLOW_GATES`. */
async function judgeHead(place: Place, { number, base, head, headCommit }: PullRequest): Promise<void> {
  const { commit } = await findRemoteBase(place.top, head, base)
  if ((await resolveCommit(place.top, headCommit)) === null) {
    const message = `#${number} has the commit ${headCommit.slice(0, 12)}, which is not known here`
    throw new FlowError('FLOW_UNKNOWN_HEAD', `${message}; next: git fetch`)
  }
  await passGates(place, commit, { pin: 'required', ref: headCommit })
}

function render({ number, title, base, head, headCommit, checks, files }: PullRequest): string {
  return [
    `#${number} ${plain(title)}`,
    `  ${plain(head)} (${headCommit.slice(0, 12)}) into ${plain(base)}`,
    ...checks.map(({ name, verdict }) => `  check  ${verdict}  ${plain(name)}`),
    ...files.map(path => `  file   ${plain(path)}`),
  ].join('\n')
}
