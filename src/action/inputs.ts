// What the action is told: the inputs of its step, which the runner gives as variables, and what of the run it needs to
// know. Every fault is said at once, so that a workflow is mended in one go.

import type { Resolution } from '../client/outcome.ts'
import { ActionError } from './error.ts'

/** The environment that the runner gives. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What can end the job: an outcome, or an answer that is older than it should be. */
export type FailOn = Exclude<Resolution['outcome'], 'registered'> | 'stale'

export interface Inputs {
  readonly url: string
  readonly org: string
  readonly repo: string
  readonly failOn: ReadonlySet<FailOn>
  /** For whom a token is asked; nobody is told who we are where there is none. */
  readonly audience: string | undefined
}

const WORDS: readonly string[] = [
  'disabled',
  'not-registered',
  'stale',
  'unavailable',
  'untrusted',
] satisfies FailOn[]

/** Ends the job when nothing is known for sure: acting on a guess is what the registry is there to prevent. */
const FAIL_ON_DEFAULT = 'unavailable, untrusted'

/** Reads the inputs. Throws `ACTION_BAD_INPUT`. */
export function readInputs(env: Environment): Inputs {
  const faults: string[] = []
  const url = inputOf(env, 'url')
  if (!/^https?:\/\/[^\s]+$/.test(url))
    faults.push(`url: want http://… or https://…, got ${JSON.stringify(url)}`)
  const repository = inputOf(env, 'repository') || (env.GITHUB_REPOSITORY ?? '')
  const [org = '', repo = '', ...rest] = repository.split('/')
  if (org === '' || repo === '' || rest.length > 0)
    faults.push(`repository: want <organisation>/<repository>, got ${JSON.stringify(repository)}`)
  const words = (inputOf(env, 'fail-on') || FAIL_ON_DEFAULT).split(/[\s,]+/).filter(word => word !== '')
  const known = words.length === 1 && words[0] === 'none' ? [] : words
  const strange = known.filter(word => !WORDS.includes(word))
  if (strange.length > 0)
    faults.push(`fail-on: want ${WORDS.join(', ')}, or none alone, got ${JSON.stringify(strange.join(' '))}`)
  const audience = inputOf(env, 'audience') || undefined
  if (audience !== undefined && !isPrivate(url))
    faults.push(`audience: a token is sent over https alone, and url is ${JSON.stringify(url)}`)
  if (faults.length > 0) throw new ActionError('ACTION_BAD_INPUT', faults.join('; '))
  return { url, org, repo, failOn: new Set(known as FailOn[]), audience }
}

/** The runner spells the variable of an input in capitals and leaves the hyphens. */
function inputOf(env: Environment, name: string): string {
  return (env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
}

/** Whether nobody on the way can read what is sent: encrypted, or to this machine itself. */
function isPrivate(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
}
