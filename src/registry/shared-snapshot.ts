// A snapshot over a compiled registry (compiled.ts): it looks up, slices and decodes what is asked for, and holds
// nothing else. Any number of threads may each have one over the same buffer.

import { ASCII, COUNTS, type Compiled, kindOf, ORG_DIGEST_BYTES, openCompiled } from './compiled.ts'
import { foldQuery } from './names.ts'
import type {
  Counts,
  Entry,
  Filter,
  Org,
  Page,
  Registry,
  RegistryInfo,
  RepoName,
  Resolution,
  Snapshot,
  Window,
} from './snapshot.ts'
import { needleOf, type TextColumn } from './text-column.ts'

type Found = Extract<Resolution, { outcome: 'found' }>

/** How many found entries are kept, so that the few that everybody asks for are decoded once. A power of two. */
const RECENT = 1_024

/** Opens a compiled registry, to be asked. */
export function openSharedRegistry(compiled: SharedArrayBuffer): Registry {
  return new SharedRegistry(openCompiled(compiled))
}

/** Opens a compiled registry as a snapshot. */
export function openSharedSnapshot(compiled: SharedArrayBuffer, info: RegistryInfo): Snapshot {
  return new SharedSnapshot(openCompiled(compiled), info)
}

class SharedRegistry implements Registry {
  readonly counts: Counts
  readonly #all: Compiled
  /** Of all entries: one count for each value of the two lower flags. */
  readonly #counts: readonly number[]
  readonly #recent: (LazyFound | undefined)[] = new Array(RECENT).fill(undefined)

  constructor(all: Compiled) {
    this.#all = all
    const sums = [0, 0, 0, 0]
    for (const [i, count] of all.orgCounts.entries()) sums[i % COUNTS]! += count
    this.#counts = sums
    this.counts = countsOf(sums)
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
    const { orgTexts, orgFirsts, entryNames } = this.#all
    for (let at = 0; at < orgTexts.length; at++) {
      const { telemetry_repo } = this.#org(at)
      for (let position = orgFirsts[at]!; position < orgFirsts[at + 1]!; position++) {
        const [org, repo] = entryNames.at(position, true).split('/') as [string, string]
        yield { org, repo, telemetry_repo }
      }
    }
  }

  repos(filter: Filter, window: Window): Page<Entry> {
    const { entryNames, entryFlags, orgFirsts, orgTable, orgCounts } = this.#all
    const org = filter.org === undefined ? undefined : orgTable.find(filter.org)
    const [from, to] =
      org === undefined
        ? [0, entryNames.length]
        : org === -1
          ? [0, 0]
          : [orgFirsts[org]!, orgFirsts[org + 1]!]
    const kinds = kindsOf(filter)
    const lets = (position: number): boolean => kinds[entryFlags[position]! & (COUNTS - 1)]!
    const take = (position: number): Entry => this.#found(position).entry
    if (filter.q) return search(entryNames, filter.q, { from, to, lets, take }, window)
    // How many there are was counted when the registry was compiled: nothing is read but one page.
    const counted = org === undefined ? this.#counts : orgCounts.subarray(org * COUNTS, (org + 1) * COUNTS)
    const total = org === -1 ? 0 : kinds.reduce((sum, kind, i) => sum + (kind ? counted[i]! : 0), 0)
    return { ...readPage({ from, to, lets, take }, window), total }
  }

  orgs(filter: Filter, window: Window): Page<Org> {
    return this.#orgPage(this.#all.orgNames, filter, window)
  }

  telemetryRepos(filter: Filter, window: Window): Page<Org> {
    return this.#orgPage(this.#all.orgTargets, filter, window)
  }

  #orgPage(names: TextColumn, filter: Filter, window: Window): Page<Org> {
    const { orgTable, orgCounts } = this.#all
    const org = filter.org === undefined ? undefined : orgTable.find(filter.org)
    const [from, to] = org === undefined ? [0, names.length] : org === -1 ? [0, 0] : [org, org + 1]
    const any = filter.state === undefined && filter.context === undefined
    const kinds = kindsOf(filter)
    const lets = (position: number): boolean =>
      any || kinds.some((kind, i) => kind && orgCounts[position * COUNTS + i]! > 0)
    const take = (position: number): Org => this.#org(position)
    if (filter.q) return search(names, filter.q, { from, to, lets, take }, window)
    if (any) return { ...readPage({ from, to, lets, take }, window), total: to - from }
    let total = 0
    for (let position = from; position < to; position++) if (lets(position)) total += 1
    return { ...readPage({ from, to, lets, take }, window), total }
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

  constructor(all: Compiled, info: RegistryInfo) {
    super(all)
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

interface Choice<Item> {
  /** Positions from `from` and before `to` are looked at. */
  readonly from: number
  readonly to: number
  readonly lets: (position: number) => boolean
  readonly take: (position: number) => Item
}

/** Reads one page, and on until it knows whether another one follows. */
function readPage<Item>({ from, to, lets, take }: Choice<Item>, window: Window): Omit<Page<Item>, 'total'> {
  const items: Item[] = []
  for (let position = Math.max(from, window.from); position < to; position++) {
    if (!lets(position)) continue
    if (items.length === window.limit) return { items, next: position }
    items.push(take(position))
  }
  return { items, next: undefined }
}

/** Reads one page of what holds `q`, and counts the rest: nobody has counted it before. */
function search<Item>(
  names: TextColumn,
  q: string,
  { from, to, lets, take }: Choice<Item>,
  window: Window,
): Page<Item> {
  const items: Item[] = []
  let total = 0
  let next: number | undefined
  const needle = needleOf(foldQuery(q))
  if (needle === undefined) return { items, total, next }
  for (let at = names.next(needle, from, to); at !== -1; at = names.next(needle, at + 1, to)) {
    if (!lets(at)) continue
    total += 1
    if (at < window.from) continue
    if (items.length < window.limit) items.push(take(at))
    else next ??= at
  }
  return { items, total, next }
}

function countsOf(counts: ArrayLike<number>): Counts {
  const of = (state: 'enabled' | 'disabled', context: 'sandbox' | 'production'): number =>
    counts[kindOf({ state, context })]!
  const enabled = { sandbox: of('enabled', 'sandbox'), production: of('enabled', 'production') }
  const disabled = { sandbox: of('disabled', 'sandbox'), production: of('disabled', 'production') }
  const total = enabled.sandbox + enabled.production + disabled.sandbox + disabled.production
  return { total, enabled, disabled }
}
