// What is given up is kept under a ref of its own, which no branch, push or fetch touches, until somebody removes it.

import { resolveCommit } from '../git/branch.ts'
import { runGit } from '../git/exec.ts'
import { FlowError } from './flow-error.ts'

/** Keeps `commit` of `branch` under a new ref and returns its name. Throws `FLOW_CHANGED_MEANWHILE`. */
export async function keepBackup(top: string, branch: string, commit: string, now: Date): Promise<string> {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const first = `refs/infra/backup/${branch}/${stamp}`
  for (let at = 1; at < 100; at++) {
    const ref = at === 1 ? first : `${first}-${at}`
    if ((await resolveCommit(top, ref)) !== null) continue
    // The empty old value: git makes the ref only if nobody else has meanwhile.
    await runGit(top, ['update-ref', '--create-reflog', ref, commit, ''])
    return ref
  }
  throw new FlowError('FLOW_CHANGED_MEANWHILE', `${first}: too many backups within one second`)
}
