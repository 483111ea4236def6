// `infra mesh probe`: asks every declared service for its health and shows the live picture: once, or again and again
// until it is interrupted. Nothing is written and no port is opened.

import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { quote } from '../core/diagnostic.ts'
import { HouseError } from '../core/error.ts'
import { type MeshFile, type MeshService, parseMeshHosts } from '../manifest/mesh-hosts.ts'
import { buildPicture, isAllUp, type Picture } from '../manifest/picture.ts'
import { printable } from '../manifest/printable.ts'
import { probeAll } from '../manifest/probe.ts'
import { findTargets, type Targets } from '../manifest/probe-targets.ts'
import { renderMetrics } from '../manifest/render-metrics.ts'
import { buildPictureDocument, renderTable } from '../manifest/render-picture.ts'
import { checkRules } from '../manifest/rules.ts'
import { deriveServices } from '../manifest/services.ts'
import { readPlainFile } from '../publish/plain-file.ts'
import { baseOf, readManifests } from './manifest-files.ts'
import { MeshRefusal, sortFindings } from './mesh-error.ts'
import type { Run, VerbOptions } from './program.ts'
import type { ExitCode, Io, Report } from './report.ts'
import { UsageError } from './words.ts'
import { shellQuote } from './workflow.ts'

/** There is nobody to ask. */
export class ProbeError extends HouseError<'PROBE_NOTHING'> {}

interface ProbeWords extends VerbOptions {
  readonly hosts: string
  readonly root?: readonly string[]
  readonly format: 'text' | 'json' | 'prometheus'
  /** Seconds between two rounds. */
  readonly watch?: number
  readonly deadline: number
  readonly concurrency: number
}

const CLEAR_SCREEN = '\u001b[H\u001b[J'
const CLEAR_LINE = '\r\u001b[K'

/** Adds the verb. */
export function addMeshProbe(mesh: Command, run: Run, io: Io): Command {
  return mesh
    .command('probe')
    .description('ask every service for its health and show the live picture')
    .requiredOption('--hosts <file>', 'the mesh file, mesh-hosts.json')
    .option('--root <folder...>', 'ask what the manifests below declare, not the services map')
    .addOption(new Option('--format <format>', 'how').choices(['text', 'json', 'prometheus']).default('text'))
    .addOption(
      new Option('--watch [seconds]', 'again and again, every so many seconds, until interrupted')
        .preset('5')
        .argParser(wholeNumber(1, 86_400)),
    )
    .addOption(
      new Option('--deadline <ms>', 'how long a service may take')
        .argParser(wholeNumber(10, 600_000))
        .default(2_000),
    )
    .addOption(
      new Option('--concurrency <count>', 'how many are asked at a time')
        .argParser(wholeNumber(1, 256))
        .default(32),
    )
    .option('--json', 'print one JSON document; with --watch, one on each line')
    .action((words: ProbeWords) => {
      const options = words.json ? { ...words, format: 'json' as const } : words
      return run({ ...options, json: options.format === 'json' }, () => meshProbe(options, io))
    })
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Want a whole number from ${least} to ${most}.`)
  }
}

async function meshProbe(options: ProbeWords, io: Io): Promise<Report> {
  if (options.watch !== undefined && options.format === 'prometheus') {
    const message = 'several expositions one after another are none (want --watch or --format prometheus)'
    throw new UsageError('USAGE_CONTRADICTION', message)
  }
  const targets = readTargets(options, io)
  if (options.watch !== undefined) return watch(targets, options, options.watch, io)
  const picture = await look(targets, options, io)
  const json = documentOf(picture, targets)
  return { exit: exitOf(picture), json, text: renderText(picture, targets, options, io) }
}

/** Shows the picture until it is interrupted, and ends as the last whole one says. */
async function watch(targets: Targets, options: ProbeWords, everyS: number, io: Io): Promise<Report> {
  const signal = io.interrupt?.() ?? new AbortController().signal
  let picture: Picture | undefined
  try {
    for (;;) {
      picture = await look(targets, options, io, picture, signal)
      io.out(renderRound(picture, targets, options, io))
      await delay(everyS * 1_000, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return { exit: picture === undefined ? 1 : exitOf(picture), json: undefined, text: '' }
}

function renderRound(picture: Picture, targets: Targets, options: ProbeWords, io: Io): string {
  if (options.format === 'json') return `${JSON.stringify(documentOf(picture, targets))}\n`
  const text = `${picture.time}\n\n${renderText(picture, targets, options, io)}\n`
  return io.terminal?.out ? CLEAR_SCREEN + text : `${text}\n`
}

async function look(
  { targets }: Targets,
  { concurrency, deadline, format }: ProbeWords,
  io: Io,
  previous?: Picture,
  signal?: AbortSignal,
): Promise<Picture> {
  // What is shown already stays while it is looked again.
  const tells = io.terminal?.err === true && format === 'text' && previous === undefined
  const onProgress = (done: number): void => io.err(`${CLEAR_LINE}asked ${done} of ${targets.length}`)
  try {
    const findings = await probeAll(targets, {
      ...{ concurrency, deadlineMs: deadline },
      ...(signal && { signal }),
      ...(tells && { onProgress }),
    })
    return buildPicture(findings, io.now(), previous)
  } finally {
    if (tells) io.err(CLEAR_LINE)
  }
}

/** Reads whom to ask. Throws `MESH_INVALID`, `MESH_REFUSED`, `PROBE_NOTHING`. */
function readTargets({ hosts: file, root }: ProbeWords, io: Io): Targets {
  const path = resolve(io.cwd, file)
  const mesh = parseMeshHosts(readPlainFile(path), file)
  const services = root === undefined ? mesh.services : readServices(root, mesh, baseOf(path), io)
  const targets = findTargets(services, mesh.hosts)
  if (targets.targets.length > 0) return targets
  const next =
    root === undefined ? ` (next: infra mesh apply --root <folder> --hosts ${shellQuote(file)})` : ''
  const message = `no service of ${quote(file)} is declared with a host and a port${next}`
  throw new ProbeError('PROBE_NOTHING', message)
}

/** A manifest that cannot be read, or a name that stands for two services, would leave a hole in the picture. */
function readServices(
  root: readonly string[],
  mesh: MeshFile,
  base: string,
  io: Io,
): ReadonlyMap<string, MeshService> {
  const { files, faults, broken } = readManifests(root, io.cwd, base)
  const rules = checkRules(files, { hosts: mesh.hosts, services: new Map(), broken })
  const twice = rules.filter(({ code }) => code === 'RULE_DUPLICATE_SERVICE')
  const refused = [...faults, ...twice].filter(({ severity }) => severity === 'error')
  if (refused.length > 0) throw new MeshRefusal(sortFindings(refused))
  return deriveServices(files)
}

function documentOf(picture: Picture, { unasked }: Targets) {
  return { ...buildPictureDocument(picture), unasked }
}

function renderText(picture: Picture, { unasked }: Targets, { format }: ProbeWords, io: Io): string {
  if (format === 'prometheus') return renderMetrics(picture).trimEnd()
  const table = renderTable(picture, { colour: hasColour(io) })
  if (unasked.length === 0) return table
  return `${table}\nnot asked, for want of a host or a port: ${unasked.map(name => printable(name)).join(', ')}`
}

/** A terminal has colours unless it, or its user, says otherwise (no-color.org). */
function hasColour({ terminal, env }: Io): boolean {
  return terminal?.out === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
}

function exitOf(picture: Picture): ExitCode {
  return isAllUp(picture) ? 0 : 1
}
