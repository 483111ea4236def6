// P5, at its edges: more than a quarter and at least ten, gone or sent elsewhere; and nothing ever replaced by
// nothing.

import t from 'tap'
import { type ChangeSize, measureChange, refuseChange } from '../../src/registry/mass-change.ts'
import type { Snapshot } from '../../src/registry/snapshot.ts'
import { bytesOf, entryOf, orgOf, registryOf, snapshotOf } from '../fixtures/registry-world.ts'

/** A registry of `stay` repositories in one organisation and `move` in another, whose telemetry repository is named. */
function registry(stay: number, move = 0, telemetry = 'movers/telemetry'): Snapshot {
  const repos = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, entryOf()]))
  return snapshotOf(
    bytesOf(
      registryOf({
        stayers: orgOf('stayers', repos(stay)),
        movers: { telemetry_repo: telemetry, repos: repos(move) },
      }),
    ),
  )
}

const verdict = (before: Snapshot, after: Snapshot) => measureChange(before, after).verdict

t.test('a removal is a mass change', async t => {
  t.test('above a quarter, and not at it', async t => {
    t.equal(verdict(registry(40), registry(30)), 'ordinary', '10 of 40')
    t.equal(verdict(registry(40), registry(29)), 'mass', '11 of 40')
    t.equal(verdict(registry(39), registry(29)), 'mass', '10 of 39')
    t.equal(verdict(registry(400), registry(300)), 'ordinary', '100 of 400')
    t.equal(verdict(registry(400), registry(299)), 'mass', '101 of 400')
  })
  t.test('from ten entries on', async t => {
    t.equal(verdict(registry(10), registry(1)), 'ordinary', '9 of 10')
    t.equal(verdict(registry(11), registry(1)), 'mass', '10 of 11')
  })
})

t.test('a re-target counts as a removal does', async t => {
  const before = registry(30, 10)
  t.strictSame(measureChange(before, registry(30, 10, 'movers/other')), {
    entries: 40,
    removed: 0,
    retargeted: 10,
    verdict: 'ordinary',
  })
  t.strictSame(measureChange(before, registry(29, 10, 'movers/other')), {
    entries: 40,
    removed: 1,
    retargeted: 10,
    verdict: 'mass',
  })
})

t.test('what takes nothing away is ordinary', async t => {
  t.equal(verdict(registry(10), registry(1000)), 'ordinary', 'growth')
  t.equal(verdict(registry(0), registry(10)), 'ordinary', 'a beginning')
  t.equal(verdict(registry(0), registry(0)), 'ordinary', 'nothing after nothing')
  const disabled = registryOf({
    stayers: orgOf(
      'stayers',
      Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`R${index}`, entryOf({ state: 'disabled' })]),
      ),
    ),
  })
  t.equal(verdict(registry(20), snapshotOf(bytesOf(disabled))), 'ordinary', 'disabling, and another case')
})

t.test('an empty registry never replaces one that is not', async t => {
  t.equal(verdict(registry(1), registry(0)), 'empties', 'be it of one entry')
  t.equal(verdict(registry(0, 1), snapshotOf(bytesOf(registryOf({})))), 'empties')
})

t.test('refuseChange', async t => {
  const size = (verdict: ChangeSize['verdict']): ChangeSize => ({
    entries: 40,
    removed: 7,
    retargeted: 5,
    verdict,
  })
  t.equal(refuseChange(size('ordinary'), false), undefined)
  t.equal(
    refuseChange(size('mass'), false),
    '7 of 40 entries would go and 5 would change their telemetry repository, and the run does not say that this is meant',
  )
  t.match(
    refuseChange(size('mass'), false, 'this'),
    /does not say that this is meant; if this is meant: this$/,
  )
  t.equal(refuseChange(size('mass'), true), undefined, 'it was meant')
  for (const meant of [false, true])
    t.equal(
      refuseChange(size('empties'), meant, 'this'),
      'an empty registry never replaces one of 40 entries',
    )
})
