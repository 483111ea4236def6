// Lists of a large registry, step by step: no step may hold the thread that answers everybody else for long. A step is
// timed by itself, in several readings of the list: what the rest of the machine adds to one of them is not in all.

import t from 'tap'
import { buildRegistry } from '../../bench/registries.ts'
import { compileRegistry } from '../../src/registry/compile.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import { openSharedRegistry } from '../../src/registry/shared-snapshot.ts'
import type { Filter, Page, Registry } from '../../src/registry/snapshot.ts'
import type { Steps } from '../../src/registry/steps.ts'
import { dose, figures, quantile } from '../fixtures/service.ts'

/** What a request may hold the loop for. */
const MOST_MS = 10
const READINGS = 7

const size = dose('LISTS', 20_000, 1_000_000)

t.setTimeout(0)

/** Every repository in an organisation of its own: as many organisations as there can be. */
function scattered(count: number): object {
  const { orgs } = buildRegistry(1) as { orgs: Record<string, { repos: object }> }
  const { repos } = orgs['org-0']!
  const names = Array.from({ length: count }, (_, i) => `org-${i}`)
  return { orgs: Object.fromEntries(names.map(org => [org, { telemetry_repo: `${org}/telemetry`, repos }])) }
}

/** All in one organisation, each with the longest reason there can be, and that not ASCII. */
function gathered(count: number): object {
  const entry = { state: 'disabled', context: 'sandbox', process: 'infra-cli', reason: '–'.repeat(1_000) }
  const repos = Object.fromEntries(Array.from({ length: count }, (_, i) => [`repo-${i}`, entry]))
  return { orgs: { one: { telemetry_repo: 'one/telemetry', repos } } }
}

type Ask = (registry: Registry) => Steps<Page<object>>

const repos =
  (filter: Filter, from = 0, limit = 1_000): Ask =>
  registry =>
    registry.repos(filter, { from, limit })
const orgs =
  (filter: Filter, from = 0): Ask =>
  registry =>
    registry.orgs(filter, { from, limit: 1_000 })
const targets =
  (filter: Filter, from = 0): Ask =>
  registry =>
    registry.telemetryRepos(filter, { from, limit: 1_000 })

const end = size - 1_000
const everyday: Readonly<Record<string, Ask>> = {
  'a first page': repos({}),
  'a last page': repos({}, end),
  'a filter that nothing passes': repos({ state: 'disabled', context: 'production' }),
  'a filter that few pass': repos({ state: 'disabled' }, end),
  'a part of every name': repos({ q: 'repo' }),
  'a letter of every name, at the end': repos({ q: 'r', state: 'disabled' }, end),
  'a part of no name': repos({ q: 'zzz' }),
  'a part of few names': repos({ q: 'org-19' }),
  'a part of one name': repos({ q: 'org-77/repo-7' }),
  'organisations with a part': orgs({ q: 'g' }),
}
const many: Readonly<Record<string, Ask>> = {
  'as many organisations': orgs({}),
  'their last page': orgs({}, end),
  'none of which passes': orgs({ state: 'disabled' }),
  'all of which pass': orgs({ state: 'enabled' }, end),
  'with a part of every name': orgs({ q: 'org' }),
  'by a part of their telemetry repository': targets({ q: 'telemetry' }, end),
}
const one: Readonly<Record<string, Ask>> = {
  'of one organisation': repos({ org: 'ONE' }),
  'of one organisation, a filter that nothing passes': repos({ org: 'one', state: 'enabled' }),
  'a page of long reasons': repos({ q: 'repo' }),
}

const worlds = [
  ['a hundred to an organisation', buildRegistry, everyday, size],
  ['one to an organisation', scattered, many, size],
  ['all in one organisation', gathered, one, Math.max(2_000, size / 50)],
] as const

for (const [name, build, lists, count] of worlds) {
  t.test(`${count} repositories, ${name}`, async t => {
    const compiled = compileRegistry(build(count) as RegistryDocument)
    const open = Array.from({ length: READINGS }, () => timed(() => openSharedRegistry(compiled)))
    t.ok(Math.min(...open) < MOST_MS, `opened in ${Math.min(...open).toFixed(2)} ms`)
    for (const [what, ask] of Object.entries(lists)) {
      // Each from a registry that has counted nothing yet. Of each step the shortest time: that is our own.
      const readings = Array.from({ length: READINGS }, () => read(ask(openSharedRegistry(compiled))))
      const steps = readings[0]!.map((_, i) => Math.min(...readings.map(times => times[i]!)))
      figures(t, what, {
        steps: steps.length,
        'whole ms': round(steps.reduce((sum, ms) => sum + ms, 0)),
        'step p50 ms': round(quantile(steps, 0.5)),
        'p95 ms': round(quantile(steps, 0.95)),
        'longest ms': round(Math.max(...steps)),
      })
      t.equal(new Set(readings.map(times => times.length)).size, 1, 'as many steps every time')
      t.ok(Math.max(...steps) < MOST_MS, `${what}: no step holds the loop for ${MOST_MS} ms`)
      t.ok(quantile(steps, 0.5) < MOST_MS / 10, 'and most are far from it')
    }
  })
}

/** Reads a list as a route does, and returns how long each step took, the rendering last. */
function read(steps: Steps<Page<object>>): number[] {
  const times: number[] = []
  for (;;) {
    let step: IteratorResult<undefined, Page<object>> | undefined
    times.push(
      timed(() => {
        step = steps.next()
      }),
    )
    if (!step?.done) continue
    const page = step.value
    times.push(timed(() => Buffer.byteLength(JSON.stringify(page))))
    return times
  }
}

function timed(act: () => void): number {
  const began = performance.now()
  act()
  return performance.now() - began
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
