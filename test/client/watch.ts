// Being told of changes: over a stream, over long polling where there is none, through everything that connections do.
// The stream is one of the test's own; the shape of it is the contract of `/events`.

import { createServer, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { createClient } from '../../src/client/client.ts'
import {
  frontWorld,
  listen,
  type Mood,
  pass,
  StillClock,
  say,
  sayProblem,
  spoil,
} from '../fixtures/client-world.ts'
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

t.test('a heartbeat gives the whole time again', async t => {
  const clock = watchClock()
  const began = clock.time
  const text = new TextEncoder()
  let ran = 0
  const pieces: (() => string)[] = [
    () => `id: ${A}\ndata: {}\n\n`,
    () => {
      clock.time += 40_000
      return ':\n\n'
    },
    // Asked for only now that the heartbeat is read.
    () => {
      clock.ringNext()
      ran = clock.time - began
      return `id: ${B}\ndata: {}\n\n`
    },
  ]
  const body = new ReadableStream(
    { pull: controller => controller.enqueue(text.encode(pieces.shift()!())) },
    { highWaterMark: 0 },
  )
  const fetch = async () => new Response(body, { headers: STREAM })
  t.strictSame(await take(createClient({ url: 'http://x', clock, fetch }).watch(), 2), [A, B])
  t.equal(ran, 40_000 + 60_000)
})

t.test('what is no stream is let go of, unread', async t => {
  const clock = watchClock()
  let letGo = 0
  const endless = () => new ReadableStream({ cancel: () => void letGo++ })
  const statuses = [503, 404]
  const fetch = async (url: unknown) =>
    String(url).endsWith('/events') ? new Response(endless(), { status: statuses.shift()! }) : answerOf(A, 1)
  t.strictSame(await take(createClient({ url: 'http://x', clock, fetch }).watch(), 1), [A])
  t.equal(letGo, 2)
})

/** An answer of `/registry`, as far as it matters here. */
function answerOf(revision: string, tag: number): Response {
  const marks = { 'infra-registry-revision': revision, 'infra-schema-version': '2.0' }
  return new Response('{}', {
    headers: { ...marks, etag: `"${tag}"`, 'content-type': 'application/json' },
  })
}

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

const NO_STREAM = say(404, { 'content-type': 'text/html' }, '<h1>')

/** The application as it is when the wait is over. */
const atOnce: Mood = (front, request, response) => {
  request.url = request.url!.replace('?wait=30s', '')
  return pass(front, request, response)
}

t.test('where there is no stream, it is asked for again and again', async t => {
  const front = await frontWorld(t, { clock: watchClock() })
  const serve = (n: number) => {
    front.live.snapshot = snapshotOf(registryText({ 'k/k': 'enabled sandbox' }, `${n}`))
    return front.live.snapshot.info.revision
  }
  const first = serve(1)
  front.moods.push(NO_STREAM, atOnce)
  const changes = front.client.watch()
  t.strictSame((await changes.next()).value, { revision: first })
  const second = serve(2)
  front.moods.push(say(502), atOnce)
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
  front.moods.push(NO_STREAM, NO_STREAM)
  await t.rejects(front.client.watch().next(), {
    code: 'CLIENT_UNAVAILABLE',
    failure: { code: 'foreign_answer' },
  })
})

t.test('what a stream told is not told again when it is gone', async t => {
  const answers = [answerOf(A, 1), answerOf(B, 2)]
  const streams = [new Response(`id: ${A}\ndata: {}\n\n`, { headers: STREAM })]
  const fetch = async (url: unknown) =>
    String(url).endsWith('/events')
      ? (streams.shift() ?? new Response(null, { status: 404 }))
      : answers.shift()!
  const client = createClient({ url: 'http://x', clock: watchClock(), fetch })
  t.strictSame(await take(client.watch(), 2), [A, B])
})

t.test('the same revision under other tags is not asked for without a pause', async t => {
  const clock = watchClock()
  const answers = [answerOf(A, 1), answerOf(A, 2), answerOf(A, 1), answerOf(B, 2)]
  const fetch = async (url: unknown) =>
    String(url).endsWith('/events') ? new Response(null, { status: 404 }) : answers.shift()!
  const client = createClient({ url: 'http://x', clock, fetch, random: () => 0.5 })
  t.strictSame(await take(client.watch(), 2), [A, B])
  t.strictSame(
    clock.sleeps.filter(ms => ms < 40_000),
    [2_050, 2_050],
  )
})

t.test('where there is no stream, only what happens to the named repository is told', async t => {
  const front = await frontWorld(t, { clock: watchClock() })
  const worlds = [
    { 'k/k': 'enabled sandbox' },
    { 'k/k': 'enabled sandbox', 'k/other': 'enabled sandbox' },
    { 'k/k': 'disabled sandbox', 'k/other': 'enabled sandbox' },
    { 'k/other': 'enabled sandbox' },
    // As it was before: rolled back.
    { 'k/k': 'disabled sandbox', 'k/other': 'enabled sandbox' },
    { 'k/other': 'enabled sandbox' },
    { 'k/other': 'disabled sandbox' },
    { 'other/k': 'disabled sandbox' },
    { 'k/k': 'disabled sandbox' },
  ].map(repos => snapshotOf(registryText(repos)))
  front.moods.push(NO_STREAM)
  for (const snapshot of worlds)
    front.moods.push((...args) => {
      front.live.snapshot = snapshot
      return atOnce(...args)
    })
  const told = [0, 2, 3, 4, 5, 7, 8].map(n => worlds[n]!.info.revision)
  t.strictSame(await take(front.client.watch({ org: 'K', repo: 'k' }), told.length), told)
  const [first, ...polls] = front.asked
  t.equal(first!.path, '/events?repo=K/k')
  t.strictSame([...new Set(polls.map(({ path }) => path))], ['/resolve/K/k?wait=30s'])
  t.equal(front.clock.waiting, 0)
})

t.test('the service waits for the named repository, too', async t => {
  const front = await frontWorld(t, { clock: watchClock() })
  front.moods.push(NO_STREAM)
  const changes = front.client.watch({ org: 'k', repo: 'k' })
  await changes.next()
  const next = changes.next()
  while (front.asked.length < 3) await new Promise(setImmediate)
  // Somebody who waits for any change, and came later.
  const { etag } = (await front.get('/registry')).headers
  const waiting = front.app.inject({ url: '/registry?wait=30s', headers: { 'if-none-match': etag } })
  await front.get('/registry')
  front.live.swap(snapshotOf(registryText({ 'k/k': 'enabled production', 'k/other': 'enabled sandbox' })))
  await waiting
  const changed = snapshotOf(registryText({ 'k/k': 'disabled production' }))
  front.live.swap(changed)
  t.strictSame((await next).value, { revision: changed.info.revision })
  await changes.return()
})

t.test('what is not believed of a repository is not told, and what it cannot be called is', async t => {
  const front = await frontWorld(t, { clock: watchClock() })
  const { revision } = front.live.snapshot!.info
  const lie: Mood = (_front, request, response) => {
    request.url = request.url!.replace('?wait=30s', '')
    return spoil(({ text }) => ({ text: text.replaceAll('k/unknown', 'k/other').replace('"k"', '"x"') }))(
      front,
      request,
      response,
    )
  }
  front.moods.push(NO_STREAM, lie, atOnce)
  t.strictSame(await take(front.client.watch({ org: 'k', repo: 'k' }), 1), [revision])
  t.equal(front.asked.length, 3)
  const marks = { 'infra-registry-revision': A, 'infra-schema-version': '2.0' }
  const ofAnotherPath = sayProblem(404, 'repo_not_registered', marks)
  front.moods.push(NO_STREAM, atOnce, ofAnotherPath, (...args) => {
    front.live.snapshot = snapshotOf(registryText({ 'k/unknown': 'enabled sandbox' }))
    return atOnce(...args)
  })
  const told = await take(front.client.watch({ org: 'k', repo: 'unknown' }), 2)
  t.strictSame(told, [revision, front.live.snapshot!.info.revision])
  front.moods.push(NO_STREAM, ofAnotherPath, atOnce)
  t.strictSame(await take(front.client.watch(), 1), told.slice(1), 'nor a refusal of what was not asked for')
  await t.rejects(front.client.watch({ org: 'k', repo: 'x.git' }).next(), { code: 'CLIENT_BAD_NAME' })
})
