// The refusals that speak of a repository. Only here is `not-registered` made: of a problem document that bears the
// marks of the service (judge.ts saw to that) and is about the very path that was asked for.

import { ClientError } from './error.ts'
import type { Problem } from './judge.ts'
import type { NoTarget, NotRegistered, Unavailable, Untrusted } from './outcome.ts'
import { isPlainName, type Name } from './shapes.ts'

/** What a refusal comes to. */
export type Refusal = NotRegistered | NoTarget | Unavailable | Untrusted

/** Makes the path of a question about a repository. Throws `CLIENT_BAD_NAME` for what would be another path. */
export function pathOf(route: string, { org, repo }: Name): string {
  for (const name of [org, repo]) {
    if (!isPlainName(name))
      throw new ClientError('CLIENT_BAD_NAME', `${JSON.stringify(name)} is not a name that GitHub allows`)
  }
  return `${route}/${org}/${repo}`
}

/** Reads the refusal of a question about a repository. Throws `CLIENT_BAD_NAME` when the service knows no such names. */
export function readRefusal({ code, detail, instance, told }: Problem, path: string): Refusal {
  if (code === 'invalid_name') throw new ClientError('CLIENT_BAD_NAME', detail)
  const isMissing = code === 'org_not_registered' || code === 'repo_not_registered'
  if (told === undefined || !(isMissing || code === 'repo_disabled'))
    return { outcome: 'unavailable', code: 'foreign_answer', detail: `${code}: ${detail}`, attempts: 1 }
  // A service behind a proxy may see more of the path than was asked for here, never other names.
  if (!instance.endsWith(path)) {
    const about = `the answer is about ${JSON.stringify(instance)} (want ${path})`
    return { outcome: 'untrusted', code: 'wrong_subject', detail: about }
  }
  if (!isMissing) return { outcome: 'disabled', detail, ...told }
  const missing = code === 'org_not_registered' ? 'organisation' : 'repository'
  return { outcome: 'not-registered', missing, detail, ...told }
}
