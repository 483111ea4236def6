// One step of an edit: the document after it and what its line will say. The documents given are never touched, names
// are looked up without a prototype (R9), and another spelling of a registered name is refused, never followed (R6).

import type { Action, OrgTarget } from '../changelog/change.ts'
import { foldName } from '../registry/names.ts'
import type { Context, OrgEntry, RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { EditError } from './error.ts'
import { collision } from './request.ts'

/** A change that has been worked out and not yet been written down. */
export interface Step {
  readonly action: Action
  readonly org: string
  readonly repo?: string
  readonly context?: Context
  /** The telemetry repository's name, without its owner. */
  readonly telemetry?: string
  readonly before: RepoEntry | OrgTarget | null
  readonly after: RepoEntry | OrgTarget | null
  /** The whole registry after the step. */
  readonly document: RegistryDocument
}

/** Looks up an organisation in exactly this spelling. Throws `EDIT_CASE_COLLISION`. */
export function findOrg(document: RegistryDocument, org: string): OrgEntry | undefined {
  return find(document.orgs, org, 'organisation')
}

/** Looks up a repository in exactly this spelling. Throws `EDIT_CASE_COLLISION`. */
export function findRepo(org: OrgEntry, repo: string): RepoEntry | undefined {
  return find(org.repos, repo, 'repository')
}

/** Looks up an organisation that has to be there. Throws `EDIT_ORG_NOT_REGISTERED` or `EDIT_CASE_COLLISION`. */
export function needOrg(document: RegistryDocument, org: string): OrgEntry {
  const found = findOrg(document, org)
  if (found !== undefined) return found
  throw new EditError('EDIT_ORG_NOT_REGISTERED', `organisation ${org} is not registered`, 'infra list')
}

/** Looks up a repository that has to be there. Throws `EDIT_ORG_NOT_REGISTERED`, `EDIT_REPO_NOT_REGISTERED` or `EDIT_CASE_COLLISION`. */
export function needRepo(document: RegistryDocument, org: string, repo: string): [OrgEntry, RepoEntry] {
  const owner = needOrg(document, org)
  const found = findRepo(owner, repo)
  if (found !== undefined) return [owner, found]
  throw new EditError('EDIT_REPO_NOT_REGISTERED', `repository ${org}/${repo} is not registered`, 'infra list')
}

/** Returns `document` with `entry` in the place of that organisation, or at the end. */
export function putOrg(document: RegistryDocument, org: string, entry: OrgEntry): RegistryDocument {
  return { ...document, orgs: { ...document.orgs, [org]: entry } }
}

/** Returns `org` with `entry` in the place of that repository, or at the end. */
export function putRepo(org: OrgEntry, repo: string, entry: RepoEntry): OrgEntry {
  // A computed key defines a member even where it is called `__proto__`; an assignment would not.
  return { ...org, repos: { ...org.repos, [repo]: entry } }
}

/** Returns `members` without `key`. */
export function without<Value>(members: Readonly<Record<string, Value>>, key: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name !== key))
}

/** Returns the bare name of an organisation's telemetry repository. */
export function telemetryName({ telemetry_repo }: OrgTarget): string {
  return telemetry_repo.slice(telemetry_repo.indexOf('/') + 1)
}

function find<Value>(
  members: Readonly<Record<string, Value>>,
  name: string,
  what: string,
): Value | undefined {
  if (Object.hasOwn(members, name)) return members[name]
  const folded = foldName(name)
  const other = Object.keys(members).find(key => foldName(key) === folded)
  if (other !== undefined) throw collision(what, name, other)
  return undefined
}
