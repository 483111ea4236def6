// `infra finalize`: what a change needs before it is committed. It is judged, sealed, verified and activated, and then
// registry, changelog, run and pointer are staged, those and nothing else. A finalize that was interrupted is taken up
// where it stopped; whatever fails, the index is as it was.
//
//   gates ─► seal ─► activate ─► stage ─► gates, over what is staged ─► nothing else is changed
//                                └────────── on any failure: the index as before ──────────┘

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type LogLine, scanChangelog } from '../changelog/changelog.ts'
import type { Difference } from '../edit/diff.ts'
import { renderDiffText } from '../edit/render-diff.ts'
import { alteredByGit, readStaged, restoreStaged, stagePaths } from '../git/stage.ts'
import type { PathState } from '../git/status.ts'
import { activate } from '../publish/activate.ts'
import { type Pair, readPair } from '../publish/change.ts'
import { PublishError } from '../publish/error.ts'
import {
  CHANGELOG,
  CHANGELOG_SNAPSHOT,
  REGISTRY_SNAPSHOT,
  RUN_ROOT,
  WORKING_COPY,
} from '../publish/layout.ts'
import {
  holds,
  measureBytes,
  type RegistryRun,
  readActiveRun,
  readRegistryRun,
} from '../publish/registry-run.ts'
import { planSeal, sealRegistry } from '../publish/seal-registry.ts'
import { type ChangeSize, refuseChange } from '../registry/mass-change.ts'
import { POINTER_PATH } from '../seal/pointer.ts'
import { parseReason } from './activate.ts'
import { findBase, forkPoint } from './base.ts'
import { findDrift } from './drift.ts'
import { FlowError } from './flow-error.ts'
import { readPin } from './gate-pin.ts'
import { describeHome } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { commitSource } from './source.ts'
import { reasonOf, subjectOf } from './summary.ts'
import {
  findWorkPlace,
  type Place,
  partOf,
  passGates,
  readChanges,
  renderState,
  runOf,
  shellQuote,
  verifyQuiet,
} from './workflow.ts'

interface FinalizeOptions extends VerbOptions {
  readonly reason?: string
  readonly massChange?: boolean
  readonly includeDrift?: boolean
}

/** Adds the verb. */
export function addFinalize(program: Command, run: Run, io: Io): Command {
  return program
    .command('finalize')
    .description('check, seal, activate and stage the change of this branch')
    .option('--reason <text>', 'why; kept in the pointer (default: as the changelog says)', parseReason)
    .option('--mass-change', 'dropping or re-targeting a large part of the registry is meant')
    .option('--include-drift', 'publishing also what is no change of this branch is meant')
    .option('-n, --dry-run', 'check and show what would be done; write nothing')
    .action((options: FinalizeOptions) => run(options, () => finalize(options, io)))
}

/** What there is to do, as it was found. */
interface Work {
  readonly pair: Pair
  readonly active: RegistryRun | undefined
  /** The run that holds exactly this pair, where there is one already. */
  readonly sealed: string | null
  /** The lines that the active run does not have, or, where that is this change already, those of the branch. */
  readonly lines: readonly LogLine[]
  /** What would be published and is no change of this branch. */
  readonly drift: readonly Difference[]
  /** What is taken away from what is pinned where the branch began, which is what services have. */
  readonly change: ChangeSize | undefined
}

async function finalize(options: FinalizeOptions, io: Io): Promise<Report> {
  const { dryRun = false, massChange = false } = options
  const place = await findWorkPlace(io, options.home)
  await verifyQuiet(place)
  const states = await readChanges(place)
  verifyOwnChanges(place, states)
  const fork = await forkPoint(place, await findBase(place))
  await passGates(place, fork, { pin: 'optional' })
  const work = await findWork(place, states, fork)
  const reason = options.reason ?? reasonOf(work.lines, `the registry as it is on ${place.branch}`)
  const done = work.sealed !== null && work.sealed === work.active?.seal.runId
  if (done && states.every(({ tree }) => tree === ' ')) {
    if (states.length > 0) return report(place, work, { runId: work.sealed!, reason, dryRun, staged: [] })
    const next = "infra register <org>/<repo> --context <context> --reason '<why>'"
    throw new FlowError(
      'FLOW_NOTHING',
      `nothing to finalize: everything is sealed and committed; next: ${next}`,
    )
  }
  if (!options.includeDrift) verifyNoDrift(work)
  verifySize(work, massChange)
  verifyNoLooseRun(place, states, work)
  await verifyBytes(place)
  const request = { home: place.home, massChange, now: io.now }
  if (dryRun) {
    const provenance = { git_commit: null, working_tree_state: null }
    const runId = work.sealed ?? planSeal({ ...request, ...provenance }).run.runId
    return report(place, work, { runId, reason, dryRun, staged: [] })
  }
  const runId =
    work.sealed ?? (await sealRegistry({ ...request, ...(await describeHome(place.home)) })).run.runId
  const expect = work.active?.seal.root
  await activate({ home: place.home, runId, reason, now: io.now, ...(expect !== undefined && { expect }) })
  const staged = await stage(place, work, runId, fork)
  return report(place, work, { runId, reason, dryRun, staged })
}

/** Refuses what is not the registry's, and a sealed run that is not as it was committed. */
function verifyOwnChanges(place: Place, states: readonly PathState[]): void {
  const foreign = states.filter(({ path }) => partOf(place, path) === null)
  if (foreign.length > 0) {
    const message = 'files are changed that are not the registry’s own; commit, stash or remove them first'
    throw new FlowError('FLOW_FOREIGN_CHANGES', message, foreign.map(renderState))
  }
  const altered = states.filter(
    ({ path, index, tree }) =>
      runOf(place, path) !== null && `${index}${tree}` !== '??' && `${index}${tree}` !== 'A ',
  )
  if (altered.length === 0) return
  // What is staged for the first time is nowhere else: to unstage it, too, would be to lose it.
  const staged = altered.every(({ index }) => index === 'A')
  const next = staged ? 'git restore <path>' : 'git restore --staged --worktree <path>'
  const message = `a sealed run is never changed; next: ${next}`
  throw new FlowError('FLOW_SEALED_ALTERED', message, altered.map(renderState))
}

async function findWork(
  { home, prefix, top }: Place,
  states: readonly PathState[],
  fork: string,
): Promise<Work> {
  const pair = readPair(home)
  const active = readActiveRun(home)
  const runs = states.flatMap(({ path }) => runOf({ prefix }, path) ?? [])
  const candidates = [...(active === undefined ? [] : [active.seal.runId]), ...new Set(runs)]
  const source = await commitSource(top, prefix, fork)
  const pinned = (await readPin(source)).seal?.payload
  const change = pinned ? measureBytes(pinned, pair.registry) : undefined
  const marked = change?.verdict === 'mass'
  const sealed = candidates.find(runId => isSealed(home, runId, pair, marked)) ?? null
  const known = active?.seal.files.get(CHANGELOG_SNAPSHOT)
  const { lines } = scanChangelog(pair.changelog, join(top, prefix, CHANGELOG))
  const old = known === undefined ? 0 : scanChangelog(known, CHANGELOG_SNAPSHOT).lines.length
  const served = active?.seal.files.get(REGISTRY_SNAPSHOT)
  const began = scanChangelog((await source.read(CHANGELOG)) ?? new Uint8Array(), CHANGELOG).lines.length
  // After a rollback the active run has fewer lines than the branch began with: those are nobody's news.
  const fresh = lines.slice(Math.max(old, began))
  const branch = lines.slice(began)
  const drift = served === undefined ? [] : findDrift(served, pair.registry, branch)
  return { pair, active, sealed, lines: fresh.length > 0 ? fresh : branch, drift, change }
}

/** Tells whether a run holds this pair, and, where that is to be `marked`, says that a mass change is meant. */
function isSealed(home: string, runId: string, { registry, changelog }: Pair, marked: boolean): boolean {
  try {
    const run = readRegistryRun(home, runId)
    return (!marked || run.seal.run.mass_change) && holds(run, registry, changelog)
  } catch {
    return false // a run that cannot be verified holds nothing; if it is in the way, it is refused as a loose one
  }
}

/** Refuses a mass change of the whole branch that nobody said is meant (P5). */
function verifySize({ change, sealed }: Work, massChange: boolean): void {
  const next = 'infra finalize --mass-change'
  const refusal = change && refuseChange(change, massChange || sealed !== null, next)
  if (refusal !== undefined) throw new PublishError('PUBLISH_MASS_CHANGE', `${WORKING_COPY}: ${refusal}`)
}

/** Refuses what the working copy holds and the active run does not, unless this branch changed it. */
function verifyNoDrift({ drift, active }: Work): void {
  if (drift.length === 0) return
  const message =
    `the working copy differs from ${active!.seal.runId}, which is active, in what this branch does not change, as it ` +
    'does after a rollback; undo that here too, or, if it is meant: infra finalize --include-drift'
  throw new FlowError('FLOW_DRIFTED', message, renderDiffText(drift).trimEnd().split('\n'))
}

function verifyNoLooseRun(place: Place, states: readonly PathState[], { sealed, active }: Work): void {
  const loose = new Set(
    states.filter(({ index }) => index === '?').flatMap(({ path }) => runOf(place, path) ?? []),
  )
  for (const runId of [sealed, active?.seal.runId]) loose.delete(runId ?? '')
  if (loose.size === 0) return
  const message =
    'a sealed run is untracked and is not of this change; commit it by itself, or remove its folder'
  const folders = [...loose].sort().map(runId => join(place.prefix, RUN_ROOT, runId))
  throw new FlowError('FLOW_LOOSE_RUN', message, folders)
}

/** Refuses where git would store other bytes than those that are sealed. */
async function verifyBytes({ top, prefix }: Place): Promise<void> {
  const paths = [join(prefix, WORKING_COPY), join(prefix, CHANGELOG)]
  const altered = await alteredByGit(top, paths)
  if (altered.length === 0) return
  const message = `git would change the bytes it stores; next: put "${prefix}/** -text" into .gitattributes`
  throw new FlowError('FLOW_BYTES_ALTERED', message, altered)
}

async function stage(
  place: Place,
  { active }: Work,
  runId: string,
  fork: string,
): Promise<readonly string[]> {
  const { top, prefix, home } = place
  // The run that was active before this one may not be committed yet either.
  const runs = [runId, ...(active === undefined ? [] : [active.seal.runId])]
  const paths = [
    ...[WORKING_COPY, CHANGELOG, POINTER_PATH].map(path => join(prefix, path)),
    ...runs.flatMap(run => filesOf(home, run).map(path => join(prefix, path))),
  ]
  const before = await readStaged(top, paths)
  try {
    await stagePaths(top, paths)
    await passGates(place, fork, { pin: 'required', index: true })
    const left = (await readChanges(place)).filter(
      ({ tree, path }) => tree !== ' ' || partOf(place, path) === null,
    )
    if (left.length > 0) {
      const message = 'something else was changed meanwhile; look at it and finalize again'
      throw new FlowError('FLOW_CHANGED_MEANWHILE', message, left.map(renderState))
    }
  } catch (error) {
    await restoreStaged(top, paths, before)
    throw error
  }
  const after = await readStaged(top, paths)
  return paths.filter(path => before.get(path) !== after.get(path))
}

function filesOf(home: string, runId: string): string[] {
  const folder = join(RUN_ROOT, runId)
  return readdirSync(join(home, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath.slice(home.length + 1), entry.name))
    .sort()
}

function report(
  { branch }: Place,
  { lines, active, drift }: Work,
  {
    runId,
    reason,
    dryRun,
    staged,
  }: { runId: string; reason: string; dryRun: boolean; staged: readonly string[] },
): Report {
  const subject = subjectOf(lines)
  const before = active?.seal.runId ?? 'nothing was active'
  const next = [`git commit -m ${shellQuote(subject)}`, `git push -u origin ${shellQuote(branch)}`]
  const text = [
    `${dryRun ? 'would finalize' : 'finalized'} ${branch}`,
    `  run     ${runId}`,
    `  was     ${before === runId ? 'active already' : before}`,
    `  reason  ${reason}`,
    ...(drift.length === 0 ? [] : renderDiffText(drift).trimEnd().split('\n')).map(
      line => `  also    ${line}`,
    ),
    ...(dryRun ? [] : [...staged.map(path => `  staged  ${path}`), ...next.map(line => `next: ${line}`)]),
  ]
  const json = { branch, run_id: runId, reason, staged, commit_message: subject, next, dry_run: dryRun }
  return { exit: 0, json, text: text.join('\n') }
}
