// What an operator asks for, checked before anything is looked up: the same words from either dialect of the command
// line end here as one request. What an action does not take is refused, never recorded as if it had been applied.

import { type Action, WRITTEN_REASON_PATTERN } from '../changelog/change.ts'
import { quote } from '../core/diagnostic.ts'
import { foldName, isOwnerName, isRepoName, parseFullName } from '../registry/names.ts'
import { isReason } from '../registry/rules.ts'
import type { Context } from '../registry/schema.ts'
import { MAX_REASON_LENGTH } from '../registry/vocabulary.ts'
import { EditError, WHY } from './error.ts'

/** A change that is asked for, as it was typed. */
export interface EditRequest {
  readonly action: Action
  readonly org: string
  /** For the four actions on a repository. */
  readonly repo?: string | undefined
  /** For `register`. */
  readonly context?: string | undefined
  /** For `register` and `retarget-org`: `<org>/<name>`, or `<name>` alone. */
  readonly telemetryRepo?: string | undefined
  readonly reason?: string | undefined
  /** For `register`: take a sandbox out first, in the same ceremony. */
  readonly reset?: boolean | undefined
  /** For `unregister` and `remove-org`. */
  readonly confirmDelete?: boolean | undefined
  /** For `retarget-org`, where entries would be redirected. */
  readonly confirmRedirect?: boolean | undefined
  /** The moment of the run. */
  readonly now: Date
  /** The timestamp of the changelog's last line: time never goes back in it. */
  readonly lastTimestamp?: string | undefined
}

type Option = 'repo' | 'context' | 'telemetryRepo' | 'reset' | 'confirmDelete' | 'confirmRedirect'

const FLAGS: Readonly<Record<Option, string>> = {
  repo: 'a repository',
  context: '--context',
  telemetryRepo: '--telemetry-repo',
  reset: '--reset',
  confirmDelete: '--confirm-delete',
  confirmRedirect: '--confirm-redirect',
}

const TAKES: Readonly<Record<Action, readonly Option[]>> = {
  register: ['repo', 'context', 'telemetryRepo', 'reset'],
  enable: ['repo'],
  disable: ['repo'],
  unregister: ['repo', 'confirmDelete'],
  'retarget-org': ['telemetryRepo', 'confirmRedirect'],
  'remove-org': ['confirmDelete'],
}

const written = new RegExp(WRITTEN_REASON_PATTERN)

/** Refuses what the action does not take. Throws `EDIT_NOT_APPLICABLE`. */
export function verifyApplicable(request: EditRequest): void {
  const { action } = request
  const takes = TAKES[action]
  const foreign = (Object.keys(FLAGS) as Option[]).filter(
    option => request[option] !== undefined && request[option] !== false && !takes.includes(option),
  )
  if (foreign.length === 0) return
  const names = foreign.map(option => FLAGS[option]).join(' and ')
  const want = takes.map(option => FLAGS[option]).join(', ')
  throw new EditError(
    'EDIT_NOT_APPLICABLE',
    `${action} does not take ${names} (want only ${want} and --reason)`,
  )
}

/** Returns the organisation asked for. Throws `EDIT_BAD_NAME`. */
export function parseOrgName({ org }: EditRequest): string {
  if (isOwnerName(org)) return org
  throw new EditError('EDIT_BAD_NAME', `${quote(org)} is not a GitHub owner name`)
}

/** Returns the repository asked for, without its owner. Throws `EDIT_BAD_NAME`. */
export function parseRepoName({ action, repo }: EditRequest): string {
  if (repo !== undefined && isRepoName(repo)) return repo
  const got =
    repo === undefined ? `${action} got no repository` : `${quote(repo)} is not a GitHub repository name`
  throw new EditError('EDIT_BAD_NAME', `${got} (want <org>/<repo>)`)
}

/** Returns the context asked for: never inferred, never defaulted. Throws `EDIT_CONTEXT_MISSING` or `EDIT_BAD_CONTEXT`. */
export function parseContext({ context }: EditRequest): Context {
  if (context === 'sandbox' || context === 'production') return context
  const want = '(want --context sandbox or --context production)'
  if (context === undefined) throw new EditError('EDIT_CONTEXT_MISSING', `register got no context ${want}`)
  throw new EditError('EDIT_BAD_CONTEXT', `${quote(context)} is not a context ${want}`)
}

/**
 * Returns the bare name of a telemetry repository of `org` (R7).
 * Throws `EDIT_BAD_TELEMETRY`, `EDIT_CROSS_ORG_TELEMETRY` or `EDIT_CASE_COLLISION`.
 */
export function parseTelemetry(org: string, given: string): string {
  const name = given.includes('/')
    ? parseFullName(given)
    : isRepoName(given)
      ? { org, repo: given }
      : undefined
  const want = `(want ${org}/<name>)`
  if (name === undefined) {
    throw new EditError(
      'EDIT_BAD_TELEMETRY',
      `telemetry repository ${quote(given)} is not a repository's name ${want}`,
    )
  }
  if (name.org === org) return name.repo
  if (foldName(name.org) === foldName(org)) throw collision('organisation', name.org, org)
  throw new EditError('EDIT_CROSS_ORG_TELEMETRY', `telemetry of ${org} may not go to ${quote(given)} ${want}`)
}

/** Returns the reason, as it was given. Throws `EDIT_REASON_MISSING` or `EDIT_BAD_REASON`. */
export function parseReason({ action, reason }: EditRequest): string {
  const want = `one line, 1 to ${MAX_REASON_LENGTH} characters`
  if (reason === undefined)
    throw new EditError('EDIT_REASON_MISSING', `${action} got no reason (want ${WHY}, ${want})`)
  if (isReason(reason) && written.test(reason)) return reason
  const got = reason.isWellFormed() && !/\P{Z}/u.test(reason) ? 'a blank one' : quote(reason)
  throw new EditError('EDIT_BAD_REASON', `the reason is not one (want ${want}; got ${got})`)
}

/** Returns the moment of the run, to the second. Throws `EDIT_BAD_CLOCK` or `EDIT_CLOCK_BACKWARD`. */
export function parseNow({ now, lastTimestamp }: Pick<EditRequest, 'now' | 'lastTimestamp'>): string {
  const text = Number.isNaN(now.getTime()) ? '' : now.toISOString()
  if (!/^\d{4}-/.test(text)) {
    throw new EditError(
      'EDIT_BAD_CLOCK',
      `the clock shows no date that can be written (got ${text || 'none'})`,
    )
  }
  const timestamp = `${text.slice(0, 19)}Z`
  if (lastTimestamp !== undefined && timestamp < lastTimestamp) {
    throw new EditError(
      'EDIT_CLOCK_BACKWARD',
      `the clock shows ${timestamp}, before the changelog's last line (want ${lastTimestamp} or later): set the clock, or wait`,
    )
  }
  return timestamp
}

/** Makes the refusal of a second spelling of one name (R6). */
export function collision(what: string, got: string, canonical: string): EditError {
  return new EditError(
    'EDIT_CASE_COLLISION',
    `${what} ${quote(got)} is registered as ${quote(canonical)}, and GitHub names ignore case (want ${canonical}, got ${got})`,
  )
}
