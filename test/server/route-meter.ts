import fc from 'fast-check'
import t from 'tap'
import {
  cumulate,
  DURATION_BOUNDS,
  RouteMeter,
  SERIES_CELLS,
  TIMED_OF,
  TIMED_PER_SECOND,
} from '../../src/server/route-meter.ts'

function meterOf() {
  const cells = new Float64Array(4 * SERIES_CELLS)
  const read = (status: number) => {
    const at = (Math.floor(status / 100) - 2) * SERIES_CELLS
    return RouteMeter.render([...cells.subarray(at, at + SERIES_CELLS)])
  }
  return { meter: new RouteMeter(cells, 0), read }
}

/** Counts the looks at the clock while `run` runs. */
function looks(run: () => void): number {
  const { now } = performance
  let count = 0
  performance.now = () => {
    count += 1
    return now.call(performance)
  }
  try {
    run()
  } finally {
    performance.now = now
  }
  return count
}

t.test('an answer lies in the first bucket whose bound it does not pass', async t => {
  for (const [seconds, bound] of [
    [0, 0.005],
    [0.005, 0.005],
    [0.0051, 0.01],
    [0.3, 0.5],
    [10, 10],
    [10.1, undefined],
  ] as const) {
    const { meter, read } = meterOf()
    meter.observe(204, seconds)
    const at = bound === undefined ? DURATION_BOUNDS.length : DURATION_BOUNDS.indexOf(bound)
    const want = [...DURATION_BOUNDS, Infinity].map((_, n) => Number(n >= at))
    t.strictSame(read(200), { cumulative: want, count: 1, sumS: seconds }, `${seconds} s`)
  }
})

t.test('each class of status is a series of its own', async t => {
  const { meter, read } = meterOf()
  for (const status of [200, 206, 299, 304, 400, 404, 431, 500, 503]) meter.observe(status, 1)
  t.strictSame(
    [200, 300, 400, 500].map(status => read(status).count),
    [3, 1, 3, 2],
  )
})

t.test('every answer is counted at once, however many there are', async t => {
  const { meter, read } = meterOf()
  const all = TIMED_PER_SECOND * 3
  for (let n = 1; n <= all; n += 1) {
    meter.answered(200, meter.begin())
    if (read(200).count !== n) t.fail(`${read(200).count} after ${n}`)
  }
  t.equal(read(200).count, all)
})

t.test('of a busy second, the first answers are timed, and then one of many', async t => {
  const { meter } = meterOf()
  const answer = (times: number) => () => {
    for (let n = 0; n < times; n += 1) meter.answered(200, meter.begin())
  }
  t.equal(looks(answer(TIMED_PER_SECOND)), 2 * TIMED_PER_SECOND)
  t.equal(looks(answer(10 * TIMED_OF)), 2 * 10)
  meter.renew()
  t.equal(looks(answer(5)), 2 * 5, 'and the next second begins anew')
})

t.test('an answer that is not timed counts as the last one that was', async t => {
  const { meter, read } = meterOf()
  meter.observe(200, 0.02)
  meter.observe(500, 3)
  meter.answered(200, 0)
  meter.answered(200, 0)
  t.match(read(200), { count: 3, cumulative: [0, 0, 3] })
  t.ok(Math.abs(read(200).sumS - 0.06) < 1e-12)
  t.match(read(500), { count: 1, sumS: 3 }, 'and another class has its own')
})

t.test('no bucket ever falls', async t => {
  const step = fc.record({
    status: fc.constantFrom(200, 304, 404, 503),
    seconds: fc.option(fc.double({ min: 0, max: 20, noNaN: true })),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const { meter, read } = meterOf()
      let before = read(200)
      for (const { status, seconds } of steps) {
        if (seconds === null) meter.answered(status, 0)
        else meter.observe(status, seconds)
        const now = read(200)
        if (now.cumulative.some((value, n) => value < before.cumulative[n]!) || now.sumS < before.sumS)
          return false
        before = now
      }
      return before.count === steps.filter(({ status }) => status === 200).length
    }),
  )
  t.pass('in any order of answers')
})

t.test('cumulate', async t => {
  t.strictSame(cumulate([1, 0, 2]), { cumulative: [1, 1, 3], count: 3 })
  t.strictSame(cumulate([]), { cumulative: [], count: 0 })
})
