// `infra replay`: the changes of this branch once more, on a default branch that has moved. Each is asked for again and
// judged again; nobody edits JSON. What comes of it is a merge whose tree is the default branch's with registry and log
// replayed, made beside the work tree and moved to in one step, so that the push needs no force.
//
//   old branch ──o──o──────────────o  merge: the tree of the base, registry and log replayed
//               /                 /   └ the old tip stays under refs/infra/backup/
//        ──o───o───o───o (base) ─┘

import { join } from 'node:path'
import type { Command } from 'commander'
import { renderChange } from '../changelog/change.ts'
import { parseChangelog } from '../changelog/changelog.ts'
import { plain } from '../core/diagnostic.ts'
import { renderCanonical } from '../core/json.ts'
import { type Conflict, planRebase } from '../edit/rebase.ts'
import { resolveCommit } from '../git/branch.ts'
import { runGit } from '../git/exec.ts'
import { writeCommit, writeTreeWith } from '../git/objects.ts'
import { CHANGELOG, WORKING_COPY } from '../publish/layout.ts'
import { withLock } from '../publish/lock.ts'
import { parseRegistry } from '../registry/parse.ts'
import { keepBackup } from './backup.ts'
import { type Base, findBase, forkPoint } from './base.ts'
import { FlowError } from './flow-error.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { commitSource, readPairOf } from './source.ts'
import { summarize } from './summary.ts'
import { findCleanPlace, type Place, passGates, shellQuote, verifyOwnFiles } from './workflow.ts'

interface ReplayOptions extends VerbOptions {
  readonly onto?: string
}

/** Adds the verb. */
export function addReplay(program: Command, run: Run, io: Io): Command {
  return program
    .command('replay')
    .description('make the changes of this branch again, on a default branch that has moved')
    .option('--onto <ref>', 'the commit to replay onto (default: the default branch, as known here)')
    .option('-n, --dry-run', 'check and show what would be done; change nothing')
    .action((options: ReplayOptions) => run(options, () => replay(options, io)))
}

async function replay(options: ReplayOptions, io: Io): Promise<Report> {
  const { dryRun = false } = options
  const place = await findCleanPlace(io, options.home)
  const base = await baseOf(place, options.onto)
  const fork = await forkPoint(place, base)
  if (fork === base.commit) {
    const json = { branch: place.branch, onto: base.name, changes: [], dropped: [], dry_run: dryRun }
    return { exit: 0, json, text: `${place.branch} stands on ${base.name} already; nothing to do` }
  }
  await verifyOwnFiles(place, fork, base.commit)
  // A registry that was edited by hand has no line to replay, and would be lost without a word.
  await passGates(place, fork, { pin: 'optional' })
  const plan = await planReplay(place, fork, base, io)
  if (dryRun) return report(place, base, plan, { dryRun, backup: null })
  const backup = await withLock(place.home, () => move(place, base, plan, io))
  return report(place, base, plan, { dryRun, backup })
}

async function baseOf(place: Place, onto: string | undefined): Promise<Base> {
  if (onto === undefined) return findBase(place)
  const commit = await resolveCommit(place.top, onto)
  if (commit !== null) return { name: plain(onto), commit }
  throw new FlowError('FLOW_UNKNOWN_BASE', `${plain(onto)}: no such commit here; next: git fetch`)
}

interface Plan {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly changes: readonly { readonly line: number; readonly change: Parameters<typeof renderChange>[0] }[]
  readonly dropped: readonly number[]
  readonly summary: string
}

async function planReplay({ top, prefix }: Place, fork: string, base: Base, io: Io): Promise<Plan> {
  const [old, head, moved] = await Promise.all(
    [fork, 'HEAD', base.commit].map(async commit => readPairOf(await commitSource(top, prefix, commit))),
  )
  const known = parseChangelog(old!.changelog, CHANGELOG).length
  const lines = parseChangelog(head!.changelog, CHANGELOG).slice(known)
  const before = parseChangelog(moved!.changelog, `${base.name}:${CHANGELOG}`)
  const document = parseRegistry(moved!.registry, `${base.name}:${WORKING_COPY}`)
  const lastTimestamp = before.at(-1)?.change.timestamp
  const rebase = planRebase(document, lines, { now: io.now(), lastTimestamp })
  if (!rebase.ok) {
    const message = `cannot be replayed onto ${base.name}; nothing was changed`
    throw new FlowError('FLOW_REPLAY_CONFLICT', message, rebase.conflicts.map(renderConflict))
  }
  const changes = rebase.changes.map((change, at) => ({ line: before.length + at + 1, change }))
  const log = Buffer.concat([moved!.changelog, Buffer.from(rebase.changes.map(renderChange).join(''))])
  const files: [string, Uint8Array][] = [
    [join(prefix, WORKING_COPY), Buffer.from(renderCanonical(rebase.document))],
    [join(prefix, CHANGELOG), log],
  ]
  return {
    files: new Map(changes.length === 0 ? [] : files),
    changes,
    dropped: rebase.dropped,
    summary: changes.length === 0 ? 'nothing is left to change' : summarize(changes),
  }
}

function renderConflict({ code, message, org, repo, lines }: Conflict): string {
  const where = lines.length === 1 ? `line ${lines[0]}` : `lines ${lines.join(', ')}`
  return `${repo === null ? org : `${org}/${repo}`} (${where}): ${code} ${message}`
}

async function move(place: Place, base: Base, { files, summary }: Plan, io: Io): Promise<string> {
  const { top, branch } = place
  const tip = (await resolveCommit(top, 'HEAD'))!
  const tree = await writeTreeWith(top, base.commit, files)
  const message = `infra: replay onto ${base.name}: ${summary}\n`
  const merge = await writeCommit(top, tree, [tip, base.commit], message)
  const backup = await keepBackup(top, branch, tip, io.now())
  // A file that was only touched is taken for a changed one by reset, which does not look again.
  await runGit(top, ['update-index', '-q', '--refresh'])
  // --keep touches nothing that is not committed, and refuses where it would have to.
  await runGit(top, ['reset', '--quiet', '--keep', merge])
  return backup
}

function report(
  { branch }: Place,
  base: Base,
  { changes, dropped, summary }: Plan,
  { dryRun, backup }: { dryRun: boolean; backup: string | null },
): Report {
  const next = changes.length === 0 ? 'infra abort' : 'infra finalize'
  const text = [
    `${dryRun ? 'would replay' : 'replayed'} ${branch} onto ${base.name}: ${summary}`,
    ...dropped.map(line => `  line ${line} is not written again: what it says is so already`),
    ...(backup === null
      ? []
      : [`  the branch as it was: ${backup}`, `  back to it: git reset --keep ${shellQuote(backup)}`]),
    ...(dryRun ? [] : [`next: ${next}`]),
  ]
  const json = {
    ...{ branch, onto: base.name, changes: changes.map(({ change }) => change), dropped },
    ...{ backup, next, dry_run: dryRun },
  }
  return { exit: 0, json, text: text.join('\n') }
}
