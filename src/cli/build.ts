// `infra build <registry>`: builds an artifact of the registry layer and seals it into a new run; `all` builds each, in
// the order in which one needs the other, every step sealed before the next begins. Nothing becomes active by it.

import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { WHY } from '../edit/error.ts'
import { listTracked } from '../git/tree.ts'
import { HEALTH_DEFAULTS, type HealthOptions } from '../layer/health.ts'
import { BUILT, type BuiltRegistry, isBuilt, isRegistry } from '../layer/registries.ts'
import type { TrackedTree } from '../layer/tree-hash.ts'
import { type BuildPlan, type BuildRequest, buildRegistry, planBuild } from '../publish/build-registry.ts'
import { RUN_ROOT } from '../publish/layout.ts'
import { isRunId } from '../seal/grammar.ts'
import { PointerError } from '../seal/pointer-fault.ts'
import { describeHome, findHome, placeInTree } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { UsageError } from './words.ts'

/** The option that names inputs, as it is parsed. */
export interface InputOptions extends VerbOptions {
  readonly input?: ReadonlyMap<string, string>
}

/** Adds the verb. */
export function addBuild(program: Command, run: Run, io: Io): Command {
  return program
    .command('build <registry>')
    .description(`build and seal ${BUILT.join(', ')}, or all`)
    .addOption(inputOption())
    .option('-n, --dry-run', 'build and show what would be sealed; write nothing')
    .action((what: string, options: InputOptions) => run(options, () => build(what, options, io)))
}

/** The option that takes a sealed run as input where none is pinned. */
export function inputOption(): Option {
  return new Option('--input <registry=run>', 'a sealed run to take instead of the pinned one').argParser(
    (word: string, before: ReadonlyMap<string, string> | undefined) => {
      const [registry = '', run = ''] = word.split(/=(.*)/s)
      if (!isRegistry(registry) || !isRunId(run)) throw new InvalidArgumentError('want <registry>=<run id>')
      if (before?.has(registry)) throw new InvalidArgumentError(`${registry} was given twice`)
      return new Map([...(before ?? []), [registry, run]])
    },
  )
}

async function build(
  what: string,
  { input, dryRun = false, home: named }: InputOptions,
  io: Io,
): Promise<Report> {
  if (what !== 'all' && !isBuilt(what)) {
    const known = [...BUILT, 'all'].join(', ')
    throw new UsageError('USAGE_BAD_TARGET', `${JSON.stringify(what)} is not built (want one of ${known})`)
  }
  const home = await findHome(io, named)
  const request = { ...(await readWorld(home)), now: io.now, named: input ?? new Map<string, string>() }
  const steps = what === 'all' ? BUILT : [what]
  const made: Made[] = []
  try {
    for (const registryId of steps) {
      // What this command has built is what its later steps are about.
      const own = dryRun ? [] : made.map(step => [step.registryId, step.run.runId] as const)
      const step = { ...request, registryId, named: new Map([...request.named, ...own]) }
      made.push({ registryId, ...(dryRun ? planBuild(step) : await buildRegistry(step)) })
    }
  } catch (error) {
    for (const { run } of dryRun ? [] : made) io.err(`infra: ${run.runId} was sealed before this failed\n`)
    tellOfInputs(io, error)
    throw error
  }
  return render(made, dryRun)
}

/** Says how an input is given, where a failure is that none is. */
export function tellOfInputs(io: Io, error: unknown): void {
  if (!(error instanceof PointerError) || !UNPINNED.includes(error.code)) return
  io.err(
    `infra: an input is missing: name a sealed run with --input <registry>=<run>, or pin one: infra activate <run> --registry <id> ${WHY}\n`,
  )
}

const UNPINNED: readonly string[] = ['POINTER_MISSING', 'POINTER_NOT_PINNED', 'POINTER_UNKNOWN']

/** Reads what every build is told of the home and of the repository around it. */
export async function readWorld(
  home: string,
  health: HealthOptions = HEALTH_DEFAULTS,
): Promise<Pick<BuildRequest, 'home' | 'git_commit' | 'working_tree_state' | 'tree' | 'health'>> {
  return { home, ...(await describeHome(home)), tree: await readTree(home), health }
}

/** What git tracks, without the sealed runs: each would be a change of the tree that it tells of. */
async function readTree(home: string): Promise<TrackedTree | null> {
  const place = await placeInTree(home)
  if (place === null) return null
  const paths = await listTracked(place.top, [join(place.path, RUN_ROOT)])
  return paths === null ? null : { top: place.top, paths }
}

interface Made extends BuildPlan {
  readonly registryId: BuiltRegistry
}

function render(made: readonly Made[], dryRun: boolean): Report {
  const lines = made.flatMap(({ registryId, run }) => [
    `${dryRun ? 'would build' : 'built'} ${registryId} as ${run.runId}`,
    `  ROOT_SHA256  ${run.root}`,
    ...[...run.files].map(([relpath, bytes]) => `  ${relpath}  ${bytes.byteLength} bytes`),
    ...(dryRun ? [] : [`  next: infra activate ${run.runId} --registry ${registryId} ${WHY}`]),
  ])
  const runs = made.map(({ registryId, run, inputs }) => ({
    registry_id: registryId,
    run_id: run.runId,
    root_sha256: run.root,
    files: [...run.files].map(([relpath, bytes]) => ({ relpath, bytes: bytes.byteLength })),
    inputs,
  }))
  return { exit: 0, json: { runs, dry_run: dryRun }, text: lines.join('\n') }
}
