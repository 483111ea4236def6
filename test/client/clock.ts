// Waits that end, waits that are cut short, and when a service says it wants to be asked again.

import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import t from 'tap'
import { backoffMs, NEVER, retryAfterMs, systemClock } from '../../src/client/clock.ts'

t.test('a wait ends by itself, or with its signal', async t => {
  await systemClock.sleep(1, NEVER)
  const stop = new AbortController()
  const long = systemClock.sleep(1e8, stop.signal)
  stop.abort()
  await long
  await systemClock.sleep(1e8, stop.signal)
  t.ok(Math.abs(systemClock.now() - Date.now()) < 1_000)
})

t.test('a wait that has ended leaves nothing at its signal', async t => {
  const { signal } = new AbortController()
  await systemClock.sleep(1, signal)
  t.equal(getEventListeners(signal, 'abort').length, 0)
})

t.test('a wait that is longer than a timer can count is whole, and can be cut short', async t => {
  const most = 2 ** 31 - 1
  const naps: number[] = []
  const stop = new AbortController()
  t.intercept(globalThis, 'setTimeout', {
    value: (end: () => void, ms: number) => {
      naps.push(ms)
      setImmediate(naps.length === 5 ? () => stop.abort() : end)
    },
  })
  await systemClock.sleep(2 * most + 7, stop.signal)
  t.strictSame(naps.splice(0), [most, most, 7])
  naps.push(0, 0, 0)
  await systemClock.sleep(Number.MAX_SAFE_INTEGER, stop.signal)
  t.strictSame(naps.slice(3), [most, most], 'in its second nap, and sleeps no third')
})

t.test('Retry-After is seconds or a date, and anything else is nothing', async t => {
  const now = Date.parse('2026-03-02T09:00:00Z')
  t.equal(retryAfterMs('120', now), 120_000)
  t.equal(retryAfterMs('Mon, 02 Mar 2026 09:00:30 GMT', now), 30_000)
  t.equal(retryAfterMs('Mon, 02 Mar 2026 08:00:00 GMT', now), 0)
  for (const field of [null, '', '-1', '1.5', 'soon', 'soon GMT', '2026-03-02T09:00:30Z', '9'.repeat(30)])
    t.equal(retryAfterMs(field, now), undefined, String(field))
})

t.test('a wait between tries is never negative, and bounded', async () => {
  fc.assert(
    fc.property(
      fc.nat(2_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, chance) => {
        const ms = backoffMs(attempt, () => chance)
        return ms >= 0 && ms < 5_000
      },
    ),
  )
})
