// The command line: one verb, one file. This file only says which verbs there are and how a failure of the words
// themselves is told; each verb parses its own arguments, acts, and returns a report.

import { Command, CommanderError, Option } from 'commander'
import { configureFirstPage } from './help.ts'
import { type ExitCode, type Io, printFailure, printReport, type Report } from './report.ts'

/** What a verb gets besides its own arguments. */
export interface VerbOptions {
  readonly home?: string
  readonly json?: boolean
  readonly dryRun?: boolean
}

/** Registers the action of a verb. */
export type Run = <Options extends VerbOptions>(options: Options, act: () => Promise<Report>) => Promise<void>

/** Declares a verb: its words, and what it does. */
type Add = (program: Command, run: Run, io: Io) => Command

/** The verbs, in the order they are listed. Each is loaded when it is asked for: the others cost a command nothing. */
const VERBS: Readonly<Record<string, () => Promise<Add>>> = {
  register: async () => (await import('./register.ts')).addRegister,
  enable: async () => (await import('./enable.ts')).addEnable,
  disable: async () => (await import('./disable.ts')).addDisable,
  unregister: async () => (await import('./unregister.ts')).addUnregister,
  'retarget-org': async () => (await import('./retarget-org.ts')).addRetargetOrg,
  'remove-org': async () => (await import('./remove-org.ts')).addRemoveOrg,
  show: async () => (await import('./show.ts')).addShow,
  list: async () => (await import('./list.ts')).addList,
  log: async () => (await import('./log.ts')).addLog,
  diff: async () => (await import('./diff.ts')).addDiff,
  check: async () => (await import('./check.ts')).addCheck,
  seal: async () => (await import('./seal.ts')).addSeal,
  verify: async () => (await import('./verify.ts')).addVerify,
  activate: async () => (await import('./activate.ts')).addActivate,
  rollback: async () => (await import('./rollback.ts')).addRollback,
  status: async () => (await import('./status.ts')).addStatus,
  build: async () => (await import('./build.ts')).addBuild,
  promote: async () => (await import('./promote.ts')).addPromote,
  health: async () => (await import('./health.ts')).addHealth,
  'new-branch': async () => (await import('./new-branch.ts')).addNewBranch,
  finalize: async () => (await import('./finalize.ts')).addFinalize,
  'create-pr': async () => (await import('./create-pr.ts')).addCreatePr,
  'merge-pr': async () => (await import('./merge-pr.ts')).addMergePr,
  replay: async () => (await import('./replay.ts')).addReplay,
  abort: async () => (await import('./abort.ts')).addAbort,
}

/** Verbs that have verbs of their own. They look at manifests, not at a registry home. */
const GROUPS: Readonly<Record<string, () => Promise<Add>>> = {
  manifest: async () => (await import('./manifest.ts')).addManifest,
  mesh: async () => (await import('./mesh.ts')).addMesh,
}

/** Runs one command line and returns its exit code; never throws, never exits. */
export async function runCli(argv: readonly string[], version: string, io: Io): Promise<ExitCode> {
  let exit: ExitCode = 0
  const run: Run = async ({ json = false }, act) => {
    try {
      exit = printReport(io, json, await act())
    } catch (error) {
      exit = printFailure(io, json, error)
    }
  }
  try {
    const program = await buildProgram(verbsFor(argv), run, version, io)
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version are asked for; every other complaint of the parser is about the words.
    return error.exitCode === 0 ? 0 : 2
  }
  return exit
}

/** Returns the verb that a command line begins with, or all of them where it is about none, or about none that is. */
function verbsFor([first = '']: readonly string[]): readonly string[] {
  const all = [...Object.keys(VERBS), ...Object.keys(GROUPS)]
  return all.includes(first) ? [first] : all
}

async function buildProgram(asked: readonly string[], run: Run, version: string, io: Io): Promise<Command> {
  const program = new Command('infra')
    .description('Change, seal and pin an infra registry.')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(infra --help lists the verbs)')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
  configureFirstPage(program)
  for (const verb of asked) {
    const add = await (VERBS[verb] ?? GROUPS[verb]!)()
    const command = add(program, run, io)
    if (Object.hasOwn(GROUPS, verb)) continue
    command
      .addOption(new Option('--home <folder>', 'the registry home (default: infra/ of this repository)'))
      .addOption(new Option('--json', 'print one JSON document'))
      .exitOverride()
  }
  return program
}
