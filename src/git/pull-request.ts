// A pull request as `gh` tells of it, read strictly: a member that is missing or of another kind is an answer that
// cannot be believed, and never a pass.

import type { Call } from './exec.ts'
import { askGh, GhError } from './gh.ts'

/** One check of the head commit. */
export interface Check {
  readonly name: string
  readonly verdict: 'passed' | 'failed' | 'pending'
}

export interface PullRequest {
  readonly number: number
  readonly title: string
  readonly url: string
  readonly state: string
  readonly isDraft: boolean
  readonly isCrossRepository: boolean
  readonly base: string
  readonly head: string
  /** The commit that is judged, and the only one that may be merged. */
  readonly headCommit: string
  readonly mergeable: string
  readonly checks: readonly Check[]
  readonly files: readonly string[]
  /** How many files there are: a list is cut off at a hundred. */
  readonly fileCount: number
}

const FIELDS = [
  ...['number', 'title', 'url', 'state', 'isDraft', 'isCrossRepository', 'baseRefName', 'headRefName'],
  ...['headRefOid', 'mergeable', 'statusCheckRollup', 'files', 'changedFiles'],
].join(',')

/** Returns what GitHub knows of pull request `number`. Throws `GhError`. */
export async function readPullRequest(top: string, number: number, call: Call = {}): Promise<PullRequest> {
  return parsePullRequest(await askGh(top, ['pr', 'view', String(number), '--json', FIELDS], call), number)
}

/** Returns the numbers of the open pull requests of `branch`; of many, the first few. Throws `GhError`. */
export async function openPullRequests(
  top: string,
  branch: string,
  call: Call = {},
): Promise<readonly number[]> {
  const args = ['pr', 'list', '--head', branch, '--state', 'open', '--limit', '5', '--json', 'number']
  const found = await askGh(top, args, call)
  return list(found, 'list').map(one => need(one, 'number', 'number'))
}

/** A pull request as a list tells of it. */
export interface ListedRequest {
  readonly number: number
  readonly state: string
  readonly headCommit: string
}

/** Returns the pull requests, of any state, that were made of `branch` in this repository. Throws `GhError`. */
export async function listPullRequests(
  top: string,
  branch: string,
  call: Call = {},
): Promise<readonly ListedRequest[]> {
  const fields = 'number,state,headRefOid,isCrossRepository'
  const args = ['pr', 'list', '--head', branch, '--state', 'all', '--limit', '20', '--json', fields]
  return list(await askGh(top, args, call), 'list')
    .filter(one => !need(one, 'isCrossRepository', 'boolean'))
    .map(one => ({
      number: need(one, 'number', 'number'),
      state: need(one, 'state', 'string'),
      headCommit: commitOf(one),
    }))
}

/** Tells whether pull request `number` is merged now; where merges are queued, it may not be yet. */
export async function isMerged(top: string, number: number, call: Call = {}): Promise<boolean> {
  const said = await askGh(top, ['pr', 'view', String(number), '--json', 'state'], call)
  return need(said, 'state', 'string') === 'MERGED'
}

/** Parses what `gh pr view` said. Throws `GH_BAD_ANSWER`. */
export function parsePullRequest(said: unknown, number: number): PullRequest {
  if (need(said, 'number', 'number') !== number) throw bad('number', `want ${number}`)
  const members = said as Readonly<Record<string, unknown>>
  return {
    number,
    title: need(said, 'title', 'string'),
    url: need(said, 'url', 'string'),
    state: need(said, 'state', 'string'),
    isDraft: need(said, 'isDraft', 'boolean'),
    isCrossRepository: need(said, 'isCrossRepository', 'boolean'),
    base: need(said, 'baseRefName', 'string'),
    head: need(said, 'headRefName', 'string'),
    headCommit: commitOf(said),
    mergeable: need(said, 'mergeable', 'string'),
    checks: list(members.statusCheckRollup ?? [], 'statusCheckRollup').map(parseCheck),
    files: list(members.files, 'files').map(file => need(file, 'path', 'string')),
    fileCount: need(said, 'changedFiles', 'number'),
  }
}

/** Git is asked about this word: it has to be nothing but a commit. */
function commitOf(said: unknown): string {
  const commit = need(said, 'headRefOid', 'string')
  if (/^[0-9a-f]{40,64}$/.test(commit)) return commit
  throw bad('headRefOid', 'want a commit')
}

/** A check run has a status and a conclusion, a commit status has a state; only what is known to be good has passed. */
function parseCheck(said: unknown): Check {
  const { name, context, status, conclusion, state } = object(said, 'statusCheckRollup')
  const label = typeof name === 'string' ? name : typeof context === 'string' ? context : 'unnamed'
  if (typeof state === 'string') {
    const pending = state === 'PENDING' || state === 'EXPECTED'
    return { name: label, verdict: state === 'SUCCESS' ? 'passed' : pending ? 'pending' : 'failed' }
  }
  if (status !== 'COMPLETED') return { name: label, verdict: 'pending' }
  const passed = conclusion === 'SUCCESS' || conclusion === 'NEUTRAL' || conclusion === 'SKIPPED'
  return { name: label, verdict: passed ? 'passed' : 'failed' }
}

interface Kinds {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
}

function need<Kind extends keyof Kinds>(said: unknown, key: string, kind: Kind): Kinds[Kind] {
  const value = object(said, key)[key]
  if (typeof value !== kind) throw bad(key, `want a ${kind}`)
  return value as Kinds[Kind]
}

function list(said: unknown, what: string): readonly unknown[] {
  if (Array.isArray(said)) return said
  throw bad(what, 'want a list')
}

function object(said: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof said === 'object' && said !== null) return said as Readonly<Record<string, unknown>>
  throw bad(what, 'want an object')
}

function bad(what: string, want: string): GhError {
  return new GhError('GH_BAD_ANSWER', `gh pr: ${what} is not what was asked for (${want})`)
}
