// Waits that end, waits that are cut short, and when a service says it wants to be asked again.

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
