// Being told of changes: over a stream, over long polling where there is none, through everything that connections do.
// The stream is one of the test's own; the shape of it is the contract of `/events`.

import { createServer, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { createClient } from '../../src/client/client.ts'
import { frontWorld, listen, StillClock, say } from '../fixtures/client-world.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const C = 'c'.repeat(64)
const STREAM = { 'content-type': 'text/event-stream; charset=utf-8' }

/** Between two connections nobody waits; on an open one, time passes when the test says so. */
const watchClock = () => new StillClock(ms => ms < 40_000)

type Turn = (response: ServerResponse) => void

/** A service that has a turn ready for each connection; the last one stays. */
async function streamWorld(t: Test, turns: Turn[]) {
  const asked: { readonly url: string; readonly last: string | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ url: request.url!, last: request.headers['last-event-id']?.toString() })
    const turn = turns.length > 1 ? turns.shift()! : turns[0]!
    turn(response)
  })
  const url = await listen(t, server)
  const clock = watchClock()
  const client = createClient({ url, clock, random: () => 0.5 })
  return { asked, client, clock, url }
}

/** Sends a stream and closes it, unless it is to stay. */
const stream =
  (text: string, stay = false): Turn =>
  response => {
    response.writeHead(200, STREAM)
    response.write(text)
    if (!stay) response.end()
  }

async function take(
  changes: AsyncGenerator<{ readonly revision: string }>,
  count: number,
): Promise<string[]> {
  const taken: string[] = []
  for await (const { revision } of changes) if (taken.push(revision) === count) break
  return taken
}

t.test('each revision is told once, across connections, and the last id goes with the next', async t => {
  const { asked, client, clock } = await streamWorld(t, [
    stream(`retry: 3000\n\nid: ${A}\ndata: {}\n\n:\n\n`),
    response => response.destroy(),
    say503,
    stream(`id: ${A}\ndata: {}\n\nid: ${B}\ndata: {}\n\nid: not a revision\ndata: x\n\nid: ${C}\nda`),
    stream(`id: ${C}\ndata: {}\n\n`, true),
  ])
  t.strictSame(await take(client.watch(), 3), [A, B, C])
  t.strictSame(
    asked.map(({ last }) => last?.slice(0, 3)),
    [undefined, 'aaa', 'aaa', 'aaa', 'not'],
  )
  const waits = clock.sleeps.filter(ms => ms < 60_000)
  t.strictSame(waits.slice(0, 1), [3_000 + 50], 'as long as the service says, and spread out')
  t.ok(waits[2]! > waits[1]!, 'longer after each trouble')
})

function say503(response: ServerResponse): void {
  response.writeHead(503, { 'retry-after': '2' }).end()
}

t.test('what is watched goes with the question, and its ids say more than the revision', async t => {
  const { asked, client } = await streamWorld(t, [
    stream(`id: ${A}.0123\ndata: {}\n\n`),
    stream(`id: ${B}.4567\ndata: {}\n\n`, true),
  ])
  t.strictSame(await take(client.watch({ org: 'Acme', repo: 'app' }), 2), [A, B])
  t.strictSame(asked, [
    { url: '/events?repo=Acme/app', last: undefined },
    { url: '/events?repo=Acme/app', last: `${A}.0123` },
  ])
  await take(client.watch({ org: 'Acme' }), 1)
  t.equal(asked.at(-1)!.url, '/events?org=Acme')
  await t.rejects(client.watch({ repo: 'x' }).next(), { code: 'CLIENT_BAD_OPTION' })
  await t.rejects(client.watch({ org: 'a&b' }).next(), { code: 'CLIENT_BAD_NAME' })
})

t.test('204 ends the watch', async t => {
  const { client, asked } = await streamWorld(t, [
    stream(`id: ${A}\ndata: {}\n\n`),
    response => void response.writeHead(204).end(),
  ])
  const changes = client.watch()
  t.strictSame(await changes.next(), { done: false, value: { revision: A } })
  t.strictSame(await changes.next(), { done: true, value: undefined })
  t.equal(asked.length, 2)
})

t.test('a stream that has gone silent is left', async t => {
  const { client, clock, asked } = await streamWorld(t, [
    stream(`id: ${A}\ndata: {}\n\n`, true),
    stream(`id: ${B}\ndata: {}\n\n`, true),
  ])
  const changes = client.watch()
  t.match(await changes.next(), { value: { revision: A } })
  const next = changes.next()
  // A minute passes.
  clock.ringNext()
  t.strictSame(await next, { done: false, value: { revision: B } })
  t.equal(asked.length, 2)
  await changes.return()
  t.equal(clock.waiting, 0, 'no timer is left')
})

t.test('the caller can stop at any time', async t => {
  const { client, clock } = await streamWorld(t, [stream(`id: ${A}\ndata: {}\n\n`, true)])
  const stop = new AbortController()
  const changes = client.watch({ signal: stop.signal })
  await changes.next()
  const next = changes.next()
  stop.abort(new Error('enough'))
  await t.rejects(next, { message: 'enough' })
  t.equal(clock.waiting, 0)
  await t.rejects(client.watch({ signal: stop.signal }).next(), { message: 'enough' }, 'or before')
})

t.test('where there is no stream, it is asked for again and again', async t => {
  const front = await frontWorld(t, { clock: watchClock() })
  const serve = (n: number) => {
    front.live.snapshot = snapshotOf(registryText({ 'k/k': 'enabled sandbox' }, `${n}`))
    return front.live.snapshot.info.revision
  }
  const first = serve(1)
  // The application as it would be with long polling: this one answers at once.
  const asPoll: Parameters<typeof front.moods.push>[0] = async (_front, request, response) => {
    request.url = request.url!.replace('?wait=30s', '')
    const { status, headers, text } = await front.answer(request)
    response.writeHead(status, headers).end(status === 304 ? undefined : text)
  }
  front.moods.push(say(404, { 'content-type': 'text/html' }, '<h1>'), asPoll)
  const changes = front.client.watch()
  t.strictSame((await changes.next()).value, { revision: first })
  const second = serve(2)
  front.moods.push(say(502), asPoll)
  t.strictSame((await changes.next()).value, { revision: second }, 'through an outage')
  t.match(
    front.asked.map(({ path }) => path),
    ['/events', '/registry?wait=30s', '/registry?wait=30s', '/registry?wait=30s'],
  )
  t.match(front.asked[3]!.headers['if-none-match'], /^"/)
  await changes.return()
  t.equal(front.clock.waiting, 0)
})

t.test('whoever is not the service at all is not watched for ever', async t => {
  const front = await frontWorld(t, { clock: watchClock() })
  const html = say(404, { 'content-type': 'text/html' }, '<h1>')
  front.moods.push(html, html)
  await t.rejects(front.client.watch().next(), {
    code: 'CLIENT_UNAVAILABLE',
    failure: { code: 'foreign_answer' },
  })
})
