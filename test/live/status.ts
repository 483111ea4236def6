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
    loads: { activated: 0, unchanged: 0, refused: 0 },
    refusals: {},
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
