// What the steps from branch to merge share: where we stand, which files are ours to change, and the gates as a refusal.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { plain, renderDiagnostic } from '../core/diagnostic.ts'
import { currentBranch, defaultBranch, gitPaths } from '../git/branch.ts'
import { changedFiles, touchedFiles } from '../git/commit-range.ts'
import type { Call } from '../git/exec.ts'
import { IN_PROGRESS, type PathState, readStatus } from '../git/status.ts'
import { CHANGELOG, RUN_ROOT, STAGING, WORKING_COPY } from '../publish/layout.ts'
import { isRunId } from '../seal/grammar.ts'
import { POINTER_PATH } from '../seal/pointer.ts'
import { FlowError } from './flow-error.ts'
import { type GateRequest, runGates } from './gates.ts'
import { findHome, placeInTree } from './home.ts'
import type { Io } from './report.ts'
import { commitSource, indexSource } from './source.ts'

/** Where a step of the workflow stands. */
export interface Place {
  readonly home: string
  /** The top folder of the repository. */
  readonly top: string
  /** The home, relative to `top`. */
  readonly prefix: string
  readonly branch: string
  readonly defaultBranch: string
}

/** Returns where we stand. Throws `FLOW_NO_REPOSITORY`, `FLOW_DETACHED` or `FLOW_NO_DEFAULT_BRANCH`. */
export async function findPlace(io: Io, option: string | undefined): Promise<Place> {
  const home = await findHome(io, option)
  const place = await placeInTree(home)
  if (place === null) throw new FlowError('FLOW_NO_REPOSITORY', `${home}: lies in no git repository`)
  const { top, path: prefix } = place
  const branch = await currentBranch(top)
  if (branch === null)
    throw new FlowError('FLOW_DETACHED', 'HEAD is detached (want a branch); next: git switch <branch>')
  const main = await defaultBranch(top)
  if (main === null) {
    const next = 'git remote set-head origin --auto'
    throw new FlowError(
      'FLOW_NO_DEFAULT_BRANCH',
      `cannot tell which branch is the default one; next: ${next}`,
    )
  }
  // Git answers with every link resolved, and only such a path lies in `top`.
  return { home: join(top, prefix), top, prefix, branch, defaultBranch: main }
}

/** Returns where we stand, on a branch that may be changed. Throws as `findPlace`, and `FLOW_ON_DEFAULT_BRANCH`. */
export async function findWorkPlace(io: Io, option: string | undefined): Promise<Place> {
  const place = await findPlace(io, option)
  if (place.branch !== place.defaultBranch) return place
  const message = `${place.branch} is the default branch (want a branch of its own)`
  throw new FlowError('FLOW_ON_DEFAULT_BRANCH', `${message}; next: infra new-branch <name>`)
}

/** Returns where we stand, with nothing under way and nothing that is not committed. Throws as what it looks at. */
export async function findCleanPlace(io: Io, option: string | undefined): Promise<Place> {
  const place = await findWorkPlace(io, option)
  await verifyQuiet(place)
  await verifyClean(place)
  return place
}

/** What a path is to the registry, or `null` for what is not its own. */
export type Part = 'registry' | 'changelog' | 'pointer' | 'run'

/** Returns what `path`, relative to the top folder, is to the registry. */
export function partOf({ prefix }: Place, path: string): Part | null {
  if (path === join(prefix, WORKING_COPY)) return 'registry'
  if (path === join(prefix, CHANGELOG)) return 'changelog'
  if (path === join(prefix, POINTER_PATH)) return 'pointer'
  return runOf({ prefix }, path) === null ? null : 'run'
}

/** Returns the run that `path`, relative to the top folder, is a file of, or `null`. */
export function runOf({ prefix }: Pick<Place, 'prefix'>, path: string): string | null {
  const runs = `${join(prefix, RUN_ROOT)}/`
  const [runId = '', ...rest] = path.startsWith(runs) ? path.slice(runs.length).split('/') : []
  return rest.length > 0 && isRunId(runId) ? runId : null
}

/** Refuses while git is in the middle of something, or another git is at work. Throws `FLOW_BUSY`. */
export async function verifyQuiet({ top }: Place): Promise<void> {
  const paths = await gitPaths(
    top,
    UNDER_WAY.map(([file]) => file),
  )
  const found = UNDER_WAY.find((_, at) => existsSync(paths[at]!))
  if (found !== undefined) throw new FlowError('FLOW_BUSY', `${found[1]}; next: git status`)
}

const UNDER_WAY: readonly (readonly [file: string, what: string])[] = [
  ...IN_PROGRESS.map(([file, what]) => [file, `a ${what} is in progress`] as const),
  // Never removed by age: who left it may still be writing.
  ['index.lock', 'another git is at work, or one died and left index.lock behind'],
]

/** Returns what is not as committed; what a writer that died left behind is swept by the next one, and is not it. */
export async function readChanges({ top, prefix }: Place): Promise<readonly PathState[]> {
  const left = [`${join(prefix, STAGING)}/`, join(prefix, LOCK)]
  const states = await readStatus(top)
  return states.filter(({ index, path }) => index !== '?' || !left.some(start => path.startsWith(start)))
}

const LOCK = '.codex/LOCK'

/** Refuses whatever is changed, staged or untracked. Throws `FLOW_NOT_CLEAN`. */
export async function verifyClean(place: Place): Promise<void> {
  const states = await readChanges(place)
  if (states.length === 0) return
  const message = `the work tree is not clean (want no change, nothing staged, nothing untracked)`
  throw new FlowError('FLOW_NOT_CLEAN', `${message}; next: git status`, states.map(renderState))
}

/** Renders the state of a path as git does. */
export function renderState({ index, tree, path }: PathState): string {
  return `${index}${tree} ${plain(path)}`
}

/** Refuses commits that touch what is not the registry's, or alter a sealed run. Throws `FLOW_FOREIGN_FILES`. */
export async function verifyOwnFiles(place: Place, fork: string, from: string): Promise<void> {
  const foreign = await foreignFiles(place, fork, from)
  if (foreign.length === 0) return
  const message = `commits of ${place.branch} touch what is not the registry's (want its own files only)`
  throw new FlowError('FLOW_FOREIGN_FILES', message, foreign)
}

/** Returns what the commits of the branch touch besides the registry's own files; of sealed runs, what is not new. */
export async function foreignFiles(place: Place, fork: string, from: string): Promise<readonly string[]> {
  const changes = await changedFiles(place.top, fork, 'HEAD')
  const touched = await touchedFiles(place.top, from, 'HEAD')
  const foreign = new Set(
    [...touched, ...changes.map(({ path }) => path)].filter(path => partOf(place, path) === null).map(plain),
  )
  for (const { status, path } of changes) {
    const altered = partOf(place, path) === 'run' && status !== 'A'
    if (altered || (status !== 'M' && status !== 'A')) foreign.add(`${plain(path)} (${status})`)
  }
  return [...foreign].sort()
}

/** What is judged: the working copy, unless the index or a commit is named. */
export interface Judged extends Pick<GateRequest, 'pin'> {
  readonly index?: boolean
  readonly ref?: string
}

/** Runs the gates, against `base` where that commit has a registry. Throws `FLOW_GATES` with every fault. */
export async function passGates(place: Place, base: string, { pin, index, ref }: Judged): Promise<void> {
  const { home, top, prefix } = place
  // The first registry of a repository has nothing before it to be held against.
  const before = await (await commitSource(top, prefix, base)).read(WORKING_COPY)
  const gates = await runGates({
    ...{ home, top, pin },
    ...(before !== null && { against: base }),
    ...(index && { source: indexSource(top, prefix) }),
    ...(ref !== undefined && { source: await commitSource(top, prefix, ref) }),
  })
  const failed = gates.filter(({ ok }) => !ok)
  if (failed.length === 0) return
  const faults = failed.flatMap(gate => gate.faults).filter(({ severity }) => severity === 'error')
  const names = failed.map(({ name }) => name).join(', ')
  const words = [
    ...['check', ...(index ? ['--index'] : [])],
    ...(ref === undefined ? [] : ['--ref', ref.slice(0, 12)]),
    ...(pin === 'required' ? ['--strict'] : []),
    ...(before === null ? [] : ['--against', base.slice(0, 12)]),
  ]
  throw new FlowError(
    'FLOW_GATES',
    `does not pass: ${names}; next: infra ${words.join(' ')}`,
    faults.map(renderDiagnostic),
  )
}

/** What has to be confirmed, and how. */
export interface Confirmation {
  /** What is shown before the question. */
  readonly what: string
  /** What has to be typed. */
  readonly want: string
  /** What `--confirm` takes in its place. */
  readonly value: string
  /** What `--confirm` was given. */
  readonly given: string | undefined
}

/** Asks, unless `--confirm` has told. Throws `FLOW_UNCONFIRMED` for anything else, and for the end of the input. */
export async function confirm(io: Io, { what, want, value, given }: Confirmation): Promise<void> {
  if (given === value) return
  const refuse = (why: string): FlowError => {
    const how = `type ${want}, or say --confirm ${shellQuote(value)}`
    return new FlowError('FLOW_UNCONFIRMED', `${why}; nothing was done (want it confirmed: ${how})`)
  }
  if (given !== undefined) throw refuse(`--confirm ${plain(given)} confirms something else`)
  const answer = (await io.ask?.(`${what}\nType ${want} to go on: `)) ?? null
  if (answer === null) throw refuse('the input ended')
  if (answer.trim() !== want) throw refuse(`${plain(answer.trim()) || 'an empty line'} was typed`)
}

/** Returns how `gh` is called in this invocation. */
export function ghCall({ ghDeadlineMs }: Io): Call {
  return ghDeadlineMs === undefined ? {} : { deadlineMs: ghDeadlineMs }
}

/** Returns a word as a shell takes it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
