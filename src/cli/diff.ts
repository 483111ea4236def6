// `infra diff [<from>] [<to>]`: what two registries say differently, the most dangerous first. Each side is a sealed run
// or a git ref; without any, what the working copy changes of the last commit.

import { type Command, Option } from 'commander'
import { diffRegistries } from '../edit/diff.ts'
import { buildDiffReport, renderDiffMarkdown, renderDiffText } from '../edit/render-diff.ts'
import { findPlace, readChosen, readNamed } from './place.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'

interface DiffOptions extends VerbOptions {
  readonly format: 'text' | 'json' | 'markdown'
  readonly exitCode?: boolean
}

/** Adds the verb. */
export function addDiff(program: Command, run: Run, io: Io): Command {
  return program
    .command('diff [from] [to]')
    .description('compare two registries: runs, commits, the working copy')
    .addOption(new Option('--format <format>', 'how').choices(['text', 'json', 'markdown']).default('text'))
    .option('--exit-code', 'exit 1 if there is a difference')
    .action((from: string | undefined, to: string | undefined, options: DiffOptions) =>
      run({ ...options, json: options.json || options.format === 'json' }, () => diff(from, to, options, io)),
    )
}

async function diff(
  from: string | undefined,
  to: string | undefined,
  options: DiffOptions,
  io: Io,
): Promise<Report> {
  const place = await findPlace(io, options)
  const before = await readNamed(place, from ?? 'HEAD')
  const after = to === undefined ? await readChosen(place, {}) : await readNamed(place, to)
  const differences = diffRegistries(before.document, after.document)
  const text =
    options.format === 'markdown' ? renderDiffMarkdown(differences).trimEnd() : renderDiffText(differences)
  const json = { from: before.label, to: after.label, ...buildDiffReport(differences) }
  return { exit: options.exitCode && differences.length > 0 ? 1 : 0, json, text }
}
