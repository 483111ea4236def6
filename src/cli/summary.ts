// A series of changes in one line: what it does, for a commit and a pull request; and why, for the pin.

import type { LogLine } from '../changelog/changelog.ts'
import { MAX_REASON_LENGTH } from '../registry/vocabulary.ts'

/** Says in one line what a series of changes does: `register acme/app`, or how many there are. */
export function summarize(lines: readonly LogLine[]): string {
  const acts = lines.map(({ change }) => actOf(change))
  if (acts.length === 1) return acts[0]!
  return clipTo(`${acts.length} changes: ${acts.join(', ')}`, 100)
}

/** Returns the first line of the commit, and of the pull request, that a series of changes is made with. */
export function subjectOf(lines: readonly LogLine[]): string {
  return `infra: ${lines.length > 0 ? summarize(lines) : 'seal the registry'}`
}

/** Says in one line why: the reason of the change, or what each of them does. */
export function reasonOf(lines: readonly LogLine[], otherwise: string): string {
  if (lines.length === 0) return otherwise
  if (lines.length > 1) return clipTo(lines.map(({ change }) => actOf(change)).join('; '), MAX_REASON_LENGTH)
  const { change } = lines[0]!
  const why = change.reason === undefined ? '' : `: ${change.reason}`
  return clipTo(`${actOf(change)}${why}`, MAX_REASON_LENGTH)
}

function actOf(change: LogLine['change']): string {
  return `${change.action} ${'repo' in change ? `${change.owner}/${change.repo}` : change.owner}`
}

function clipTo(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`
}
