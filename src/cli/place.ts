// Which registry a reading verb is asked about: the working copy unless told otherwise, a commit, the index, or a
// sealed run, each read and never written.

import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Digest } from '../core/digest.ts'
import { CHANGELOG, CHANGELOG_SNAPSHOT, REGISTRY_SNAPSHOT, runsOf, WORKING_COPY } from '../publish/layout.ts'
import { parseRegistry } from '../registry/parse.ts'
import type { RegistryDocument } from '../registry/schema.ts'
import { isRunId } from '../seal/grammar.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { verifySeal } from '../seal/verify.ts'
import { findHome, placeInTree } from './home.ts'
import type { VerbOptions } from './program.ts'
import type { Io } from './report.ts'
import { commitSource, indexSource, readPairOf, type Source, SourceError, workingSource } from './source.ts'

/** The options that choose a registry. */
export interface PlaceOptions extends VerbOptions {
  readonly ref?: string
  readonly run?: string
}

/** A home and the repository around it, where there is one. */
export interface Place {
  readonly home: string
  readonly top: string | null
  /** The home relative to `top`; its path as a person sees it outside a repository. */
  readonly prefix: string
}

/** A registry that was read, with its changelog and how both are named. */
export interface Reading {
  readonly label: string
  readonly registryFile: string
  readonly changelogFile: string
  readonly registry: Uint8Array
  readonly changelog: Uint8Array
  readonly document: RegistryDocument
  /** The sealed run it was read from, verified. */
  readonly run: { readonly runId: string; readonly root: Digest } | null
}

/** Returns where we stand. Throws `HOME_MISSING`. */
export async function findPlace(io: Io, options: VerbOptions): Promise<Place> {
  const home = await findHome(io, options.home)
  const place = await placeInTree(home)
  if (place !== null) return { home, top: place.top, prefix: place.path }
  return { home, top: null, prefix: relative(io.cwd, home) || '.' }
}

/** Reads the registry that `options` choose. Throws `SourceError`, `SealError` or `RegistryError`. */
export async function readChosen(place: Place, { ref, run }: PlaceOptions): Promise<Reading> {
  if (ref !== undefined && run !== undefined) {
    throw new SourceError('SOURCE_TWO_PLACES', '--ref and --run name two registries (want one)')
  }
  if (run !== undefined) return readRun(place, run)
  return readSource(ref === undefined ? workingSource(place.home, place.prefix) : await refSource(place, ref))
}

/** Reads what `word` names: a sealed run of the home, or else a git ref. Throws as `readChosen` does. */
export async function readNamed(place: Place, word: string): Promise<Reading> {
  if (isRunId(word) && existsSync(join(runsOf(place.home), word))) return readRun(place, word)
  return readSource(await refSource(place, word))
}

/** Returns the home in the commit that `ref` names. Throws `SourceError`. */
export async function refSource({ top, prefix }: Place, ref: string): Promise<Source> {
  return commitSource(needTop(top, ref), prefix, ref)
}

/** Returns the home in git's index. Throws `SourceError`. */
export function stagedSource({ top, prefix }: Place): Source {
  return indexSource(needTop(top, 'the index'), prefix)
}

function needTop(top: string | null, what: string): string {
  if (top !== null) return top
  throw new SourceError('SOURCE_NO_REPOSITORY', `${what}: the registry home is in no git repository`)
}

async function readSource(source: Source): Promise<Reading> {
  const pair = await readPairOf(source)
  const [registryFile, changelogFile] = [source.nameOf(WORKING_COPY), source.nameOf(CHANGELOG)]
  const document = parseRegistry(pair.registry, registryFile)
  return { label: source.label, registryFile, changelogFile, ...pair, document, run: null }
}

function readRun({ home }: Place, runId: string): Reading {
  if (!isRunId(runId))
    throw new SourceError('SOURCE_MISSING', `${JSON.stringify(runId)} is not the id of a run`)
  const { root, files } = verifySeal(readRunFolder(join(runsOf(home), runId)))
  const registry = files.get(REGISTRY_SNAPSHOT)
  if (registry === undefined) throw new SourceError('SOURCE_MISSING', `${runId}: the run holds no registry`)
  const [registryFile, changelogFile] = [`${runId}/${REGISTRY_SNAPSHOT}`, `${runId}/${CHANGELOG_SNAPSHOT}`]
  const changelog = files.get(CHANGELOG_SNAPSHOT) ?? new Uint8Array()
  const document = parseRegistry(registry, registryFile)
  return { label: runId, registryFile, changelogFile, registry, changelog, document, run: { runId, root } }
}
