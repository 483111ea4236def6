// `infra create-pr`: asks for the review of a change. The commits are judged first, as a reviewer would: only the
// registry's own files, all of it pushed, every gate passed; the body is the difference in meaning, by risk.

import { join } from 'node:path'
import type { Command } from 'commander'
import { type LogLine, scanChangelog } from '../changelog/changelog.ts'
import { plain } from '../core/diagnostic.ts'
import { diffRegistries } from '../edit/diff.ts'
import { renderDiffMarkdown } from '../edit/render-diff.ts'
import { countApart, resolveCommit, upstreamOf } from '../git/branch.ts'
import { changedFiles } from '../git/commit-range.ts'
import { runGh } from '../git/gh.ts'
import { CHANGELOG, WORKING_COPY } from '../publish/layout.ts'
import { parseRegistry } from '../registry/parse.ts'
import { type Base, findRemoteBase, forkPoint } from './base.ts'
import { FlowError } from './flow-error.ts'
import { readPin } from './gate-pin.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { commitSource, type Pair, readPairOf, type Source } from './source.ts'
import { subjectOf } from './summary.ts'
import {
  findCleanPlace,
  ghCall,
  type Place,
  partOf,
  passGates,
  shellQuote,
  verifyOwnFiles,
} from './workflow.ts'

interface CreatePrOptions extends VerbOptions {
  readonly base?: string
  readonly title?: string
}

/** Adds the verb. */
export function addCreatePr(program: Command, run: Run, io: Io): Command {
  return program
    .command('create-pr')
    .description('ask for the review of this branch, through gh')
    .option('--base <branch>', 'the branch to merge into (default: the default branch)')
    .option('--title <text>', 'the title (default: what the changelog says)')
    .option('-n, --dry-run', 'check, and print what gh would be told; tell it nothing')
    .action((options: CreatePrOptions) => run(options, () => createPr(options, io)))
}

async function createPr(options: CreatePrOptions, io: Io): Promise<Report> {
  const place = await findCleanPlace(io, options.home)
  const { top } = place
  const into = options.base ?? place.defaultBranch
  const base = await findRemoteBase(top, place.branch, into)
  const fork = await forkPoint(place, base)
  const [ahead] = await countApart(top, 'HEAD', base.commit)
  if (ahead === 0)
    throw new FlowError('FLOW_NO_COMMITS', `${place.branch} has no commit that ${base.name} has not`)
  const head = await verifyPushed(place)
  await verifyOwnFiles(place, fork, base.commit)
  await verifyNotBehind(place, fork, base)
  await passGates(place, base.commit, { pin: 'required' })
  const { lines, body } = await describeChange(place, base)
  const title = options.title ?? subjectOf(lines)
  const argv = ['pr', 'create', '--base', into, '--head', head, '--title', title, '--body-file', '-']
  const dryRun = options.dryRun ?? false
  // The body goes over standard input: an argument may be too long for the system.
  const url = dryRun ? null : (await runGh(top, argv, { ...ghCall(io), input: body })).trim()
  const text = dryRun
    ? [`would run: gh ${argv.map(shellQuote).join(' ')}`, '', body.trimEnd()]
    : [`opened ${plain(url!)}`, `  ${title}`, 'next: infra merge-pr']
  return {
    exit: 0,
    json: { url, title, argv: ['gh', ...argv], body, dry_run: dryRun },
    text: text.join('\n'),
  }
}

/** Returns the name of the branch on the remote, which has to hold exactly what is here. */
async function verifyPushed({ top, branch }: Place): Promise<string> {
  const upstream = await upstreamOf(top, branch)
  const there = upstream === null ? null : await resolveCommit(top, upstream.ref)
  if (upstream === null || there === null) {
    const next = `git push -u origin ${shellQuote(branch)}`
    throw new FlowError('FLOW_UNPUSHED', `${branch} is not on the remote; next: ${next}`)
  }
  const [ahead, behind] = await countApart(top, 'HEAD', there)
  if (ahead === 0 && behind === 0) return upstream.branch
  const name = `${upstream.remote}/${upstream.branch}`
  const message = `${branch} is ${ahead} commits ahead of ${name} and ${behind} behind (want neither)`
  throw new FlowError(
    'FLOW_UNPUSHED',
    `${message}; next: ${behind === 0 ? 'git push' : 'git pull --ff-only'}`,
  )
}

async function verifyNotBehind(place: Place, fork: string, base: Base): Promise<void> {
  const moved = (await changedFiles(place.top, fork, base.commit)).filter(({ path }) => partOf(place, path))
  if (moved.length === 0) return
  const message = `${base.name} has changed the registry since ${place.branch} left it`
  throw new FlowError('FLOW_BEHIND', `${message}; next: infra replay`)
}

async function describeChange(
  { top, prefix }: Place,
  base: Base,
): Promise<{ lines: readonly LogLine[]; body: string }> {
  const from = await commitSource(top, prefix, base.commit)
  const before = await readPairOrNone(from)
  // What is served counts, which after a rollback is not what the working copy holds.
  const served = (await readPin(from)).seal?.payload ?? before?.registry
  const after = await readPairOf(await commitSource(top, prefix, 'HEAD'))
  const document = parseRegistry(after.registry, join(prefix, WORKING_COPY))
  const old = served === undefined ? { ...document, orgs: {} } : parseRegistry(served, WORKING_COPY)
  const known = before?.changelog.byteLength ?? 0
  const added = Buffer.from(after.changelog.subarray(known)).toString('utf8')
  const { lines } = scanChangelog(Buffer.from(added), CHANGELOG)
  const diff = renderDiffMarkdown(diffRegistries(old, document))
  return { lines, body: `## What changes\n\n${diff}\n## What the log says\n\n${fence(added)}` }
}

async function readPairOrNone(source: Source): Promise<Pair | null> {
  return (await source.read(WORKING_COPY)) === null ? null : readPairOf(source)
}

// With the difference before it, a body stays under the 65,536 characters that GitHub takes.
const MAX_LOG_LENGTH = 12_000

/** A fence longer than any in the text: no reason can close it and go on as Markdown. */
function fence(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length)
  const ticks = '`'.repeat(Math.max(2, ...runs) + 1)
  const cut = text.length <= MAX_LOG_LENGTH ? text : text.slice(0, text.lastIndexOf('\n', MAX_LOG_LENGTH) + 1)
  const rest = text.slice(cut.length).split('\n').length - 1
  return `${ticks}json\n${cut}${ticks}\n${rest === 0 ? '' : `\n${rest} more lines.\n`}`
}
