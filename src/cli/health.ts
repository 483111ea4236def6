// `infra health`: what the pinned status table says of the system, for a terminal, as Markdown or as JSON. It reads and
// changes nothing; with `--seal` the report becomes a run as well, as `infra build system_health_report` makes one.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Health, summarize } from '../layer/build.ts'
import { HEALTH_DEFAULTS, type HealthOptions } from '../layer/health.ts'
import { renderHealthMarkdown } from '../layer/health-markdown.ts'
import { renderDocument } from '../layer/python-json.ts'
import { buildRegistry } from '../publish/build-registry.ts'
import { utcSeconds } from '../publish/run-files.ts'
import { type InputOptions, inputOption, readWorld, tellOfInputs } from './build.ts'
import { renderHealthText } from './health-text.ts'
import { findHome } from './home.ts'
import type { Run } from './program.ts'
import type { Io, Report } from './report.ts'
import { readWorkingDrift } from './working-drift.ts'

interface HealthWords extends InputOptions {
  readonly format: 'text' | 'markdown' | 'json'
  readonly staleDays: number
  readonly maxList: number
  readonly showLegacy?: boolean
  readonly showUnobserved?: boolean
  readonly seal?: boolean
}

/** Adds the verb. */
export function addHealth(program: Command, run: Run, io: Io): Command {
  return program
    .command('health')
    .description('show when each operation last ran, and what drifts')
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['text', 'markdown', 'json'])
        .default('text'),
    )
    .addOption(numberOption('--stale-days <days>', 'from when on a run is stale', HEALTH_DEFAULTS.staleDays))
    .addOption(numberOption('--max-list <rows>', 'the most rows of one list', HEALTH_DEFAULTS.maxList))
    .option('--show-legacy', 'list operations of which only untyped runs may tell')
    .option('--show-unobserved', 'list operations of which no run tells')
    .addOption(inputOption())
    .option('--seal', 'seal the report into a new run as well')
    .action((options: HealthWords) =>
      run(options, async () => {
        try {
          return await health(options, io)
        } catch (error) {
          tellOfInputs(io, error)
          throw error
        }
      }),
    )
}

function numberOption(flags: string, description: string, otherwise: number): Option {
  const parse = (text: string): number => {
    if (/^\d{1,6}$/.test(text)) return Number(text)
    throw new InvalidArgumentError('want a whole number')
  }
  return new Option(flags, description).argParser(parse).default(otherwise)
}

async function health(words: HealthWords, io: Io): Promise<Report> {
  const home = await findHome(io, words.home)
  const { staleDays, maxList, showLegacy = false, showUnobserved = false } = words
  const options: HealthOptions = { staleDays, maxList, showLegacy, showUnobserved }
  const named = words.input ?? new Map<string, string>()
  // One reading of the clock, for what is shown and for what is sealed.
  const now = io.now()
  const found = summarize({ home, named, createdUtc: utcSeconds(now), health: options })
  const working = readWorkingDrift(home)
  const sealed = words.seal ? await seal(home, named, options, io, now) : null
  const json = { summary: found.summary, working_copy_drift: working, sealed }
  return { exit: 0, json, text: renderAs(words.format, found, options, working, sealed) }
}

interface Sealed {
  readonly run_id: string
  readonly root_sha256: string
}

async function seal(
  home: string,
  named: ReadonlyMap<string, string>,
  options: HealthOptions,
  io: Io,
  first: Date,
): Promise<Sealed> {
  let asked = false
  const now = (): Date => {
    if (asked) return io.now()
    asked = true
    return first
  }
  const registryId = 'system_health_report'
  const { run } = await buildRegistry({ ...(await readWorld(home, options)), registryId, named, now })
  return { run_id: run.runId, root_sha256: run.root }
}

function renderAs(
  format: HealthWords['format'],
  found: Health,
  options: HealthOptions,
  working: ReturnType<typeof readWorkingDrift>,
  sealed: Sealed | null,
): string {
  // A document ends with a line end of its own, and what prints a report adds one.
  if (format === 'markdown') return renderHealthMarkdown(found.summary, options).slice(0, -1)
  if (format === 'json') return renderDocument(found.summary).slice(0, -1)
  const text = renderHealthText(found, options, working)
  return sealed === null ? text : `${text}\n\nsealed ${sealed.run_id}\n  ROOT_SHA256  ${sealed.root_sha256}`
}
