// What is kept of an answer: for asking "still so?", and for standing in, up to the caller's bound and never beyond.

import t from 'tap'
import { frontWorld, say, sayProblem, spoil } from '../fixtures/client-world.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'

const DOWN = say(502)

t.test('a known answer is asked for by its entity tag, and not sent again', async t => {
  const front = await frontWorld(t)
  const first = await front.client.resolve('k', 'k')
  const sent: string[] = []
  front.moods.push(
    spoil(({ status, text }) => {
      sent.push(`${status} ${text.length}`)
      return {}
    }),
  )
  t.strictSame(await front.client.resolve('k', 'k'), first)
  t.strictSame(sent, ['304 0'])
  t.match(front.asked[1]!.headers['if-none-match'], /^"[0-9a-f]{32}"$/)
  t.equal(front.asked[0]!.headers['if-none-match'], undefined)
})

t.test('"unchanged" is held to what it is said of', async t => {
  const front = await frontWorld(t)
  await front.client.resolve('k', 'k')
  const lie = (name: string, value: string) =>
    spoil(({ headers }) => ({ headers: { ...headers, [name]: value } }))
  front.moods.push(lie('etag', '"other"'), lie('infra-registry-revision', 'f'.repeat(64)), lie('etag', ''))
  t.match(await front.client.resolve('k', 'k'), { outcome: 'untrusted', code: 'bad_shape' })
  t.match(await front.client.resolve('k', 'k'), { outcome: 'untrusted', code: 'revision_mismatch' })
  t.match(await front.client.resolve('k', 'k'), { outcome: 'untrusted', code: 'bad_shape' })
  front.moods.push(spoil(({ headers }) => ({ headers: { ...headers, etag: `W/${headers.etag}` } })))
  t.match(await front.client.resolve('k', 'k'), { outcome: 'registered' }, 'a proxy may weaken the tag')
})

t.test('nothing stands in unless the caller says so', async t => {
  const front = await frontWorld(t)
  await front.client.resolve('k', 'k')
  front.moods.push(DOWN, DOWN, DOWN)
  t.match(await front.client.resolve('k', 'k'), { outcome: 'unavailable' })
})

t.test('an old answer stands in up to the bound, and says how old it is', async t => {
  const front = await frontWorld(t)
  const client = front.connect({ staleIfErrorSeconds: 60 })
  front.live.ageS = 20
  front.live.fail('seal_invalid')
  await client.resolve('k', 'k')
  const down = async (seconds: number, options = {}) => {
    front.clock.time += seconds * 1_000
    front.moods.splice(0, 3, say(404), say(404), say(404))
    const answer = await client.resolve('k', 'k', options)
    front.moods.length = 0
    return answer
  }
  t.match(await down(30), { outcome: 'registered', stale: true, degraded: true, ageSeconds: 50 })
  t.match(
    await down(10),
    { outcome: 'registered', stale: true, ageSeconds: 60 },
    'the age of the service counts',
  )
  t.match(await down(0.001), { outcome: 'unavailable' })
  t.match(
    await down(0, { staleIfErrorSeconds: 100 }),
    { outcome: 'registered', stale: true },
    'a call may allow more',
  )
  t.match(await down(0, { staleIfErrorSeconds: 0 }), { outcome: 'unavailable' })
  t.match(
    await client.resolve('k', 'k'),
    { outcome: 'registered', stale: false, ageSeconds: 20 },
    'and comes back',
  )
  front.clock.time -= 10_000
  t.match(await down(0), { outcome: 'unavailable' }, 'when the clock was set back nobody knows how old it is')
})

t.test(
  'nothing stands in for an answer, nor for whoever is refused, nor for what is not trusted',
  async t => {
    const front = await frontWorld(t)
    const client = front.connect({ staleIfErrorSeconds: 3_600 })
    await client.resolve('k', 'k')
    front.moods.push(
      say(401),
      say(302),
      spoil(({ headers }) => ({ headers: { ...headers, 'infra-schema-version': '9' } })),
    )
    t.match(await client.resolve('k', 'k'), { outcome: 'unavailable', code: 'refused' })
    t.match(await client.resolve('k', 'k'), { outcome: 'registered', stale: true })
    t.match(await client.resolve('k', 'k'), { outcome: 'untrusted' })
    front.live.snapshot = snapshotOf(registryText({ 'k/other': 'enabled sandbox' }))
    t.match(await client.resolve('k', 'k'), { outcome: 'not-registered' })
    front.moods.push(DOWN, DOWN, DOWN)
    t.match(
      await client.resolve('k', 'k'),
      { outcome: 'unavailable' },
      'what was taken back stays taken back',
    )
  },
)

t.test('an answer that took longer does not take back a later one', async t => {
  const front = await frontWorld(t)
  const client = front.connect({ staleIfErrorSeconds: 3_600 })
  // Asked first, answered last: held until the second call is over.
  let release = (): void => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  front.moods.push(async (...args) => {
    const early = await front.answer(args[1])
    await held
    return spoil(() => early)(...args)
  })
  const first = client.resolve('k', 'k')
  front.clock.time += 1
  front.live.snapshot = snapshotOf(registryText({ 'k/other': 'enabled sandbox' }))
  while (front.asked.length === 0) await new Promise(setImmediate)
  t.match(await client.resolve('k', 'k'), { outcome: 'not-registered' })
  release()
  t.match(await first, { outcome: 'registered' }, 'the slow one is true of its own time')
  front.moods.push(DOWN, DOWN, DOWN)
  t.match(await client.resolve('k', 'k'), { outcome: 'unavailable' }, 'and is not remembered')
})

t.test('a clock that is set back does not put answers out of order', async t => {
  const front = await frontWorld(t)
  const client = front.connect({ staleIfErrorSeconds: 3_600 })
  await client.resolve('k', 'k')
  front.clock.time -= 5_000
  front.live.snapshot = snapshotOf(registryText({ 'k/other': 'enabled sandbox' }))
  t.match(await client.resolve('k', 'k'), { outcome: 'not-registered' })
  front.clock.time += 10_000
  front.moods.push(DOWN, DOWN, DOWN)
  t.match(await client.resolve('k', 'k'), { outcome: 'unavailable' }, 'it stays taken back')
})

t.test('a refusal of the question alone takes nothing back', async t => {
  const front = await frontWorld(t)
  const client = front.connect({ staleIfErrorSeconds: 3_600 })
  await client.resolve('k', 'k')
  front.moods.push(sayProblem(400, 'invalid_name', {}))
  await t.rejects(client.resolve('k', 'k'), { code: 'CLIENT_BAD_NAME' })
  front.moods.push(DOWN, DOWN, DOWN)
  t.match(await client.resolve('k', 'k'), { outcome: 'registered', stale: true })
})
