import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { refused } from '../../src/live/load-result.ts'
import { ageOf, renderTime, StatusBook } from '../../src/live/status.ts'

const disk = sha256('a')
const at = (seconds: number): number => Date.UTC(2026, 0, 1) + seconds * 1000

t.test('a new book says that nothing is served and nothing was looked at', async t => {
  const { since: _, ...status } = new StatusBook().read(null)
  t.strictSame(status, {
    state: 'unavailable',
    active: null,
    disk: null,
    lastCheck: null,
    lastSuccess: null,
    lastError: null,
    watch: 'ok',
    memory: 'none',
    loads: { activated: 0, unchanged: 0, refused: 0 },
    refusals: {},
    recent: [],
  })
})

t.test('a refusal is news once, is counted each time, and is since when it began', async t => {
  const book = new StatusBook()
  book.succeed(at(0), disk)
  t.equal(book.refuse(at(1), refused('registry_invalid', 'why', null), true), true)
  t.equal(book.refuse(at(2), refused('registry_invalid', 'why', null), true), false)
  t.equal(book.refuse(at(3), refused('registry_invalid', 'another why', null), true), true, 'another detail')
  t.equal(book.refuse(at(4), refused('registry_invalid', 'another why', disk), true), true, 'another content')
  t.match(book.read(null), {
    state: 'degraded',
    since: renderTime(at(1)),
    lastCheck: renderTime(at(4)),
    lastSuccess: renderTime(at(0)),
    lastError: { code: 'registry_invalid', since: renderTime(at(1)), count: 4 },
    loads: { refused: 4 },
    refusals: { registry_invalid: 4 },
  })
  t.equal(book.refuse(at(5), refused('registry_missing', 'gone', null), true), true)
  t.match(
    book.lastError,
    { code: 'registry_missing', since: renderTime(at(5)), count: 1 },
    'another code begins anew',
  )
  t.equal(ageOf(book.standing, at(9)), 9, 'the age counts from the last success')
})

t.test('a success ends the error and says which one', async t => {
  const book = new StatusBook()
  t.equal(book.succeed(at(0), disk), null)
  book.refuse(at(1), refused('seal_invalid', 'why', null), false)
  t.equal(book.state, 'unavailable', 'nothing is served')
  t.match(book.succeed(at(2), disk), { code: 'seal_invalid' })
  t.match(book.read(null), { state: 'ok', since: renderTime(at(2)), disk, lastError: null })
})

t.test('what was read does not change any more', async t => {
  const book = new StatusBook()
  const status = book.read(null)
  book.loads.activated += 1
  book.refuse(at(1), refused('load_failed', 'why', null), false)
  t.match(status, { loads: { activated: 0, refused: 0 }, refusals: {} })
})

t.test('the last loads are remembered, newest first; refusals that go on are one', async t => {
  const book = new StatusBook()
  book.activate(at(0), disk, true)
  book.activate(at(1), disk, false)
  book.succeed(at(1), disk)
  book.succeed(at(2), disk)
  for (const second of [3, 4, 5]) book.refuse(at(second), refused('seal_invalid', 'why', null), true)
  book.refuse(at(6), refused('seal_invalid', 'another why', null), true)
  const outcome = { code: null, detail: null, revision: disk, count: 1 }
  const refusal = { result: 'refused', code: 'seal_invalid', revision: null }
  t.strictSame(book.read(null).recent, [
    { ...refusal, at: renderTime(at(6)), detail: 'another why', count: 1 },
    { ...refusal, at: renderTime(at(3)), detail: 'why', count: 3 },
    { ...outcome, at: renderTime(at(1)), result: 'activated' },
    { ...outcome, at: renderTime(at(0)), result: 'recalled' },
  ])
  t.equal(book.loads.activated, 1, 'what was recalled is no load of what lies on disk')
  for (let second = 0; second < 30; second++) book.activate(at(second), disk, false)
  t.equal(book.read(null).recent.length, 20, 'and no more than that')
})
