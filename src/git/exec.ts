// The one door to other programs, git and gh: an argument list, never a shell string, with a deadline and both
// streams captured.

import { execFile } from 'node:child_process'
import { errorText, type FailureKind, HouseError, systemCode } from '../core/error.ts'

/** Git is not there, did not answer, or said no. */
export class GitError extends HouseError<'GIT_MISSING' | 'GIT_FAILED' | 'GIT_TIMEOUT'> {
  override get kind(): FailureKind {
    return 'world'
  }
}

const DEADLINE_MS = 30_000
const MAX_OUTPUT = 512 * 1024 * 1024

export interface Call {
  readonly deadlineMs?: number
  /** What the program reads on its standard input; nothing unless given. */
  readonly input?: string | Uint8Array
}

/** How a program failed; `said` is for people. */
export interface Failure {
  readonly how: 'MISSING' | 'FAILED' | 'TIMEOUT'
  readonly said: string
  readonly cause: Error
}

/** Runs `program` in `cwd` and returns its standard output; what went wrong becomes an error by `fail`. */
export function runProgram(
  program: 'git' | 'gh',
  cwd: string,
  args: readonly string[],
  { deadlineMs = DEADLINE_MS, input = '' }: Call,
  fail: (failure: Failure) => Error,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { cwd, encoding: 'buffer', timeout: deadlineMs, maxBuffer: MAX_OUTPUT } as const
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const failed = (how: Failure['how'], said: string) => reject(fail({ how, said, cause: error }))
      if (systemCode(error) === 'ENOENT')
        return failed('MISSING', `there is no ${program}, or no folder ${cwd}`)
      if (error.killed) return failed('TIMEOUT', `no answer within ${deadlineMs} ms`)
      failed('FAILED', stderr.toString().trim() || errorText(error))
    })
    // EPIPE: it did not want to read, and how it ended says all there is to say.
    child.stdin?.on('error', () => undefined).end(input)
  })
}

/** Runs git in `cwd` and returns its standard output. Throws `GIT_MISSING`, `GIT_FAILED` or `GIT_TIMEOUT`. */
export function runGit(
  cwd: string,
  args: readonly string[],
  deadlineMs = DEADLINE_MS,
  input: string | Uint8Array = '',
): Promise<Buffer> {
  // Asking must not write: without this, even `status` refreshes the index.
  return runProgram('git', cwd, ['--no-optional-locks', ...args], { deadlineMs, input }, failure => {
    const { how, said, cause } = failure
    const message = how === 'MISSING' ? said : `git ${args.join(' ')}: ${said}`
    return new GitError(`GIT_${how}`, message, { cause })
  })
}

/** Asks git for one line; `null` when it fails, which is how it says no, or says nothing. Throws as `runGit` else. */
export async function askGit(cwd: string, args: readonly string[]): Promise<string | null> {
  try {
    return (await runGit(cwd, args)).toString().replace(/\n$/, '') || null
  } catch (error) {
    if (error instanceof GitError && error.code === 'GIT_FAILED') return null
    throw error
  }
}
