// One call: how often it tries, how long it waits, and when it gives up.

import t from 'tap'
import { ask } from '../../src/client/ask.ts'
import { partsFor } from '../../src/client/options.ts'
import { die, frontWorld, hang, pass, say, sayProblem } from '../fixtures/client-world.ts'

t.test('a try that hangs leaves time for the next', async t => {
  const front = await frontWorld(t)
  const began = front.clock.time
  front.moods.push(hang, hang)
  t.match(await front.client.resolve('k', 'k', { deadlineMs: 9_000 }), { outcome: 'registered' })
  t.ok(front.clock.time - began < 9_000)
  front.moods.push(hang, hang, hang)
  const before = front.clock.time
  t.match(await front.client.resolve('k', 'k', { deadlineMs: 10_000 }), {
    outcome: 'unavailable',
    code: 'deadline',
    detail: /^no answer within \d+ ms$/,
    attempts: 3,
  })
  t.equal(Math.round(front.clock.time - before), 10_000, 'and all of it is used')
})

t.test('the service is given the time that it asks for, up to the deadline', async t => {
  const front = await frontWorld(t)
  front.moods.push(say(429, { 'retry-after': '4' }))
  const began = front.clock.time
  t.match(await front.client.resolve('k', 'k'), { outcome: 'registered' })
  t.ok(front.clock.time - began >= 4_000)
  front.moods.push(say(429, { 'retry-after': '11' }))
  const before = front.clock.time
  t.strictSame(await front.client.resolve('k', 'k'), {
    outcome: 'unavailable',
    code: 'rate_limited',
    detail: 'the answer is 429 (without a type)',
    attempts: 1,
    retryAfterSeconds: 11,
  })
  t.equal(front.clock.time, before, 'what comes too late is not waited for')
  const date = new Date(front.clock.time + 2_000).toUTCString()
  front.moods.push(sayProblem(503, 'overloaded', { 'retry-after': date }))
  t.match(await front.client.resolve('k', 'k'), { outcome: 'registered' })
  t.ok(front.clock.time - before >= 1_000)
})

t.test('waits grow, and are spread', async t => {
  const front = await frontWorld(t)
  const waitsOf = async (chance: number): Promise<number[]> => {
    front.moods.push(die, die, die)
    front.clock.sleeps.length = 0
    await front.connect({ random: () => chance, deadlineMs: 30_000 }).resolve('k', 'k')
    return front.clock.sleeps.filter(ms => ms < 5_000)
  }
  t.strictSame(await waitsOf(0), [0, 0])
  t.strictSame(await waitsOf(0.5), [100, 200])
})

t.test('the caller can end a call at any time', async t => {
  const front = await frontWorld(t)
  const stop = new AbortController()
  const reason = new Error('enough')
  front.moods.push(() => stop.abort(reason))
  await t.rejects(front.client.resolve('k', 'k', { signal: stop.signal }), reason)
  const later = new AbortController()
  front.moods.push((...args) => {
    later.abort(reason)
    return pass(...args)
  })
  await t.rejects(front.client.resolve('k', 'k', { signal: later.signal }), reason)
  await t.rejects(front.client.resolve('k', 'k', { signal: stop.signal }), reason, 'or before it begins')
  t.equal(front.clock.waiting, 0)
})

t.test('an answer that does not end is not collected for ever', async t => {
  const front = await frontWorld(t)
  const more = new Uint8Array(1 << 22).fill(97)
  let letGo = 0
  const endless = () =>
    new Response(
      new ReadableStream({ pull: controller => controller.enqueue(more), cancel: () => void letGo++ }),
    )
  const parts = { ...partsFor(front.parts, {}), fetch: async () => endless() }
  t.match(await ask(parts, '/x', {}, undefined), {
    said: { outcome: 'unavailable', code: 'network', detail: /more than \d+ characters/ },
  })
  t.equal(letGo, 3, 'nor is its connection kept')
})

t.test('why nobody can be reached is said', async t => {
  const front = await frontWorld(t)
  const client = front.connect({ url: 'http://127.0.0.1:1' })
  t.match(await client.resolve('k', 'k'), {
    outcome: 'unavailable',
    code: 'network',
    detail: /fetch failed: /,
  })
})
