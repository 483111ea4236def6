import t from 'tap'
import { DURATION_PATTERN, parseDuration } from '../../../src/server/watch/duration.ts'

const pattern = new RegExp(DURATION_PATTERN)

const GOOD: Readonly<Record<string, number>> = {
  '0': 0,
  '0s': 0,
  '30s': 30_000,
  '1m30s': 90_000,
  '1.5s': 1_500,
  '500ms': 500,
  '2h': 7_200_000,
  '1h0m0.5s': 3_600_500,
  '250us': 0.25,
  '1000000ns': 1,
}

t.test('durations as Go writes them', async t => {
  for (const [text, ms] of Object.entries(GOOD)) {
    t.match(text, pattern)
    t.equal(parseDuration(text), ms, text)
  }
  t.match('', pattern, 'and nothing, which is the default')
})

t.test('and nothing that only looks like one', async t => {
  for (const text of [
    ...['30', '-1s', '+1s', 's', '1', '1d', '1S', ' 1s', '1s ', '1 s', '.5s', '5.s', '1e3s', '0x1s', '1s,'],
    ...['1234567890s', '1s'.repeat(7), 'Infinitys', 'NaNs', '1µs'],
  ])
    t.notMatch(text, pattern, JSON.stringify(text))
  const began = performance.now()
  t.notMatch(`${'1'.repeat(100_000)}s`, pattern)
  t.ok(performance.now() - began < 100, 'whatever its length')
})
