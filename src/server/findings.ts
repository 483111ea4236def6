// The refusals that several routes share, so that one fact has one code and one wording.

import { clip } from '../core/diagnostic.ts'
import type { Entry } from '../registry/snapshot.ts'
import { type Problem, problem } from './problems.ts'

/** No organisation of that name in the registry. */
export function orgNotRegistered(org: string): Problem {
  return problem('org_not_registered', `organisation "${org}" is not in the registry`)
}

/** The organisation is there, the repository is not. */
export function repoNotRegistered(org: string, repo: string): Problem {
  return problem('repo_not_registered', `repository "${org}/${repo}" is not in the registry`)
}

/** The repository is there and disabled; its reason tells why. */
export function repoDisabled({ org, repo, reason }: Entry): Problem {
  return problem(
    'repo_disabled',
    `repository "${org}/${repo}" is disabled: ${reason === '' ? '(no reason given)' : reason}`,
  )
}

/** A name from the query that is no `<organisation>/<repository>`. */
export function invalidFullName(key: string, value: string): Problem {
  return problem(
    'invalid_name',
    `${key} is ${JSON.stringify(clip(value))} (want <organisation>/<repository>)`,
  )
}
