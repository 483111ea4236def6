// What a branch publishes beyond its own change, by the lines of its log: an entry, an organisation, its telemetry.

import t from 'tap'
import { scanChangelog } from '../../src/changelog/changelog.ts'
import { findDrift } from '../../src/cli/drift.ts'
import type { Pair } from '../../src/cli/source.ts'
import { planMutation } from '../../src/edit/mutate.ts'
import type { EditRequest } from '../../src/edit/request.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import { bytesOf, entryOf, orgOf, registryOf } from '../fixtures/registry-world.ts'

const served = bytesOf(
  registryOf({
    acme: orgOf('acme', { app: entryOf({ context: 'sandbox' }), old: entryOf({ context: 'sandbox' }) }),
  }),
)
const start: Pair = { registry: served, changelog: new Uint8Array() }

/** What comes of one change after the other. */
function after(pair: Pair, ...requests: readonly Partial<EditRequest>[]): Pair {
  return requests.reduce<Pair>(({ registry, changelog }, over) => {
    const request = { org: 'acme', reason: 'a test', now: new Date('2026-02-01T00:00:00Z'), ...over }
    const { bytes, lines } = planMutation(parseRegistry(registry, 'r'), request as EditRequest)
    return { registry: bytes, changelog: Buffer.concat([changelog, Buffer.from(lines)]) }
  }, pair)
}

const linesOf = (changelog: Uint8Array) => scanChangelog(changelog, 'log').lines

const drift = (pair: Pair, known: Uint8Array): string[] =>
  findDrift(served, pair.registry, linesOf(pair.changelog).slice(linesOf(known).length)).map(
    ({ risk, org, repo }) => `${risk} ${org}/${repo}`,
  )

t.test('what the branch changed is none', async t => {
  const pair = after(
    start,
    { action: 'register', repo: 'new', context: 'sandbox' },
    { action: 'register', org: 'other', repo: 'one', context: 'sandbox', telemetryRepo: 'other/t' },
    { action: 'disable', repo: 'app' },
    { action: 'retarget-org', telemetryRepo: 'acme/elsewhere', confirmRedirect: true },
  )
  t.strictSame(drift(pair, new Uint8Array()), [])
})

t.test('what was changed before it is', async t => {
  const before = after(
    start,
    { action: 'register', org: 'other', repo: 'one', context: 'sandbox', telemetryRepo: 'other/t' },
    { action: 'disable', repo: 'app' },
    { action: 'retarget-org', telemetryRepo: 'acme/elsewhere', confirmRedirect: true },
  )
  const pair = after(before, { action: 'disable', repo: 'old' })
  t.strictSame(drift(pair, before.changelog), [
    'TELEMETRY_REDIRECT acme/null',
    'DISABLED acme/app',
    'ADDED other/null',
    'ADDED other/one',
  ])
  const undone = after(pair, { action: 'enable', repo: 'app' })
  t.strictSame(drift(undone, before.changelog), [
    'TELEMETRY_REDIRECT acme/null',
    'ADDED other/null',
    'ADDED other/one',
  ])
})
