// The registry as a replay sees it: names folded, entries in the order they came, cheap to change line after line. A
// line is carried out even where it contradicts what is there, so that one fault does not hide the next.

import {
  type Change,
  type EntryChange,
  isOwn,
  type LegacyChange,
  type OrgTarget,
  PROCESS,
  type RegisterChange,
  type RemoveChange,
  type RetargetChange,
} from '../changelog/change.ts'
import type { LogCode } from '../changelog/log-fault.ts'
import { foldName } from '../registry/names.ts'
import type { OrgEntry, RegistryDocument, RepoEntry } from '../registry/schema.ts'

interface Repo {
  readonly name: string
  readonly entry: RepoEntry
}

interface Org {
  readonly name: string
  entry: OrgEntry
  readonly repos: Map<string, Repo>
}

/** Where a line and the registry before it do not go together. */
export interface Objection {
  readonly code: LogCode
  readonly message: string
}

/** A registry that lines are carried out on. */
export class World {
  readonly #base: RegistryDocument
  readonly #orgs = new Map<string, Org>()

  /** Starts from a registry that satisfies R1–R10. */
  constructor(base: RegistryDocument) {
    this.#base = base
    for (const [name, entry] of Object.entries(base.orgs)) {
      const repos = Object.entries(entry.repos).map(
        ([repo, own]) => [foldName(repo), { name: repo, entry: own }] as const,
      )
      this.#orgs.set(foldName(name), { name, entry, repos: new Map(repos) })
    }
  }

  /** Carries out one line and returns every reason why it does not follow from what was there. */
  apply(change: Change): readonly Objection[] {
    const objections: Objection[] = []
    const raise = (code: LogCode, message: string): void => void objections.push({ code, message })
    const org = this.#orgs.get(foldName(change.owner))
    if (org !== undefined && org.name !== change.owner) {
      raise('LOG_CONTRADICTS', `${change.owner} is registered as ${org.name}`)
    }
    switch (change.action) {
      case 'register':
        this.#register(change, org, raise)
        break
      case 'enable':
      case 'disable':
      case 'unregister':
        changeRepo(change, org, raise)
        break
      case 'retarget-org':
      case 'remove-org':
        this.#changeOrg(change, org, raise)
        break
    }
    return objections
  }

  /** Returns the registry as it now stands: what no line touched is as it was in the base. */
  document(): RegistryDocument {
    const orgs = [...this.#orgs.values()].map(({ name, entry, repos }) => {
      const members = Object.fromEntries([...repos.values()].map(repo => [repo.name, repo.entry]))
      return [name, { ...entry, repos: members }] as const
    })
    return { ...this.#base, orgs: Object.fromEntries(orgs) }
  }

  #register(change: RegisterChange | LegacyChange, known: Org | undefined, raise: Raise): void {
    const { owner, repo, context, telemetry_repo, reason = '' } = change
    const there = known?.repos.get(foldName(repo))
    if (there !== undefined) {
      raise('LOG_CONTRADICTS', `registers ${owner}/${repo}, which was registered already, as ${there.name}`)
      known!.repos.delete(foldName(repo))
    }
    if (context === undefined)
      raise('LOG_UNDETERMINED', `does not say in which context ${owner}/${repo} was registered`)
    if (known === undefined && telemetry_repo === undefined) {
      raise('LOG_UNDETERMINED', `does not say where the telemetry of ${owner} goes`)
    }
    if (context === undefined || (known ?? telemetry_repo) === undefined) return
    const org = known ?? {
      name: owner,
      entry: { telemetry_repo: `${owner}/${telemetry_repo}`, repos: {} },
      repos: new Map<string, Repo>(),
    }
    // The field's tool recorded a telemetry repository that it then ignored; ours never does.
    const target = `${owner}/${telemetry_repo}`
    if (isOwn(change) && org.entry.telemetry_repo !== target) {
      raise(
        'LOG_CONTRADICTS',
        `names ${target}, but the telemetry of ${owner} went to ${org.entry.telemetry_repo}`,
      )
    }
    this.#orgs.set(foldName(owner), org)
    org.repos.set(foldName(repo), {
      name: repo,
      entry: { state: 'enabled', context, process: PROCESS, reason },
    })
  }

  #changeOrg(change: RetargetChange | RemoveChange, org: Org | undefined, raise: Raise): void {
    if (org === undefined) {
      raise('LOG_CONTRADICTS', `${change.action} of ${change.owner}, which was not registered`)
      return
    }
    checkTarget(change.previous, org.entry, raise)
    if (change.action === 'retarget-org') {
      const telemetry_repo = `${change.owner}/${change.telemetry_repo}`
      if (telemetry_repo === org.entry.telemetry_repo)
        raise('LOG_CONTRADICTS', `telemetry already went to ${telemetry_repo}`)
      org.entry = { ...org.entry, telemetry_repo }
      return
    }
    if (org.repos.size > 0)
      raise('LOG_FORBIDDEN', `removes ${org.name} with ${org.repos.size} of its repositories`)
    this.#orgs.delete(foldName(change.owner))
  }
}

type Raise = (code: LogCode, message: string) => void

function changeRepo(change: EntryChange | LegacyChange, org: Org | undefined, raise: Raise): void {
  const { action, owner, repo, reason = '' } = change
  const there = org?.repos.get(foldName(repo))
  if (org === undefined || there === undefined) {
    raise('LOG_CONTRADICTS', `${action} of ${owner}/${repo}, which was not registered`)
    return
  }
  const { entry } = there
  if (there.name !== repo) raise('LOG_CONTRADICTS', `${owner}/${repo} is registered as ${there.name}`)
  if ('previous' in change && !sameEntry(change.previous, entry)) {
    raise(
      'LOG_WRONG_PREVIOUS',
      `previous is ${JSON.stringify(change.previous)} (want ${JSON.stringify(entry)})`,
    )
  }
  if (action === 'unregister') {
    if (isOwn(change) && entry.context === 'production' && entry.state === 'enabled') {
      raise('LOG_FORBIDDEN', `unregisters ${owner}/${repo} while it is enabled for production`)
    }
    org.repos.delete(foldName(repo))
    return
  }
  const state = action === 'enable' ? 'enabled' : 'disabled'
  if (entry.state === state)
    raise('LOG_CONTRADICTS', `${action} of ${owner}/${repo}, which was ${state} already`)
  org.repos.set(foldName(repo), { name: there.name, entry: { ...entry, state, process: PROCESS, reason } })
}

function checkTarget(previous: OrgTarget, { telemetry_repo }: OrgEntry, raise: Raise): void {
  if (previous.telemetry_repo === telemetry_repo) return
  raise('LOG_WRONG_PREVIOUS', `previous names ${previous.telemetry_repo} (want ${telemetry_repo})`)
}

/** Tells whether two entries say the same, in whatever order their keys stand. */
export function sameEntry(a: RepoEntry, b: RepoEntry): boolean {
  return a.state === b.state && a.context === b.context && a.process === b.process && a.reason === b.reason
}
