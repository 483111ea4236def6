// The plain version of a snapshot: `Map`s over names, exact and folded, and two arrays in registry order. It serves the
// command line, and is small enough to be believed on sight: it is the oracle that the shared one is tested against.

import { sha256 } from '../core/digest.ts'
import { foldName, foldQuery, isOwnerName, isRepoName } from './names.ts'
import type { RegistryDocument, State } from './schema.ts'
import type {
  Counts,
  Entry,
  Filter,
  Found,
  Org,
  Page,
  RegistryInfo,
  RepoName,
  Resolution,
  Snapshot,
  Window,
} from './snapshot.ts'
import type { Steps } from './steps.ts'

/** Builds a snapshot of a registry that has passed R1–R10. */
export function buildMapSnapshot(document: RegistryDocument, info: RegistryInfo): Snapshot {
  return new MapSnapshot(document, info)
}

class MapSnapshot implements Snapshot {
  readonly info: RegistryInfo
  readonly counts: Counts
  readonly #orgs: readonly Org[]
  readonly #entries: readonly Entry[]
  readonly #orgByName = new Map<string, Org>()
  readonly #foundByName = new Map<string, Found>()
  /** By organisation and repository in canonical spelling, which is how nearly everybody asks. */
  readonly #foundByExactName = new Map<string, Map<string, Found>>()

  constructor(document: RegistryDocument, info: RegistryInfo) {
    const orgs: Org[] = []
    const entries: Entry[] = []
    for (const [name, { telemetry_repo, repos }] of Object.entries(document.orgs)) {
      const own: Entry[] = []
      const exact = new Map<string, Found>()
      for (const [repo, { state, context, process, reason }] of Object.entries(repos)) {
        const entry = { org: name, repo, state, context, telemetry_repo, process, reason }
        const found = new LazyFound(entry)
        own.push(entry)
        exact.set(repo, found)
        this.#foundByName.set(foldName(`${name}/${repo}`), found)
      }
      this.#foundByExactName.set(name, exact)
      const org = { org: name, telemetry_repo, repos: count(own) }
      orgs.push(org)
      this.#orgByName.set(foldName(name), org)
      for (const entry of own) entries.push(entry)
    }
    this.info = info
    this.#orgs = orgs
    this.#entries = entries
    this.counts = count(entries)
  }

  get orgCount(): number {
    return this.#orgs.length
  }

  resolve(org: string, repo: string): Resolution {
    // What is registered under exactly this name is legal: there is nothing to check and nothing to fold.
    const exact = this.#foundByExactName.get(org)?.get(repo)
    if (exact !== undefined) return exact
    if (!isOwnerName(org)) return { outcome: 'org_not_registered' }
    const found = isRepoName(repo) ? this.#foundByName.get(foldName(`${org}/${repo}`)) : undefined
    if (found !== undefined) return found
    const known = this.#orgByName.get(foldName(org))
    return known === undefined
      ? { outcome: 'org_not_registered' }
      : { outcome: 'repo_not_registered', org: known }
  }

  org(name: string): Org | undefined {
    return isOwnerName(name) ? this.#orgByName.get(foldName(name)) : undefined
  }

  orgDigest(name: string): string | undefined {
    const org = this.org(name)
    if (org === undefined) return undefined
    return sha256(JSON.stringify([org, this.#entries.filter(entry => entry.org === org.org)])).slice(0, 16)
  }

  repoNames(): Iterable<RepoName> {
    return this.#entries
  }

  repos(filter: Filter, window: Window): Steps<Page<Entry>> {
    const lets = entryFilter(filter)
    const q = filter.q === undefined ? undefined : foldQuery(filter.q)
    return page(this.#entries, window, entry => {
      return lets(entry) && (q === undefined || foldName(`${entry.org}/${entry.repo}`).includes(q))
    })
  }

  orgs(filter: Filter, window: Window): Steps<Page<Org>> {
    return page(
      this.#orgs,
      window,
      orgFilter(filter, item => item.org),
    )
  }

  telemetryRepos(filter: Filter, window: Window): Steps<Page<Org>> {
    return page(
      this.#orgs,
      window,
      orgFilter(filter, item => item.telemetry_repo),
    )
  }
}

/** An entry whose text is made when it is first asked for: a reload pays for no entry that nobody resolves. */
class LazyFound implements Found {
  readonly outcome = 'found'
  readonly entry: Entry
  #text: string | undefined

  constructor(entry: Entry) {
    this.entry = entry
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.entry).slice(1, -1)
    return this.#text
  }

  get state(): State {
    return this.entry.state
  }

  get bytes(): number {
    return Buffer.byteLength(this.text)
  }
}

function entryFilter(filter: Filter): (entry: Entry) => boolean {
  const org = filter.org === undefined ? undefined : foldQuery(filter.org)
  const { state, context } = filter
  return entry =>
    (org === undefined || foldName(entry.org) === org) &&
    (state === undefined || entry.state === state) &&
    (context === undefined || entry.context === context)
}

function orgFilter(filter: Filter, textOf: (item: Org) => string): (item: Org) => boolean {
  const org = filter.org === undefined ? undefined : foldQuery(filter.org)
  const q = filter.q === undefined ? undefined : foldQuery(filter.q)
  return item =>
    (org === undefined || foldName(item.org) === org) &&
    (q === undefined || foldName(textOf(item)).includes(q)) &&
    holds(item.repos, filter)
}

/** Tells whether an organisation with these counts has a repository that the filter lets through. */
function holds(counts: Counts, { state, context }: Filter): boolean {
  if (state === undefined && context === undefined) return true
  const states = state === undefined ? (['enabled', 'disabled'] as const) : [state]
  const contexts = context === undefined ? (['sandbox', 'production'] as const) : [context]
  return states.some(s => contexts.some(c => counts[s][c] > 0))
}

/** A step for each item: the smallest there can be. */
function* page<Item>(
  all: readonly Item[],
  { from, limit }: Window,
  lets: (item: Item) => boolean,
): Steps<Page<Item>> {
  const items: Item[] = []
  let total = 0
  let next: number | undefined
  for (const [position, item] of all.entries()) {
    yield
    if (!lets(item)) continue
    total += 1
    if (position < from) continue
    if (items.length < limit) items.push(item)
    else next ??= position
  }
  return { items, total, next }
}

function count(entries: readonly Entry[]): Counts {
  const counts = {
    total: entries.length,
    enabled: { sandbox: 0, production: 0 },
    disabled: { sandbox: 0, production: 0 },
  }
  for (const entry of entries) counts[entry.state][entry.context] += 1
  return counts
}
