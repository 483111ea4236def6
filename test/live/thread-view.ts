import { setImmediate as nextTurn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { compileHistory } from '../../src/changelog/compiled-history.ts'
import { EditionLost } from '../../src/live/edition-lost.ts'
import { Relay } from '../../src/live/relay.ts'
import { makeServed } from '../../src/live/served.ts'
import { ThreadView } from '../../src/live/thread-view.ts'
import { FakeLive, loadedOf, momentOf } from '../fixtures/moments.ts'

function world(t: Test) {
  const live = new FakeLive()
  const relay = new Relay(live, { wanted: 1, serving: 1, replaced: 0 })
  const { port, leave } = relay.join()
  t.teardown(leave)
  return { live, relay, view: new ThreadView(port, relay.shown) }
}

t.test('the age is counted here, from the time that was told', async t => {
  const { live, view } = world(t)
  let now = Date.UTC(2026, 0, 1)
  t.intercept(Date, 'now', { value: () => now })
  live.publish(momentOf(null, 'unavailable', now))
  view.current()
  now += 4_999
  t.equal(view.age(), 4, 'whole seconds')
  live.publish(momentOf(null, 'degraded', now))
  t.equal(view.age(), 4, 'of the edition that the request began with')
  view.current()
  t.equal(view.age(), 0)
  now -= 10_000
  t.equal(view.age(), 0, 'a clock that is set back makes nothing negative')
})

t.test('one request does not mix two editions', async t => {
  const { live, view } = world(t)
  live.serve(1, 'degraded')
  t.equal(view.current()?.info.revision, live.moment.served?.info.revision)
  live.serve(2, 'ok')
  t.equal(view.degraded, true, 'what was taken is out of date, and says so')
  view.current()
  t.equal(view.degraded, false)
})

t.test('a history is that of the snapshot that was taken', async t => {
  const { live, view } = world(t)
  const served = (n: number) =>
    makeServed({ ...loadedOf(n), history: compileHistory(new Uint8Array(), 'log') }, 0)
  live.publish(momentOf(served(1), 'ok'))
  view.current()
  const history = view.history()
  t.ok(history)
  live.publish(momentOf(served(2), 'ok'))
  t.equal(view.history(), history)
  view.current()
  t.not(view.history(), history)
})

t.test('it can be asked for its standing first', async t => {
  const { live, view } = world(t)
  live.serve(1, 'degraded')
  t.equal(view.degraded, true)
})

t.test('listeners hear of each snapshot, the first too, and of nothing else', async t => {
  const { live, view } = world(t)
  const heard: (string | undefined)[] = []
  const stop = view.onSwap(() => heard.push(view.current()?.info.revision))
  const served = () => live.moment.served?.info.revision
  const told = async () => {
    // A message, and then what was put off until after it.
    for (let turn = 0; turn < 3; turn++) await nextTurn()
    return heard.length
  }
  t.equal(await told(), 0, 'nothing is served yet')
  live.serve(1)
  t.equal(await told(), 1, 'nobody asked: the nudge did it')
  t.equal(heard[0], served())
  live.publish(momentOf(live.moment.served, 'degraded'))
  t.equal(await told(), 1, 'the same snapshot in another state')
  live.serve(2)
  t.equal(view.current()?.info.revision, served())
  t.equal(heard.length, 1, 'not in the middle of a request')
  t.equal(await told(), 2)
  t.equal(heard[1], served())
  stop()
  live.serve(3)
  t.equal(await told(), 2)
})

t.test('closed, it lets the thread end', async t => {
  const { live, view } = world(t)
  live.serve(1)
  const before = view.current()
  view.close()
  await nextTurn()
  t.equal(view.current(), before)
})

t.test('where nothing more can be read, nothing is found, whatever is asked', async t => {
  const { port1: theirs, port2: ours } = new MessageChannel()
  t.teardown(() => theirs.close())
  const shown = new Int32Array(new SharedArrayBuffer(4))
  const view = new ThreadView(ours, shown)
  Atomics.store(shown, 0, 1)
  // What a message comes out as in a thread that has thrown: it is there, and has nothing in it.
  for (const how of ['empty', 'none at all']) {
    const asked = [() => view.current(), () => view.status(), () => view.threads, () => view.age()]
    for (const ask of asked) {
      if (how === 'empty') theirs.postMessage(undefined)
      t.throws(ask, new EditionLost(1), how)
    }
  }
})
