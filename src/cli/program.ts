// The command line: one verb, one file. This file only says which verbs there are and how a failure of the words
// themselves is told; each verb parses its own arguments, acts, and returns a report.

import { Command, CommanderError, Option } from 'commander'
import { addAbort } from './abort.ts'
import { addActivate } from './activate.ts'
import { addBuild } from './build.ts'
import { addCheck } from './check.ts'
import { addCreatePr } from './create-pr.ts'
import { addDiff } from './diff.ts'
import { addDisable } from './disable.ts'
import { addEnable } from './enable.ts'
import { addFinalize } from './finalize.ts'
import { addHealth } from './health.ts'
import { configureFirstPage } from './help.ts'
import { addList } from './list.ts'
import { addLog } from './log.ts'
import { addMergePr } from './merge-pr.ts'
import { addNewBranch } from './new-branch.ts'
import { addPromote } from './promote.ts'
import { addRegister } from './register.ts'
import { addRemoveOrg } from './remove-org.ts'
import { addReplay } from './replay.ts'
import { type ExitCode, type Io, printFailure, printReport, type Report } from './report.ts'
import { addRetargetOrg } from './retarget-org.ts'
import { addRollback } from './rollback.ts'
import { addSeal } from './seal.ts'
import { addShow } from './show.ts'
import { addStatus } from './status.ts'
import { addUnregister } from './unregister.ts'
import { addVerify } from './verify.ts'

/** What a verb gets besides its own arguments. */
export interface VerbOptions {
  readonly home?: string
  readonly json?: boolean
  readonly dryRun?: boolean
}

/** Registers the action of a verb. */
export type Run = <Options extends VerbOptions>(options: Options, act: () => Promise<Report>) => Promise<void>

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
    await buildProgram(run, version, io).parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version are asked for; every other complaint of the parser is about the words.
    return error.exitCode === 0 ? 0 : 2
  }
  return exit
}

function buildProgram(run: Run, version: string, io: Io): Command {
  const program = new Command('infra')
    .description('Change, seal and pin an infra registry.')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(infra --help lists the verbs)')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
  configureFirstPage(program)
  const changes = [addRegister, addEnable, addDisable, addUnregister, addRetargetOrg, addRemoveOrg]
  const reads = [addShow, addList, addLog, addDiff, addCheck]
  const workflow = [addNewBranch, addFinalize, addCreatePr, addMergePr, addReplay, addAbort]
  for (const add of [
    ...changes,
    ...reads,
    addSeal,
    addBuild,
    addPromote,
    addVerify,
    addActivate,
    addRollback,
    addStatus,
    addHealth,
    ...workflow,
  ]) {
    const verb = add(program, run, io)
    verb
      .addOption(new Option('--home <folder>', 'the registry home (default: infra/ of this repository)'))
      .addOption(new Option('--json', 'print one JSON document'))
      .exitOverride()
  }
  return program
}
