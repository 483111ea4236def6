// The one door to git: an argument list, never a shell string, with a deadline and both streams captured.

import { execFile } from 'node:child_process'
import { errorText, HouseError, systemCode } from '../core/error.ts'

/** Git is not there, did not answer, or said no. */
export class GitError extends HouseError<'GIT_MISSING' | 'GIT_FAILED' | 'GIT_TIMEOUT'> {}

const DEADLINE_MS = 30_000
const MAX_OUTPUT = 512 * 1024 * 1024

/** Runs git in `cwd` and returns its standard output. Throws `GIT_MISSING`, `GIT_FAILED` or `GIT_TIMEOUT`. */
export function runGit(cwd: string, args: readonly string[], deadlineMs = DEADLINE_MS): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { cwd, encoding: 'buffer', timeout: deadlineMs, maxBuffer: MAX_OUTPUT } as const
    // Asking must not write: without this, even `status` refreshes the index.
    execFile('git', ['--no-optional-locks', ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      if (systemCode(error) === 'ENOENT')
        return reject(new GitError('GIT_MISSING', `there is no git, or no folder ${cwd}`, { cause: error }))
      const command = `git ${args.join(' ')}`
      if (error.killed)
        return reject(
          new GitError('GIT_TIMEOUT', `${command}: no answer within ${deadlineMs} ms`, { cause: error }),
        )
      const said = stderr.toString().trim() || errorText(error)
      reject(new GitError('GIT_FAILED', `${command}: ${said}`, { cause: error }))
    })
  })
}
