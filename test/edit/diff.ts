// A diff: each kind of difference, ranked, counted and told apart from no difference.

import t from 'tap'
import { diffRegistries, RISKS } from '../../src/edit/diff.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import { editWorld } from '../fixtures/edit-world.ts'
import { entryOf, orgOf } from '../fixtures/registry-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a registry is bent in ways its type forbids
type Loose = any

function differences(bend: (registry: Loose) => void): string[] {
  const after: RegistryDocument = structuredClone(editWorld())
  bend(after)
  return diffRegistries(editWorld(), after).map(
    ({ risk, org, repo, entries }) => `${risk} ${org} ${repo} ${entries}`,
  )
}

t.test('order and layout are no difference', async t => {
  t.strictSame(
    differences(() => {}),
    [],
  )
  t.strictSame(
    differences(r => {
      const { acme, ...rest } = r.orgs
      r.orgs = { ...rest, acme }
      r.orgs.acme.repos.app = Object.fromEntries(Object.entries(acme.repos.app).reverse())
    }),
    [],
  )
})

t.test('each difference has its risk', async t => {
  const app = (over: object) => (r: Loose) => Object.assign(r.orgs.acme.repos.app, over)
  t.strictSame(
    differences(r => Object.assign(r.orgs.acme, { telemetry_repo: 'acme/x' })),
    ['TELEMETRY_REDIRECT acme null 4'],
  )
  t.strictSame(differences(app({ context: 'production' })), ['CONTEXT_PROMOTION acme app 1'])
  t.strictSame(
    differences(r => Object.assign(r.orgs.acme.repos.live, { context: 'sandbox' })),
    ['CONTEXT_DEMOTION acme live 1'],
  )
  t.strictSame(differences(app({ state: 'disabled' })), ['DISABLED acme app 1'])
  t.strictSame(
    differences(r => delete r.orgs.acme.repos.app),
    ['REMOVED acme app 1'],
  )
  t.strictSame(
    differences(r => Object.assign(r.orgs.acme.repos.old, { state: 'enabled' })),
    ['ENABLED acme old 1'],
  )
  t.strictSame(
    differences(r => Object.assign(r.orgs.acme.repos, { new: entryOf() })),
    ['ADDED acme new 1'],
  )
  t.strictSame(differences(app({ reason: 'x' })), ['REASON_ONLY acme app 1'])
  t.strictSame(differences(app({ process: 'x' })), ['REASON_ONLY acme app 1'])
  t.strictSame(
    differences(r => delete r.description),
    ['REASON_ONLY null null 0'],
  )
  t.strictSame(
    differences(r => Object.assign(r, { generated_at: '2030-01-01T00:00:00Z' })),
    ['REASON_ONLY null null 0'],
  )
})

t.test('an organisation comes and goes with its entries, and its new spelling is a redirect', async t => {
  t.strictSame(
    differences(r => delete r.orgs.Globex),
    ['REMOVED Globex null 0', 'REMOVED Globex x.y_z 1'],
  )
  t.strictSame(
    differences(r => Object.assign(r.orgs, { n: orgOf('n', { a: entryOf() }) })),
    ['ADDED n null 0', 'ADDED n a 1'],
  )
  t.strictSame(
    differences(r => {
      r.orgs.GLOBEX = { telemetry_repo: 'GLOBEX/evil', repos: r.orgs.Globex.repos }
      delete r.orgs.Globex
    }),
    ['TELEMETRY_REDIRECT GLOBEX null 1'],
  )
})

t.test('the names that every object answers to are names', async t => {
  const bend = (r: Loose) => {
    r.orgs.acme.repos = { ...r.orgs.acme.repos, ['__proto__']: entryOf(), constructor: entryOf() }
    r.orgs.constructor = orgOf('constructor', {})
  }
  t.strictSame(differences(bend), [
    'ADDED acme __proto__ 1',
    'ADDED acme constructor 1',
    'ADDED constructor null 0',
  ])
})

t.test('the most dangerous comes first, and an entry that differs twice is there twice', async t => {
  const found = differences(r => {
    Object.assign(r.orgs.acme.repos.app, { reason: 'x' })
    Object.assign(r.orgs.acme.repos.old, { context: 'production', state: 'enabled' })
    Object.assign(r.orgs.acme.repos.live, { context: 'sandbox', state: 'disabled', reason: 'x' })
    delete r.orgs.acme.repos.retired
    r.orgs.acme.repos.new = entryOf()
    r.orgs.Globex.telemetry_repo = 'Globex/x'
  })
  t.strictSame(
    found.map(line => line.split(' ')[0]),
    RISKS,
  )
})
