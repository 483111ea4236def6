// Carrying a branch's changes over to a registry that has moved on: each is asked for again, of what is there now, so
// that every rule is judged again and nobody edits JSON. What both sides changed is a conflict, entry by entry.

import { type Change, isOwn, type OrgTarget, type OwnChange } from '../changelog/change.ts'
import type { LogLine } from '../changelog/changelog.ts'
import { foldName } from '../registry/names.ts'
import type { RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { EditError } from './error.ts'
import { planMutation } from './mutate.ts'
import { sameEntry } from './world.ts'

/** What an edit cannot be refused with, and a change that is carried over can: it moved, or is a line we did not write. */
export const CONFLICT_CODES = ['CHANGED_THERE', 'LEGACY_LINE'] as const

/** Why the changes of one entry, or of one organisation, cannot be carried over. */
export interface Conflict {
  /** `EDIT_…` for what a rule forbids now. */
  readonly code: EditError['code'] | (typeof CONFLICT_CODES)[number]
  readonly message: string
  readonly org: string
  readonly repo: string | null
  /** The lines of the branch's log that it concerns. */
  readonly lines: readonly number[]
}

export type Rebase =
  | {
      readonly ok: true
      readonly document: RegistryDocument
      readonly changes: readonly OwnChange[]
      /** Lines whose effect is there already, and which are not written again. */
      readonly dropped: readonly number[]
    }
  | { readonly ok: false; readonly conflicts: readonly Conflict[] }

/** The moment the changes are asked for again: theirs is a new run, and its lines carry its time. */
export interface RebaseOptions {
  readonly now: Date
  /** The timestamp of the last line of the log they are appended to. */
  readonly lastTimestamp?: string | undefined
}

/**
 * Plans the changes that `lines`, which follow the merge base, describe, onto `moved`. Conflicts are returned, all of
 * them; throws only `EDIT_BAD_CLOCK` and `EDIT_CLOCK_BACKWARD`.
 */
export function planRebase(
  moved: RegistryDocument,
  lines: readonly LogLine[],
  options: RebaseOptions,
): Rebase {
  const done = findDone(moved, lines)
  const conflicts = new Map<string, Conflict>()
  const dropped: number[] = []
  const changes: OwnChange[] = []
  let document = moved
  for (const { line, change } of lines) {
    const subject = subjectOf(change)
    const known = conflicts.get(subject)
    if (known !== undefined) {
      conflicts.set(subject, { ...known, lines: [...known.lines, line] })
      continue
    }
    if (done.has(subject)) {
      dropped.push(line)
      continue
    }
    const step = carry(document, change, options)
    if ('code' in step) conflicts.set(subject, { ...step, ...namesOf(change), lines: [line] })
    else {
      document = step.document
      changes.push(...step.changes)
    }
  }
  return conflicts.size === 0
    ? { ok: true, document, changes, dropped }
    : { ok: false, conflicts: [...conflicts.values()] }
}

type Step =
  | { readonly document: RegistryDocument; readonly changes: readonly OwnChange[] }
  | Pick<Conflict, 'code' | 'message'>

function carry(document: RegistryDocument, change: Change, options: RebaseOptions): Step {
  if (!isOwn(change)) {
    return { code: 'LEGACY_LINE', message: 'the line does not say what it found, and cannot be carried over' }
  }
  const there = standing(document, change)
  if (change.previous !== null && there !== null && !sameSide(change.previous, there)) {
    const message = `it was changed there too (want ${JSON.stringify(change.previous)}, got ${JSON.stringify(there)})`
    return { code: 'CHANGED_THERE', message }
  }
  const { action, owner, reason } = change
  const confirmed = {
    confirmDelete: action === 'unregister' || action === 'remove-org',
    confirmRedirect: action === 'retarget-org',
  }
  try {
    return planMutation(document, {
      ...{ action, org: owner, reason, ...confirmed, ...options },
      repo: 'repo' in change ? change.repo : undefined,
      context: change.action === 'register' ? change.context : undefined,
      telemetryRepo: 'telemetry_repo' in change ? change.telemetry_repo : undefined,
    })
  } catch (error) {
    // The clock is no entry's conflict: nothing can be written by it at all.
    if (!(error instanceof EditError) || error.code.includes('_CLOCK')) throw error
    return { code: error.code, message: error.message }
  }
}

/** Returns the subjects that somebody else has brought to where these lines would leave them. */
function findDone(moved: RegistryDocument, lines: readonly LogLine[]): Set<string> {
  const done = new Set<string>()
  const first = new Map<string, Change>()
  const last = new Map(lines.map(({ change }) => [subjectOf(change), change]))
  const owners = new Set<string>()
  for (const { change } of lines) {
    const subject = subjectOf(change)
    if (!first.has(subject)) {
      first.set(subject, change)
      // An organisation that a line before may have brought along: its own first line does not say what was there.
      if (!owners.has(subject) && isDone(moved, change, last.get(subject)!)) done.add(subject)
    }
    if (change.action === 'register') owners.add(foldName(change.owner))
  }
  return done
}

/** Tells whether a subject is no longer as `first` found it, and is as `last` would leave it. */
function isDone(moved: RegistryDocument, first: Change, last: Change): boolean {
  if (!isOwn(first) || !isOwn(last)) return false
  const there = standing(moved, last)
  return !sameSide(there, first.previous) && sameSide(there, outcomeOf(last))
}

/** Returns what a line of ours leaves behind. */
function outcomeOf(change: OwnChange): RepoEntry | OrgTarget | null {
  const { process, reason } = change
  switch (change.action) {
    case 'register':
      return { state: 'enabled', context: change.context, process, reason }
    case 'enable':
    case 'disable':
      return {
        ...change.previous,
        state: change.action === 'enable' ? 'enabled' : 'disabled',
        process,
        reason,
      }
    case 'retarget-org':
      return { telemetry_repo: `${change.owner}/${change.telemetry_repo}` }
    default:
      return null
  }
}

/** Returns what a registry holds of the line's subject. */
function standing({ orgs }: RegistryDocument, change: Change): RepoEntry | OrgTarget | null {
  const org = Object.hasOwn(orgs, change.owner) ? orgs[change.owner]! : undefined
  if (org === undefined) return null
  if (!('repo' in change)) return { telemetry_repo: org.telemetry_repo }
  return Object.hasOwn(org.repos, change.repo) ? org.repos[change.repo]! : null
}

function sameSide(a: RepoEntry | OrgTarget | null, b: RepoEntry | OrgTarget | null): boolean {
  if (a === null || b === null) return a === b
  if ('telemetry_repo' in a) return 'telemetry_repo' in b && a.telemetry_repo === b.telemetry_repo
  return 'state' in b && sameEntry(a, b)
}

function subjectOf(change: Change): string {
  return foldName('repo' in change ? `${change.owner}/${change.repo}` : change.owner)
}

function namesOf(change: Change): Pick<Conflict, 'org' | 'repo'> {
  return { org: change.owner, repo: 'repo' in change ? change.repo : null }
}
