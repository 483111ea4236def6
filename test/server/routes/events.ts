import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { Snapshot } from '../../../src/registry/snapshot.ts'
import { RegistryBlock } from '../../../src/server/answer-schemas.ts'
import { openEvents } from '../../fixtures/event-stream.ts'
import {
  holdLists,
  REPOS,
  registryText,
  snapshotOf,
  type WorldOptions,
  world,
} from '../../fixtures/server-world.ts'

const otherText = snapshotOf(registryText(REPOS, 'another description'))
const otherEntry = snapshotOf(registryText({ ...REPOS, 'k/k': 'disabled production' }))

async function listening(t: Test, options?: WorldOptions) {
  const at = await world(t, options)
  const url = await at.app.listen({ port: 0, host: '127.0.0.1' })
  const open = (path = '/events', headers = {}) => openEvents(t, url + path, headers)
  return { ...at, url, open }
}

t.test('an event says which registry answers come from, and nothing more', async t => {
  const { open, declared, get } = await listening(t)
  for (const path of ['/events', '/events?org=k', '/events?repo=k/k', '/events?schema_version=2.0']) {
    const { data } = await (await open(path)).next()
    declared.hold(RegistryBlock, data)
    t.strictSame(data, (await get('/resolve/k/k')).json.registry, path)
  }
})

t.test('a stream wakes for what was asked for, and for nothing else', async t => {
  const { open, live } = await listening(t)
  const paths = [
    '/events',
    '/events?org=K',
    '/events?repo=K/k',
    '/events?org=beta_corp',
    '/events?repo=k/none',
  ]
  const streams = await Promise.all(paths.map(path => open(path)))
  for (const stream of streams) await stream.next()
  live.swap(otherEntry)
  live.swap(otherText)
  await streams[0]!.next()
  live.swap(otherEntry)
  for (const stream of streams.slice(0, 3)) await stream.next()
  t.strictSame(
    streams.map(({ events }) => events.length),
    [3, 2, 2, 1, 1],
  )
  t.equal(streams[1]!.lastEventId, `${otherEntry.info.revision}.${otherEntry.orgDigest('k')}`)
  // The disabled state of k/k is told to whoever asks again; what is new of k/none, when it comes.
  live.swap(snapshotOf(registryText({ ...REPOS, 'k/none': 'enabled sandbox' })))
  await streams[4]!.next()
  t.equal(streams[3]!.events.length, 1)
})

t.test('a client that comes back', async t => {
  const { open, live } = await listening(t)
  const idOf = async (path: string): Promise<string> => (await (await open(path)).next()).id!
  const before = live.snapshot!
  const ids = { all: await idOf('/events'), org: await idOf('/events?org=k') }
  /** What a stream begins with: told by a change that every stream is to hear of. */
  const firstOf = async (path: string, headers = {}): Promise<string | undefined> => {
    const stream = await open(path, headers)
    const served = live.snapshot!
    live.swap(snapshotOf(registryText({ ...REPOS, 'k/k': 'disabled sandbox' })))
    const { id } = await stream.next()
    live.swap(served)
    return id!.startsWith(served.info.revision) ? 'the state' : 'the change'
  }
  const resumed = (id: string) => ({ 'last-event-id': id })
  t.equal(await firstOf('/events'), 'the state', 'for the first time')
  t.equal(await firstOf('/events', resumed(ids.all)), 'the change', 'with the revision of now')
  t.equal(await firstOf(`/events?lastEventId=${ids.all}`), 'the change', 'the same by the query')
  t.equal(await firstOf('/events?org=k', resumed(ids.org)), 'the change', 'of an organisation')
  t.equal(await firstOf('/events?org=k', resumed(ids.all)), 'the change', 'with the revision alone')
  t.equal(await firstOf('/events', resumed('x')), 'the state', 'with an id that nobody gave')
  t.equal(await firstOf('/events', resumed('é'.repeat(50))), 'the state', 'or could have given')
  t.equal(await firstOf(`/events?lastEventId=${ids.all}`, resumed('x')), 'the state', 'the header is newer')
  live.swap(otherText)
  t.equal(await firstOf('/events', resumed(ids.all)), 'the state', 'after a change')
  t.equal(await firstOf('/events?org=k', resumed(ids.org)), 'the change', 'after a change of something else')
  live.swap(otherEntry)
  t.equal(await firstOf('/events?org=k', resumed(ids.org)), 'the state', 'after a change of its own')
  live.swap(before)
  t.equal(await firstOf('/events?org=k', resumed(ids.org)), 'the change', 'after all was undone')
})

t.test('what is asked wrongly is refused', async t => {
  const { get } = await listening(t)
  for (const [query, code] of [
    ['org=-', 'invalid_name'],
    ['org=k&org=k', 'invalid_query'],
    ['repo=k', 'invalid_name'],
    ['repo=k/k/k', 'invalid_name'],
    ['org=k&repo=k/k', 'invalid_query'],
    ['wait=30s', 'invalid_query'],
    [`lastEventId=${'x'.repeat(257)}`, 'invalid_query'],
    ['schema_version=9', 'unsupported_schema_version'],
  ])
    t.equal((await get(`/events?${query}`)).code, code, query!)
  t.equal((await get('/events', { method: 'POST' })).code, 'method_not_allowed')
})

t.test('without a registry there is no stream: an outage is never mistaken for no change', async t => {
  const { get, live } = await listening(t, { registry: null })
  const { status, code, headers } = await get('/events')
  t.strictSame([status, code, headers['retry-after']], [503, 'registry_not_loaded', '2'])
  live.fail('seal_invalid')
  t.equal((await get('/events')).code, 'seal_invalid')
})

t.test('a service that is degraded goes on', async t => {
  const { open, live } = await listening(t)
  live.fail('registry_invalid')
  const stream = await open()
  t.equal((await stream.next()).id, live.snapshot!.info.revision)
})

t.test('HEAD is the head of the stream', async t => {
  const { app, open } = await listening(t)
  const head = await app.inject({ method: 'HEAD', url: '/events' })
  const { headers } = await open()
  const { date: _a, ...told } = head.headers
  const { date: _b, ...got } = headers
  t.strictSame([head.statusCode, told, head.payload], [200, got, ''])
})

t.test('a client of HTTP/1.0 is served, too', async t => {
  const { url, live } = await listening(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write('GET /events HTTP/1.0\r\n\r\n')
  let text = ''
  for await (const more of socket) {
    text += more
    if (text.includes('data: ')) break
  }
  t.match(
    text,
    new RegExp(
      `^HTTP/1.1 200 OK\\r\\n[^]*\\r\\n\\r\\nretry: \\d+\\n\\nid: ${live.snapshot!.info.revision}\\n`,
    ),
  )
})

t.test('a service that leaves', async t => {
  const { open, get, app, lifecycle, live } = await listening(t)
  const stream = await open()
  await stream.next()
  lifecycle.draining = true
  t.test('takes in nobody new, and tells them not to come back', async t => {
    const { status, text, headers } = await get('/events')
    t.strictSame([status, text, headers['cache-control'], headers.connection], [204, '', 'no-store', 'close'])
    t.equal((await get('/events', { method: 'HEAD' })).status, 204)
  })
  t.test('keeps whom it has until it closes', async t => {
    live.swap(otherText)
    t.equal((await stream.next()).id, otherText.info.revision)
    const began = performance.now()
    await app.close()
    await stream.ended
    t.ok(performance.now() - began < 1_000, 'and then at once')
  })
})

/** Asks for a list, and for events behind it; the list is not answered before `release` is called. */
async function behindAList(t: Test, options?: WorldOptions) {
  const at = await listening(t, options)
  const { app, live, url } = at
  const release = holdLists(t, live.snapshot!)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  const head = 'HTTP/1.1\r\nHost: x\r\n\r\n'
  const asked = requests(app.server, 2)
  socket.write(`GET /repos ${head}GET /events ${head}`)
  await asked
  return {
    ...at,
    socket,
    got: () => text,
    release,
  }
}

/** Resolves when `count` more requests have been looked at; those of one packet are, in one go. */
function requests(server: Server, count: number): Promise<void> {
  return new Promise(done => {
    let seen = 0
    server.on('request', () => {
      seen += 1
      if (seen === count) done()
    })
  })
}

t.test('a stream that was asked for behind another request', async t => {
  t.test('does not begin when the service has closed', async t => {
    const { app, live, socket, got, release } = await behindAList(t)
    const closed = app.close()
    while (live.listeners.size > 0) await new Promise(done => setImmediate(done))
    release()
    await once(socket, 'close', { signal: AbortSignal.timeout(3_000) })
    await closed
    t.match(got(), /^HTTP\/1\.1 200 OK\r\n.*HTTP\/1\.1 204 No Content\r\n.*connection: close\r\n/s)
  })
  t.test('does not begin when its place was taken', async t => {
    const { open, socket, got, release } = await behindAList(t, { maxWatchers: 1 })
    await (await open()).next()
    release()
    while (!/ 503 |retry: /.test(got())) await once(socket, 'data')
    t.match(got(), /^HTTP\/1\.1 200 OK\r\n.*HTTP\/1\.1 503 .*overloaded/s)
  })
  t.test('is refused when it cannot begin', async t => {
    const { live, socket, got, release } = await behindAList(t)
    const broken: Snapshot = Object.create(live.snapshot!, {
      info: {
        get() {
          throw new Error('a bug')
        },
      },
    })
    live.swap(broken)
    release()
    while (!/ 500 |retry: /.test(got())) await once(socket, 'data')
    t.match(got(), /^HTTP\/1\.1 200 OK\r\n.*HTTP\/1\.1 500 .*"code":"internal"/s)
  })
})

t.test('watchers and what they are told are counted', async t => {
  const { open, live, app } = await listening(t)
  const stream = await open()
  await stream.next()
  live.swap(otherText)
  await stream.next()
  const { payload } = await app.inject('/metrics')
  t.match(payload, /^infra_watchers\{transport="sse"\} 1$/m)
  t.match(payload, /^infra_notifications_total 1$/m)
})
