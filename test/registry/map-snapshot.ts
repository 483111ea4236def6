// The plain snapshot against a deliberately naive one: arrays, loops, and nothing remembered between two questions.

import fc from 'fast-check'
import t from 'tap'
import { buildMapSnapshot } from '../../src/registry/map-snapshot.ts'
import { isOwnerName, isRepoName } from '../../src/registry/names.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import type { Counts, Entry, Filter, Org, Page, Resolution, Snapshot } from '../../src/registry/snapshot.ts'
import {
  bytesOf,
  entryOf,
  infoOf,
  orgOf,
  owners,
  prototypeNames,
  registries,
  registryOf,
  repos,
  runs,
  snapshotOf,
} from '../fixtures/registry-world.ts'

/** Compares as GitHub does, letter by letter. */
function same(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  return [...a].every(
    (x, at) => x === b[at] || (/[A-Za-z]/.test(x) && (x.charCodeAt(0) ^ 32) === b.charCodeAt(at)),
  )
}

function holds(text: string, part: string): boolean {
  for (let at = 0; at + part.length <= text.length; at++) {
    if (same(text.slice(at, at + part.length), part)) return true
  }
  return false
}

function naiveEntries(document: RegistryDocument): Entry[] {
  return Object.entries(document.orgs).flatMap(([org, { telemetry_repo, repos }]) =>
    Object.entries(repos).map(([repo, { state, context, process, reason }]) => ({
      org,
      repo,
      state,
      context,
      telemetry_repo,
      process,
      reason,
    })),
  )
}

function naiveCounts(entries: readonly Entry[]): Counts {
  const of = (state: string, context: string) =>
    entries.filter(entry => entry.state === state && entry.context === context).length
  return {
    total: entries.length,
    enabled: { sandbox: of('enabled', 'sandbox'), production: of('enabled', 'production') },
    disabled: { sandbox: of('disabled', 'sandbox'), production: of('disabled', 'production') },
  }
}

function naiveOrgs(document: RegistryDocument): Org[] {
  return Object.entries(document.orgs).map(([org, { telemetry_repo }]) => ({
    org,
    telemetry_repo,
    repos: naiveCounts(naiveEntries(document).filter(entry => entry.org === org)),
  }))
}

function naiveResolve(document: RegistryDocument, org: string, repo: string): Resolution {
  const entry = naiveEntries(document).find(one => same(one.org, org) && same(one.repo, repo))
  if (entry !== undefined) return { outcome: 'found', entry, text: JSON.stringify(entry).slice(1, -1) }
  const known = naiveOrgs(document).find(one => same(one.org, org))
  return known === undefined
    ? { outcome: 'org_not_registered' }
    : { outcome: 'repo_not_registered', org: known }
}

function lets(entry: Entry, { org, state, context }: Filter): boolean {
  return (
    (org === undefined || same(entry.org, org)) &&
    (state === undefined || entry.state === state) &&
    (context === undefined || entry.context === context)
  )
}

function naiveRepos(document: RegistryDocument, filter: Filter): Entry[] {
  return naiveEntries(document).filter(
    entry => lets(entry, filter) && holds(`${entry.org}/${entry.repo}`, filter.q ?? ''),
  )
}

function naiveOrgList(document: RegistryDocument, filter: Filter, nameOf: (org: Org) => string): Org[] {
  return naiveOrgs(document).filter(org => {
    const own = naiveEntries(document).filter(entry => entry.org === org.org)
    const any = filter.state === undefined && filter.context === undefined
    return (
      (filter.org === undefined || same(org.org, filter.org)) &&
      holds(nameOf(org), filter.q ?? '') &&
      (any || own.some(entry => lets(entry, filter)))
    )
  })
}

/** Walks a list page by page and returns all its items; throws when a page contradicts another. */
function walk<Item>(take: (from: number) => Page<Item>, limit: number): Item[] {
  const items: Item[] = []
  let from: number | undefined = 0
  let total: number | undefined
  while (from !== undefined) {
    const page: Page<Item> = take(from)
    total ??= page.total
    if (page.total !== total) throw new Error('`total` changed between two pages')
    if (page.items.length > limit) throw new Error('a page longer than its limit')
    if (page.next !== undefined && page.items.length < limit)
      throw new Error('a short page that is not the last')
    items.push(...page.items)
    if (page.next !== undefined && page.next <= from) throw new Error('`next` does not move on')
    from = page.next
  }
  if (items.length !== total) throw new Error('`total` is not the number of items')
  return items
}

const build = (document: RegistryDocument): Snapshot => buildMapSnapshot(document, infoOf(bytesOf(document)))
const plain = (value: unknown): string => JSON.stringify(value)
const shown = (resolution: Resolution): string =>
  plain(
    resolution.outcome === 'found'
      ? { ...resolution, entry: resolution.entry, text: resolution.text }
      : resolution,
  )

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 2, nil: undefined })
const wishes = fc.record({
  org: maybe(fc.oneof(fc.nat(), fc.constantFrom('\u212a', 'A', 'b'))),
  state: maybe(fc.constantFrom('enabled' as const, 'disabled' as const)),
  context: maybe(fc.constantFrom('sandbox' as const, 'production' as const)),
  q: maybe(fc.oneof(fc.nat(), fc.constantFrom('', '/', 'a', 'B', '.', '-', '_', '\u212a'))),
})

/** Makes a filter of a wish; where it wishes for a number, one that names something of `document`. */
function filterOf(
  document: RegistryDocument,
  wish: typeof wishes extends fc.Arbitrary<infer T> ? T : never,
): Filter {
  const orgs = Object.keys(document.orgs)
  const names = naiveEntries(document).map(({ org, repo }) => `${org}/${repo}`)
  const pick = (list: readonly string[], at: number) => list[at % (list.length || 1)] ?? 'x'
  const org = typeof wish.org === 'number' ? pick(orgs, wish.org).toUpperCase() : wish.org
  const name = typeof wish.q === 'number' ? pick([...names, ...orgs], wish.q) : undefined
  const q = typeof wish.q === 'number' ? name!.slice(wish.q % name!.length).toLowerCase() : wish.q
  const { state, context } = wish
  return {
    ...(org === undefined ? {} : { org }),
    ...(state === undefined ? {} : { state }),
    ...(context === undefined ? {} : { context }),
    ...(q === undefined ? {} : { q }),
  }
}

t.test('it answers as the naive one does', async t => {
  let full = 0
  let narrowed = 0
  let asked = 0
  fc.assert(
    fc.property(registries, wishes, fc.integer({ min: 1, max: 4 }), (document, wish, limit) => {
      const filter = filterOf(document, wish)
      const snapshot = build(document)
      const orgs = naiveOrgs(document)
      const entries = naiveEntries(document)
      if (snapshot.orgCount !== orgs.length) throw new Error('orgCount')
      if (plain(snapshot.counts) !== plain(naiveCounts(entries))) throw new Error('counts')
      const listed = walk(from => snapshot.repos(filter, { from, limit }), limit)
      if (plain(listed) !== plain(naiveRepos(document, filter))) throw new Error('repos')
      const orgList = walk(from => snapshot.orgs(filter, { from, limit }), limit)
      if (plain(orgList) !== plain(naiveOrgList(document, filter, one => one.org))) throw new Error('orgs')
      const targets = walk(from => snapshot.telemetryRepos(filter, { from, limit }), limit)
      if (plain(targets) !== plain(naiveOrgList(document, filter, one => one.telemetry_repo)))
        throw new Error('telemetryRepos')
      asked += 1
      if (listed.length > limit || orgList.length > limit) full += 1
      if (listed.length > 0 && listed.length < entries.length) narrowed += 1
    }),
    runs(400),
  )
  t.comment(`${asked} lists: ${full} of several pages, ${narrowed} narrowed by a filter`)
  t.ok(full > 0.05 * asked, 'counts, lists and pages, many of them with a page that follows')
  t.ok(narrowed > 0.1 * asked, 'and many of them narrowed')

  let found = 0
  fc.assert(
    fc.property(registries, owners, repos, fc.nat(), (document, org, repo, seed) => {
      const snapshot = build(document)
      const entries = naiveEntries(document)
      const recase = (name: string) =>
        [...name].map((x, at) => ((seed >> (at % 20)) & 1 ? x.toUpperCase() : x.toLowerCase())).join('')
      const known = entries[seed % (entries.length || 1)]
      const names = [
        [org, repo],
        [recase(known?.org ?? org), repo],
        [recase(known?.org ?? org), recase(known?.repo ?? repo)],
      ] as const
      for (const [o, r] of names) {
        const got = snapshot.resolve(o, r)
        if (got.outcome === 'found') found += 1
        if (shown(got) !== shown(naiveResolve(document, o, r))) throw new Error(`resolve ${o}/${r}`)
        if (plain(snapshot.org(o)) !== plain(naiveOrgs(document).find(one => same(one.org, o))))
          throw new Error(`org ${o}`)
      }
    }),
    runs(400),
  )
  t.ok(found > 100, 'look-ups, many of them of names that are there')
})

t.test('a window', async t => {
  const snapshot = snapshotOf(bytesOf(registryOf()))
  t.test('beyond the end is empty, and its total is right all the same', async t => {
    t.strictSame(snapshot.repos({}, { from: 99, limit: 5 }), { items: [], total: 4, next: undefined })
  })

  t.test('may begin between two items that the filter lets through', async t => {
    const page = snapshot.repos({ state: 'disabled' }, { from: 1, limit: 1 })
    t.strictSame([page.items[0]?.repo, page.total, page.next], ['old', 2, 3])
  })
})

t.test('every casing of a registered name is that name', async t => {
  const snapshot = snapshotOf(bytesOf(registryOf()))
  const recase = (name: string) =>
    [...name].map(x => (Math.random() < 0.5 ? x.toUpperCase() : x.toLowerCase())).join('')
  const answers = new Set<string>()
  for (let i = 0; i < 10_000; i++) answers.add(shown(snapshot.resolve(recase('Acme'), recase('App-2'))))
  t.equal(answers.size, 1)
  t.match(snapshot.resolve('ACME', 'APP-2'), { outcome: 'found', entry: { org: 'Acme', repo: 'App-2' } })
})

t.test('the names that every object answers to', async t => {
  const before = Object.getOwnPropertyNames(Object.prototype)
  const all = registryOf({
    Acme: orgOf('Acme', Object.fromEntries(prototypeNames.map(name => [name, entryOf({ reason: name })]))),
  })
  for (const owner of prototypeNames.filter(isOwnerName)) {
    all.orgs[owner] = orgOf(owner, { ['__proto__']: entryOf({ reason: owner }) })
  }
  const empty = snapshotOf(bytesOf(registryOf()))
  const full = snapshotOf(bytesOf(all))
  t.equal(prototypeNames.length, 12)
  for (const name of prototypeNames) {
    t.test(name, async t => {
      t.strictSame(empty.resolve(name, 'x'), { outcome: 'org_not_registered' })
      t.strictSame(empty.resolve(name, name), { outcome: 'org_not_registered' })
      t.match(empty.resolve('Acme', name), { outcome: 'repo_not_registered', org: { org: 'Acme' } })
      t.equal(empty.org(name), undefined)
      t.strictSame(empty.repos({ org: name }, { from: 0, limit: 9 }).items, [])
      t.match(full.resolve('acme', name), { outcome: 'found', entry: { repo: name, reason: name } })
      t.match(full.resolve('Acme', name.toUpperCase()), { outcome: 'found', entry: { repo: name } })
      if (!isOwnerName(name)) return
      t.match(full.resolve(name, '__PROTO__'), { outcome: 'found', entry: { org: name, reason: name } })
      t.match(full.resolve(name, 'constructor'), { outcome: 'repo_not_registered' })
      t.match(full.org(name), { org: name, telemetry_repo: `${name}/telemetry` })
    })
  }
  t.strictSame(Object.getOwnPropertyNames(Object.prototype), before, 'nothing was added to them')
})

t.test('no character beyond ASCII reaches an entry', async t => {
  const snapshot = snapshotOf(bytesOf(registryOf({ kick: orgOf('kick', { kiss: entryOf() }) })))
  t.equal(snapshot.resolve('KICK', 'KISS').outcome, 'found')
  const reached: number[] = []
  for (let point = 0x80; point <= 0x10ffff; point++) {
    const odd = String.fromCodePoint(point)
    const known = snapshot.org(`${odd}ick`) ?? snapshot.org(`k${odd}ck`) ?? snapshot.org(`kic${odd}`)
    const outcomes = [
      snapshot.resolve('kick', `${odd}iss`),
      snapshot.resolve('kick', `kis${odd}`),
      snapshot.resolve(`${odd}ick`, 'kiss'),
    ]
    if (known !== undefined || outcomes.some(({ outcome }) => outcome === 'found')) reached.push(point)
  }
  t.strictSame(reached, [])
  const all = { from: 0, limit: 9 }
  for (const filter of [{ org: '\u212aick' }, { q: '\u212a' }, { q: 'ki\u017f' }]) {
    t.equal(snapshot.repos(filter, all).total + snapshot.orgs(filter, all).total, 0)
    t.equal(snapshot.telemetryRepos(filter, all).total, 0)
  }
})

t.test('names that are not legal are not registered', async t => {
  const snapshot = snapshotOf(bytesOf(registryOf()))
  for (const repo of ['', '.', '..', 'app/', 'app\n', 'app.git', 'a'.repeat(101)]) {
    t.notOk(isRepoName(repo))
    t.equal(snapshot.resolve('Acme', repo).outcome, 'repo_not_registered')
    t.equal(snapshot.resolve(`Acme/${repo}`, 'app').outcome, 'org_not_registered')
  }
})
