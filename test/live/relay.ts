// One relay and several views of it, here in one thread: ports and shared memory are the same as between threads.

import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Relay } from '../../src/live/relay.ts'
import type { LiveState } from '../../src/live/status.ts'
import { ThreadView } from '../../src/live/thread-view.ts'
import { FakeLive, momentOf } from '../fixtures/moments.ts'
import { dose } from '../fixtures/service.ts'

const counts = { wanted: 2, serving: 0, replaced: 0 }

function world(t: Pick<Test, 'teardown'>) {
  const live = new FakeLive()
  const relay = new Relay(live, counts)
  const join = () => {
    const { port, leave } = relay.join()
    const view = new ThreadView(port, relay.shown)
    t.teardown(leave)
    return { view, leave }
  }
  return { live, relay, join }
}

/** What a view answers from, as far as a request can tell. */
const seen = (view: ThreadView) => ({
  served: view.current()?.info.revision ?? null,
  state: view.status().state,
  active: view.status().active?.revision ?? null,
  degraded: view.degraded,
})

t.test('a view shows what was told before it joined, without a turn of the loop', async t => {
  const { live, join } = world(t)
  t.match(seen(join().view), { served: null, state: 'unavailable', degraded: true })
  live.serve(1)
  live.serve(2)
  const { view } = join()
  t.match(seen(view), { served: live.moment.served?.info.revision, state: 'ok', degraded: false })
  t.match(view.current()?.resolve('acme', 'api'), { entry: { reason: 'round 00000002' } })
})

t.test('all views change at one instant, read or not', async t => {
  const { live, join } = world(t)
  live.serve(1)
  const views = [join().view, join().view, join().view]
  for (const n of [2, 3, 4]) {
    live.serve(n)
    for (const view of views) t.match(seen(view), { served: live.moment.served?.info.revision })
  }
})

t.test('any schedule of states, of reads and of turns of the loop shows every view the same', async () => {
  const states: LiveState[] = ['ok', 'degraded']
  const step = fc.oneof(
    fc.record({ act: fc.constant('serve' as const), n: fc.nat(3), state: fc.constantFrom(...states) }),
    fc.record({ act: fc.constant('state' as const), state: fc.constantFrom(...states) }),
    fc.record({ act: fc.constant('read' as const), view: fc.nat(3) }),
    fc.record({ act: fc.constant('join' as const) }),
    fc.record({ act: fc.constant('turn' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
      const { live, relay, join } = world({ teardown: () => {} })
      const joined = [join()]
      for (const given of steps) {
        if (given.act === 'serve') live.serve(given.n, given.state)
        if (given.act === 'state') live.publish(momentOf(live.moment.served, given.state))
        if (given.act === 'join' && joined.length < 4) joined.push(join())
        if (given.act === 'turn') await nextTurn()
        const { served, status } = live.moment
        const want = {
          served: served?.info.revision ?? null,
          state: status.state,
          active: served?.info.revision ?? null,
          degraded: status.state !== 'ok',
        }
        const readers = given.act === 'read' ? [joined[given.view % joined.length]!] : []
        for (const { view } of readers) if (!same(seen(view), want)) return false
      }
      const all = joined.map(({ view }) => JSON.stringify(seen(view)))
      for (const { view, leave } of joined) {
        view.close()
        leave()
      }
      return new Set(all).size === 1 && Atomics.load(relay.shown, 0) > 0
    }),
    { numRuns: dose('RELAY_RUNS', 200, 5_000) },
  )
})

t.test('an edition that is not shown yet is not shown, though it was read', async t => {
  const { live, relay, join } = world(t)
  live.serve(1)
  const { view } = join()
  const before = seen(view)
  // As another thread sees it in the middle of publishing: posted, and the number not yet stored.
  const number = Atomics.load(relay.shown, 0)
  live.serve(2)
  Atomics.store(relay.shown, 0, number)
  await nextTurn()
  await nextTurn()
  t.strictSame(seen(view), before)
  Atomics.store(relay.shown, 0, number + 1)
  t.match(seen(view), { served: live.moment.served?.info.revision })
})

t.test('a view that was not told what is shown answers nothing', async t => {
  const { live, relay, join } = world(t)
  live.serve(1)
  const { view } = join()
  view.current()
  Atomics.add(relay.shown, 0, 1)
  t.throws(() => view.current(), /never told/)
  t.throws(() => view.status(), /never told/)
  Atomics.sub(relay.shown, 0, 1)
  t.match(seen(view), { served: live.moment.served?.info.revision })
})

t.test('the registry itself is posted once, whatever else is told', async t => {
  const { live, relay } = world(t)
  const { port, leave } = relay.join()
  t.teardown(leave)
  const told: unknown[] = []
  port.on('message', message => told.push(message))
  live.serve(1)
  live.publish(momentOf(live.moment.served, 'degraded'))
  relay.count({ wanted: 2, serving: 2, replaced: 0 })
  while (told.length < 7) await once(port, 'message')
  const editions = told.filter(message => message !== null) as { served?: unknown; number: number }[]
  t.strictSame(
    editions.map(({ number, served }) => [number, served !== undefined]),
    [
      [1, false],
      [2, true],
      [3, false],
      [4, false],
    ],
  )
  t.equal(told.length, 7, 'and a nudge after each but the first')
})

t.test('all are told how it stands with the threads, and whoever has left costs nothing', async t => {
  const { live, relay, join } = world(t)
  const [one, two] = [join(), join()]
  relay.count({ wanted: 2, serving: 2, replaced: 1 })
  t.strictSame(one.view.threads, { wanted: 2, serving: 2, replaced: 1 })
  t.strictSame(two.view.threads, one.view.threads)
  two.view.close()
  two.leave()
  live.serve(1)
  t.equal(one.view.current()?.info.revision, live.moment.served?.info.revision)
})

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
