import { mock } from 'node:test'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { MAX_WAIT_MS, TICK_MS, type Timed, Wheel } from '../../../src/server/watch/wheel.ts'

/** A wheel whose time passes when the test says so. */
function world(t: Pick<Test, 'teardown'>) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const wheel = new Wheel()
  let now = 0
  const dueAt = new Map<string, number[]>()
  const item = (name: string): Timed => ({
    slot: null,
    due() {
      dueAt.set(name, [...(dueAt.get(name) ?? []), now])
    },
  })
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; ) {
      now += TICK_MS
      mock.timers.tick(TICK_MS)
    }
  }
  return { wheel, item, pass, dueAt }
}

t.test('nothing is due early, nor later than one tick after its time', async () => {
  const times = fc.array(fc.integer({ min: 0, max: MAX_WAIT_MS }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 600 }), (all, before) => {
      const teardowns: (() => void)[] = []
      const { wheel, item, pass, dueAt } = world({ teardown: end => teardowns.push(end as () => void) })
      try {
        wheel.add(item('first'), MAX_WAIT_MS)
        pass(before * TICK_MS)
        for (const [i, ms] of all.entries()) wheel.add(item(`${i}`), ms)
        pass(MAX_WAIT_MS + TICK_MS)
        for (const [i, ms] of all.entries()) {
          const [at, ...again] = dueAt.get(`${i}`)!
          const waited = at! - before * TICK_MS
          if (again.length > 0) return false
          if (waited < ms || waited >= Math.max(ms, 1) + TICK_MS) return false
        }
        return true
      } finally {
        for (const end of teardowns) end()
      }
    }),
    { numRuns: 50 },
  )
})

t.test('who is taken off the wheel is not due', async t => {
  const { wheel, item, pass, dueAt } = world(t)
  const [a, b] = [item('a'), item('b')]
  wheel.add(a, 1_000)
  wheel.add(b, 1_000)
  wheel.delete(a)
  wheel.delete(a)
  pass(2_000)
  t.strictSame([...dueAt], [['b', [1_000]]])
})

t.test('one that is due may take another off, and go on again itself', async t => {
  const { wheel, pass } = world(t)
  const seen: string[] = []
  const other: Timed = { slot: null, due: () => seen.push('other') }
  const self: Timed = {
    slot: null,
    due() {
      seen.push('self')
      wheel.delete(other)
      wheel.add(self, 500)
    },
  }
  wheel.add(self, 250)
  wheel.add(other, 250)
  pass(1_500)
  t.strictSame(seen, ['self', 'self', 'self'])
})

t.test('who is added twice is due once, at the later word', async t => {
  const { wheel, item, pass, dueAt } = world(t)
  const a = item('a')
  wheel.add(a, 250)
  wheel.add(a, 1_000)
  pass(2_000)
  t.strictSame(dueAt.get('a'), [1_000])
})

t.test('a time that is too long is the longest', async t => {
  const { wheel, item, pass, dueAt } = world(t)
  wheel.add(item('a'), MAX_WAIT_MS * 3)
  pass(MAX_WAIT_MS * 2)
  t.strictSame(dueAt.get('a'), [MAX_WAIT_MS])
})

t.test('one timer runs while anybody waits, and none otherwise', async t => {
  const set = t.capture(globalThis, 'setInterval', globalThis.setInterval)
  const cleared = t.capture(globalThis, 'clearInterval', globalThis.clearInterval)
  const wheel = new Wheel()
  const [a, b] = [0, 1].map((): Timed => ({ slot: null, due: () => {} })) as [Timed, Timed]
  let [begun, ended] = [0, 0]
  const count = (): number => {
    begun += set.args().length
    ended += cleared.args().length
    return begun - ended
  }
  t.equal(count(), 0)
  wheel.add(a, 1_000)
  wheel.add(b, 60_000)
  t.equal(count(), 1)
  wheel.delete(a)
  t.equal(count(), 1)
  wheel.delete(b)
  t.equal(count(), 0)
  wheel.add(a, 1)
  t.equal(count(), 1, 'again')
  wheel.delete(a)
  t.equal(count(), 0)
})
