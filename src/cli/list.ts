// `infra list`: the registered repositories, filtered as the service filters `/repos`, in the order of the registry.

import { type Command, Option } from 'commander'
import { plain } from '../core/diagnostic.ts'
import { buildMapSnapshot } from '../registry/map-snapshot.ts'
import type { Entry, Filter } from '../registry/snapshot.ts'
import { finish } from '../registry/steps.ts'
import { findPlace, type PlaceOptions, readChosen } from './place.ts'
import type { Run } from './program.ts'
import type { Io, Report } from './report.ts'
import { addPlaceOptions, infoOf } from './show.ts'

interface ListOptions extends PlaceOptions, Filter {}

/** Adds the verb. */
export function addList(program: Command, run: Run, io: Io): Command {
  const command = program
    .command('list')
    .description('list the registered repositories')
    .addOption(new Option('--org <org>', 'of one organisation'))
    .addOption(new Option('--state <state>', 'in one state').choices(['enabled', 'disabled']))
    .addOption(new Option('--context <context>', 'in one context').choices(['sandbox', 'production']))
    .addOption(new Option('--q <text>', 'with this in <org>/<repo>'))
  return addPlaceOptions(command).action((options: ListOptions) => run(options, () => list(options, io)))
}

async function list(options: ListOptions, io: Io): Promise<Report> {
  const reading = await readChosen(await findPlace(io, options), options)
  const { org, state, context, q } = options
  const filter = {
    ...(org !== undefined && { org }),
    ...(state !== undefined && { state }),
    ...(context !== undefined && { context }),
    ...(q !== undefined && { q }),
  }
  const snapshot = buildMapSnapshot(reading.document, infoOf(reading))
  const { items, total } = finish(snapshot.repos(filter, { from: 0, limit: Number.MAX_SAFE_INTEGER }))
  return { exit: 0, json: { items, total }, text: render(items, total, snapshot.counts.total) }
}

function render(items: readonly Entry[], total: number, all: number): string {
  const rows = items.map(({ org, repo, state, context, telemetry_repo, reason }) => [
    `${org}/${repo}`,
    state,
    context,
    telemetry_repo,
    plain(reason),
  ])
  const count = total === all ? `${total} registered` : `${total} of ${all} registered`
  return [...renderTable(rows), count].join('\n')
}

/** Renders rows of cells as lines, each column as wide as its widest cell. */
export function renderTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  }
  return rows.map(row =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  )
}
