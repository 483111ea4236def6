// A branch carried over to a registry that has moved on.

import t from 'tap'
import { parseChangelog } from '../../src/changelog/changelog.ts'
import { checkConsistency } from '../../src/edit/consistency.ts'
import { planRebase, type Rebase } from '../../src/edit/rebase.ts'
import { edit, editAll, editWorld, linesOf, logOf, refusalOf } from '../fixtures/edit-world.ts'

const now = new Date('2026-03-06T00:00:00Z')
type Requests = Parameters<typeof editAll>[0]

function carry(theirs: Requests, ours: Requests): Rebase {
  return planRebase(editAll(theirs).document, linesOf(editAll(ours).changes), { now })
}

t.test('two branches that each add an entry both go in, and the log replays', async t => {
  const theirs = editAll([{ repo: 'one' }])
  const rebase = planRebase(theirs.document, linesOf(editAll([{ repo: 'two' }]).changes), { now })
  if (!rebase.ok) return t.fail('a conflict')
  t.strictSame(Object.keys(rebase.document.orgs.acme!.repos).slice(-2), ['one', 'two'])
  t.match(
    rebase.changes,
    [{ repo: 'two', timestamp: '2026-03-06T00:00:00Z' }],
    'the time is that of the new run',
  )
  const log = parseChangelog(logOf([...theirs.changes, ...rebase.changes]), 'log')
  t.strictSame(checkConsistency(editWorld(), log, rebase.document), [])
})

t.test('every action is carried over', async t => {
  const ours: Requests = [
    { action: 'disable', repo: 'live' },
    { action: 'unregister', repo: 'live', confirmDelete: true },
    { action: 'enable', repo: 'old' },
    { repo: 'app', reset: true },
    { action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true },
    { action: 'remove-org', org: 'hollow', confirmDelete: true },
  ]
  const rebase = carry([{ org: 'Globex', repo: 'more' }], ours)
  t.match(rebase, { ok: true, dropped: [] })
  t.equal(rebase.ok && rebase.changes.length, 7)
})

t.test('what both sides changed is a conflict, told once for each entry with all of its lines', async t => {
  const rebase = carry(
    [
      { action: 'disable', repo: 'app', reason: 'theirs' },
      { action: 'enable', repo: 'old', reason: 'theirs' },
      { repo: 'new', reason: 'theirs' },
    ],
    [
      { action: 'disable', repo: 'app' },
      { action: 'enable', repo: 'app' },
      { action: 'unregister', repo: 'old', confirmDelete: true },
      {},
      { repo: 'other' },
    ],
  )
  t.match(rebase, {
    ok: false,
    conflicts: [
      { code: 'CHANGED_THERE', org: 'acme', repo: 'app', lines: [1, 2] },
      { code: 'CHANGED_THERE', repo: 'old', lines: [3] },
      { code: 'EDIT_ALREADY_REGISTERED', repo: 'new', lines: [4] },
    ],
  })
})

t.test('what a rule forbids now is a conflict', async t => {
  const gone = { action: 'unregister', repo: 'app', confirmDelete: true } as const
  t.match(carry([gone], [{ action: 'disable', repo: 'app' }]), {
    ok: false,
    conflicts: [{ code: 'EDIT_REPO_NOT_REGISTERED' }],
  })
  const redirect = { action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true } as const
  t.match(carry([redirect], [{}]), { conflicts: [{ code: 'EDIT_TELEMETRY_MISMATCH', repo: 'new' }] })
  t.match(carry([redirect], [{ ...redirect, telemetryRepo: 't3' }]), {
    conflicts: [{ code: 'CHANGED_THERE', repo: null }],
  })
  t.match(carry([{ org: 'hollow' }], [{ action: 'remove-org', org: 'hollow', confirmDelete: true }]), {
    conflicts: [{ code: 'EDIT_ORG_NOT_EMPTY', org: 'hollow', repo: null }],
  })
  t.match(carry([{ org: 'INITECH', telemetryRepo: 't' }], [{ org: 'initech', telemetryRepo: 't' }]), {
    conflicts: [{ code: 'EDIT_CASE_COLLISION' }],
  })
})

t.test('what somebody else has done already is dropped', async t => {
  const both: Requests = [
    { action: 'disable', repo: 'app' },
    { action: 'unregister', repo: 'old', confirmDelete: true },
    { org: 'initech', telemetryRepo: 't' },
    { action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true },
    { action: 'remove-org', org: 'hollow', confirmDelete: true },
  ]
  const rebase = carry(both, [...both, { action: 'enable', repo: 'retired' }])
  t.match(rebase, { ok: true, dropped: [1, 2, 3, 4, 5], changes: [{ action: 'enable' }] })
  const back: Requests = [
    { action: 'disable', repo: 'app' },
    { action: 'enable', repo: 'app', reason: 'the first' },
  ]
  const passing: Requests = [
    { org: 'initech', telemetryRepo: 't' },
    { action: 'unregister', org: 'initech', confirmDelete: true },
    { action: 'remove-org', org: 'initech', confirmDelete: true },
  ]
  t.match(carry([], passing), { ok: true, dropped: [], changes: [{}, {}, {}] }, 'so is what came and went')
  t.match(carry([], back), { ok: true, dropped: [], changes: [{}, {}] }, 'there and back again is still told')
})

t.test('a line of the field is not carried over, and a clock that is behind carries nothing', async t => {
  const { previous, registry_before, registry_after, ...legacy } = edit().changes[0]!
  const lines = linesOf([legacy as Parameters<typeof linesOf>[0][0]])
  t.match(planRebase(editWorld(), lines, { now }), { conflicts: [{ code: 'LEGACY_LINE', lines: [1] }] })
  const late = { now, lastTimestamp: '2027-01-01T00:00:00Z' }
  t.equal(refusalOf(() => planRebase(editWorld(), linesOf(edit().changes), late)).code, 'EDIT_CLOCK_BACKWARD')
})
