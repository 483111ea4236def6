// `infra log [<org>/<repo>]`: what was done to the registry and why, all of it or of one entry, oldest first.

import type { Command } from 'commander'
import type { Change } from '../changelog/change.ts'
import { type LogLine, parseChangelog } from '../changelog/changelog.ts'
import { plain, quote } from '../core/diagnostic.ts'
import { foldName, isOwnerName, parseFullName } from '../registry/names.ts'
import { renderTable } from './list.ts'
import { findPlace, type PlaceOptions, readChosen } from './place.ts'
import type { Run } from './program.ts'
import type { Io, Report } from './report.ts'
import { addPlaceOptions } from './show.ts'
import { UsageError } from './words.ts'

/** Adds the verb. */
export function addLog(program: Command, run: Run, io: Io): Command {
  const command = program.command('log [org/repo]').description('tell what was changed, when and why')
  return addPlaceOptions(command).action((name: string | undefined, options: PlaceOptions) =>
    run(options, () => log(name, options, io)),
  )
}

async function log(name: string | undefined, options: PlaceOptions, io: Io): Promise<Report> {
  const isWanted = selector(name)
  const { changelog, changelogFile } = await readChosen(await findPlace(io, options), options)
  const lines = parseChangelog(changelog, changelogFile).filter(({ change }) => isWanted(change))
  const text = lines.length === 0 ? 'no change is logged' : renderTable(lines.map(rowOf)).join('\n')
  return { exit: 0, json: { lines: lines.map(({ line, change }) => ({ line, ...change })) }, text }
}

function selector(name: string | undefined): (change: Change) => boolean {
  if (name === undefined) return () => true
  const full = parseFullName(name)
  if (full === undefined && !isOwnerName(name)) {
    throw new UsageError('USAGE_BAD_TARGET', `${quote(name)} (want <org>/<repo>, or <org>)`)
  }
  const org = foldName(full?.org ?? name)
  return change => {
    if (foldName(change.owner) !== org) return false
    if (full === undefined) return true
    // What happens to the organisation happens to each of its entries.
    return !('repo' in change) || foldName(change.repo) === foldName(full.repo)
  }
}

function rowOf({ change }: LogLine): string[] {
  const { timestamp, action, owner, reason = '' } = change
  return [
    timestamp,
    action,
    'repo' in change ? `${owner}/${change.repo}` : owner,
    whatOf(change),
    plain(reason),
  ]
}

function whatOf(change: Change): string {
  const telemetry = 'telemetry_repo' in change ? change.telemetry_repo : undefined
  if (change.action === 'retarget-org') return `-> ${change.owner}/${telemetry}`
  return ('context' in change && change.context) || ''
}
