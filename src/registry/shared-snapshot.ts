// A snapshot over a compiled registry (compiled.ts): it looks up, slices and decodes what is asked for, and holds
// nothing else. Any number of threads may each have one over the same buffer.

import { ASCII, COUNTS, type Compiled, DISABLED, kindOf, ORG_DIGEST_BYTES, openCompiled } from './compiled.ts'
import { foldQuery } from './names.ts'
import type { State } from './schema.ts'
import { type List, readList, STEP } from './shared-list.ts'
import type {
  Counts,
  Entry,
  Filter,
  Found,
  Org,
  Page,
  Registry,
  RegistryInfo,
  RepoName,
  Resolution,
  Snapshot,
  Window,
} from './snapshot.ts'
import type { Steps } from './steps.ts'
import type { TextColumn } from './text-column.ts'

/** How many found entries are kept, so that the few that everybody asks for are decoded once. A power of two. */
const RECENT = 1_024

/** How many totals are kept: a walk along a list would otherwise look at all of it for each page. */
const TOTALS = 256

/** Opens a compiled registry, to be asked. */
export function openSharedRegistry(compiled: SharedArrayBuffer): Registry {
  return new SharedRegistry(openCompiled(compiled), STEP)
}

/** Opens a compiled registry as a snapshot. `step` is given only by a test, which has no time for long lists. */
export function openSharedSnapshot(compiled: SharedArrayBuffer, info: RegistryInfo, step = STEP): Snapshot {
  return new SharedSnapshot(openCompiled(compiled), info, step)
}

class SharedRegistry implements Registry {
  readonly counts: Counts
  readonly #all: Compiled
  readonly #step: number
  readonly #recent: (LazyFound | undefined)[] = new Array(RECENT).fill(undefined)
  /** By list and filter, the one that was asked for last at the end. */
  readonly #totals = new Map<string, number>()

  constructor(all: Compiled, step: number) {
    this.#all = all
    this.#step = step
    this.counts = countsOf(all.counts)
  }

  get orgCount(): number {
    return this.#all.orgTexts.length
  }

  resolve(org: string, repo: string): Resolution {
    const position = this.#all.entryTable.find(org, repo)
    if (position !== -1) return this.#found(position)
    const known = this.org(org)
    return known === undefined
      ? { outcome: 'org_not_registered' }
      : { outcome: 'repo_not_registered', org: known }
  }

  org(name: string): Org | undefined {
    const position = this.#all.orgTable.find(name)
    return position === -1 ? undefined : this.#org(position)
  }

  orgDigest(name: string): string | undefined {
    const at = this.#all.orgTable.find(name) * ORG_DIGEST_BYTES
    return at < 0 ? undefined : this.#all.orgDigests.toString('hex', at, at + ORG_DIGEST_BYTES)
  }

  *repoNames(): Generator<RepoName> {
    const { orgNames, orgFirsts, entryNames } = this.#all
    for (let at = 0; at < orgNames.length; at++) {
      const { telemetry_repo } = this.#org(at)
      const org = orgNames.at(at, true)
      for (let position = orgFirsts[at]!; position < orgFirsts[at + 1]!; position++) {
        yield { org, repo: entryNames.at(position, true).slice(org.length + 1), telemetry_repo }
      }
    }
  }

  repos(filter: Filter, window: Window): Steps<Page<Entry>> {
    const { entryNames: names, entryTexts, entryFlags, orgFirsts, orgTable, orgCounts, counts } = this.#all
    const org = filter.org === undefined ? undefined : orgTable.find(filter.org)
    const [from, to] =
      org === undefined ? [0, names.length] : org === -1 ? [0, 0] : [orgFirsts[org]!, orgFirsts[org + 1]!]
    const kinds = kindsOf(filter)
    const lets = (position: number): boolean => kinds[entryFlags[position]! & (COUNTS - 1)]!
    // Past the entries that are kept: a list would leave none of those that everybody asks for.
    const take = (position: number): Entry => JSON.parse(`{${entryTexts.at(position)}}`) as Entry
    if (filter.q) return this.#listOf('repos', { from, to, names, lets, take }, filter, window)
    // How many there are was counted when the registry was compiled.
    const counted = org === undefined ? counts : orgCounts.subarray(org * COUNTS, (org + 1) * COUNTS)
    const total = org === -1 ? 0 : kinds.reduce((sum, kind, i) => sum + (kind ? counted[i]! : 0), 0)
    return readList({ from, to, names, part: undefined, lets, take, total }, window, this.#step)
  }

  orgs(filter: Filter, window: Window): Steps<Page<Org>> {
    return this.#orgList('orgs', this.#all.orgNames, filter, window)
  }

  telemetryRepos(filter: Filter, window: Window): Steps<Page<Org>> {
    return this.#orgList('targets', this.#all.orgTargets, filter, window)
  }

  #orgList(key: string, names: TextColumn, filter: Filter, window: Window): Steps<Page<Org>> {
    const { orgTable, orgCounts } = this.#all
    const org = filter.org === undefined ? undefined : orgTable.find(filter.org)
    const [from, to] = org === undefined ? [0, names.length] : org === -1 ? [0, 0] : [org, org + 1]
    const any = filter.state === undefined && filter.context === undefined
    const kinds = kindsOf(filter)
    const lets = (position: number): boolean =>
      any || kinds.some((kind, i) => kind && orgCounts[position * COUNTS + i]! > 0)
    const take = (position: number): Org => this.#org(position)
    if (!any || filter.q) return this.#listOf(key, { from, to, names, lets, take }, filter, window)
    return readList({ from, to, names, part: undefined, lets, take, total: to - from }, window, this.#step)
  }

  /** Reads a list that is counted at its first page, and not again for those that follow. */
  *#listOf<Item>(
    name: string,
    list: Omit<List<Item>, 'part' | 'total'>,
    { state, context, q }: Filter,
    window: Window,
  ): Steps<Page<Item>> {
    const part = q ? foldQuery(q) : undefined
    const key = JSON.stringify([name, list.from, list.to, state, context, part])
    const page = yield* readList({ ...list, part, total: this.#totals.get(key) }, window, this.#step)
    this.#totals.delete(key)
    this.#totals.set(key, page.total)
    if (this.#totals.size > TOTALS) this.#totals.delete(this.#totals.keys().next().value!)
    return page
  }

  #org(position: number): Org {
    const { orgTexts, orgCounts } = this.#all
    const { org, telemetry_repo } = JSON.parse(`{${orgTexts.at(position)}}`) as Omit<Org, 'repos'>
    const counts = orgCounts.subarray(position * COUNTS, (position + 1) * COUNTS)
    return { org, telemetry_repo, repos: countsOf(counts) }
  }

  #found(position: number): Found {
    const slot = position & (RECENT - 1)
    let found = this.#recent[slot]
    if (found?.position !== position) {
      found = new LazyFound(this.#all, position)
      this.#recent[slot] = found
    }
    return found
  }
}

class SharedSnapshot extends SharedRegistry implements Snapshot {
  readonly info: RegistryInfo

  constructor(all: Compiled, info: RegistryInfo, step: number) {
    super(all, step)
    this.info = info
  }
}

/** An entry that is decoded when somebody looks at it, and then remembered. */
class LazyFound implements Found {
  readonly outcome = 'found'
  readonly #position: number
  readonly #all: Compiled
  #text: string | undefined
  #entry: Entry | undefined

  constructor(all: Compiled, position: number) {
    this.#all = all
    this.#position = position
  }

  get position(): number {
    return this.#position
  }

  get text(): string {
    const { entryTexts, entryFlags } = this.#all
    this.#text ??= entryTexts.at(this.#position, (entryFlags[this.#position]! & ASCII) !== 0)
    return this.#text
  }

  get state(): State {
    return (this.#all.entryFlags[this.#position]! & DISABLED) === 0 ? 'enabled' : 'disabled'
  }

  get bytes(): number {
    return this.#all.entryTexts.bytesAt(this.#position)
  }

  get entry(): Entry {
    this.#entry ??= JSON.parse(`{${this.text}}`) as Entry
    return this.#entry
  }
}

/** For each value of the two lower flags, whether the filter lets it through. */
function kindsOf({ state, context }: Filter): readonly boolean[] {
  const lets = [false, false, false, false]
  for (const s of ['enabled', 'disabled'] as const) {
    for (const c of ['sandbox', 'production'] as const) {
      lets[kindOf({ state: s, context: c })] = (state ?? s) === s && (context ?? c) === c
    }
  }
  return lets
}

function countsOf(counts: ArrayLike<number>): Counts {
  const of = (state: 'enabled' | 'disabled', context: 'sandbox' | 'production'): number =>
    counts[kindOf({ state, context })]!
  const enabled = { sandbox: of('enabled', 'sandbox'), production: of('enabled', 'production') }
  const disabled = { sandbox: of('disabled', 'sandbox'), production: of('disabled', 'production') }
  const total = enabled.sandbox + enabled.production + disabled.sandbox + disabled.production
  return { total, enabled, disabled }
}
