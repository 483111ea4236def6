// GitHub, through its own command line `gh`: the only way to the network that this tool has. Every call is an argument
// list with a deadline, nothing is asked of a terminal, and what comes back is checked before it is believed.

import { type FailureKind, HouseError } from '../core/error.ts'
import { type Call, runProgram } from './exec.ts'

/** `gh` is not there, did not answer, said no, or said what cannot be understood. */
export class GhError extends HouseError<'GH_MISSING' | 'GH_FAILED' | 'GH_TIMEOUT' | 'GH_BAD_ANSWER'> {
  override get kind(): FailureKind {
    return 'world'
  }
}

const DEADLINE_MS = 60_000

/** Runs `gh` in `cwd` and returns what it printed. Throws `GH_MISSING`, `GH_FAILED` or `GH_TIMEOUT`. */
export async function runGh(cwd: string, args: readonly string[], call: Call = {}): Promise<string> {
  const said = await runProgram('gh', cwd, args, { deadlineMs: DEADLINE_MS, ...call }, failure => {
    const what = `gh ${args.slice(0, 2).join(' ')}`
    const message =
      failure.how === 'MISSING'
        ? `${what}: there is no gh; install the GitHub command line and sign in: gh auth login`
        : `${what}: ${failure.said}`
    return new GhError(`GH_${failure.how}`, message, { cause: failure.cause })
  })
  return said.toString()
}

/** Runs `gh` and returns the JSON document that it printed. Throws as `runGh` does, and `GH_BAD_ANSWER`. */
export async function askGh(cwd: string, args: readonly string[], call: Call = {}): Promise<unknown> {
  const text = await runGh(cwd, args, call)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new GhError('GH_BAD_ANSWER', `gh ${args.slice(0, 2).join(' ')}: did not print JSON`, {
      cause: error,
    })
  }
}
