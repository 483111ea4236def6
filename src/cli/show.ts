// `infra show <org>/<repo>`: what the service would answer for a repository, from the working copy, a commit or a
// sealed run, without asking anybody.

import { type Command, Option } from 'commander'
import { plain, quote } from '../core/diagnostic.ts'
import { blobSha, sha256 } from '../core/digest.ts'
import { HouseError } from '../core/error.ts'
import { buildMapSnapshot } from '../registry/map-snapshot.ts'
import { parseFullName } from '../registry/names.ts'
import type { RegistryInfo } from '../registry/snapshot.ts'
import { findPlace, type PlaceOptions, type Reading, readChosen } from './place.ts'
import type { Run } from './program.ts'
import type { Io, Report } from './report.ts'

/** The registry has no such entry, in the words of the service. */
export class ShowError extends HouseError<'invalid_name' | 'org_not_registered' | 'repo_not_registered'> {}

/** Adds the verb. */
export function addShow(program: Command, run: Run, io: Io): Command {
  const command = program.command('show <org/repo>').description('resolve a repository, as the service would')
  return addPlaceOptions(command).action((name: string, options: PlaceOptions) =>
    run(options, async () => show(await readChosen(await findPlace(io, options), options), name)),
  )
}

/** Adds the options that choose a registry. */
export function addPlaceOptions(command: Command): Command {
  return command
    .addOption(new Option('--ref <ref>', 'as it is in a commit, instead of in the working copy'))
    .addOption(new Option('--run <run>', 'as it is in a sealed run'))
}

function show(reading: Reading, text: string): Report {
  const name = parseFullName(text)
  if (name === undefined) throw new ShowError('invalid_name', `${quote(text)} (want <org>/<repo>)`)
  const { org, repo } = name
  const found = buildMapSnapshot(reading.document, infoOf(reading)).resolve(org, repo)
  if (found.outcome === 'org_not_registered') {
    throw new ShowError(found.outcome, `organisation ${org} is not in the registry (${reading.label})`)
  }
  if (found.outcome === 'repo_not_registered') {
    const route = `organisation ${found.org.org} is, with ${found.org.telemetry_repo}`
    throw new ShowError(
      found.outcome,
      `repository ${org}/${repo} is not in the registry (${reading.label}); ${route}`,
    )
  }
  const { entry } = found
  const registry = {
    schema_version: reading.document.schema_version,
    revision: reading.run?.root ?? null,
    run_id: reading.run?.runId ?? null,
    blob_sha: blobSha(reading.registry),
  }
  const rows = [
    ['state', entry.state],
    ['context', entry.context],
    ['telemetry', entry.telemetry_repo],
    ['reason', plain(entry.reason)],
    ['process', entry.process],
    ['registry', `${reading.label}, blob ${registry.blob_sha}`],
  ]
  const lines = rows.map(([key, value]) => `  ${key!.padEnd(9)}  ${value}`.trimEnd())
  return { exit: 0, json: { ...entry, registry }, text: [`${entry.org}/${entry.repo}`, ...lines].join('\n') }
}

/** What a snapshot is told of its registry; of this none is shown. */
export function infoOf({ registry, document, run }: Reading): RegistryInfo {
  const never = '1970-01-01T00:00:00Z'
  return {
    revision: run?.root ?? sha256(registry),
    schemaVersion: document.schema_version,
    runId: run?.runId ?? null,
    serial: null,
    blobSha: blobSha(registry),
    bytes: registry.byteLength,
    activatedAt: never,
    loadedAt: never,
  }
}
