import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { HEARTBEAT_MS } from '../../../src/server/watch/stream.ts'
import { TICK_MS } from '../../../src/server/watch/wheel.ts'
import { openEvents } from '../../fixtures/event-stream.ts'
import { REPOS, registryText, snapshotOf, world } from '../../fixtures/server-world.ts'

/** A server that listens, the sockets that it has taken, and time that passes for its watchers when the test says so. */
async function listening(t: Test) {
  const at = await world(t)
  const url = await at.app.listen({ port: 0, host: '127.0.0.1' })
  const sockets: Socket[] = []
  at.app.server.on('connection', socket => sockets.push(socket))
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += TICK_MS) mock.timers.tick(TICK_MS)
  }
  const open = (path = '/events', headers = {}) => openEvents(t, url + path, headers)
  const swap = (n: number, runId: string | null = null) =>
    at.live.swap(snapshotOf(registryText(REPOS, `text ${n}`), { runId }))
  return { ...at, url, sockets, pass, open, swap }
}

t.test('a stream begins with when to come back, and with the state of now', async t => {
  const { open, live } = await listening(t)
  const stream = await open()
  t.match(stream.headers, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'transfer-encoding': undefined,
    'content-length': undefined,
    connection: 'close',
  })
  const { id, data } = await stream.next()
  t.equal(id, live.snapshot!.info.revision)
  t.equal(data.revision, id)
  t.ok(stream.retryMs! >= 1_500 && stream.retryMs! <= 3_000, `${stream.retryMs} ms`)
})

t.test('each change is one event', async t => {
  const { open, live, swap } = await listening(t)
  const stream = await open()
  await stream.next()
  for (const n of [1, 2, 3]) {
    swap(n)
    t.equal((await stream.next()).id, live.snapshot!.info.revision)
  }
  t.equal(stream.events.length, 4)
})

t.test('a comment comes every fifteen seconds, the first within them', async t => {
  const { open, pass } = await listening(t)
  const stream = await open()
  await stream.next()
  pass(HEARTBEAT_MS)
  await stream.until(() => stream.comments === 1)
  for (let n = 2; n < 6; n++) {
    pass(HEARTBEAT_MS)
    await stream.until(() => stream.comments === n)
  }
  t.equal(stream.events.length, 1, 'and is no event')
})

t.test('a client that has gone is let go at once', async t => {
  const { open, sockets, app } = await listening(t)
  for (const how of ['destroy', 'end'] as const) {
    const stream = await open()
    await stream.next()
    const socket = sockets.at(-1)!
    const closed = once(socket, 'close')
    if (how === 'destroy') stream.close()
    else stream.end()
    await closed
    t.pass(how)
  }
  t.equal(await connections(app.server), 0)
})

t.test('a client that reads slowly gets the newest and costs no memory', async t => {
  const { open, sockets, swap, live, pass } = await listening(t)
  const stream = await open()
  await stream.next()
  stream.pause()
  const [socket] = sockets as [Socket]
  const size = 1_000_000
  const held: number[] = []
  for (let n = 1; n <= 40; n++) {
    swap(n, 'x'.repeat(size))
    await new Promise(done => setImmediate(() => setImmediate(done)))
    held.push(socket.writableLength)
  }
  t.ok(held.at(-1)! > 0, 'it was held up')
  t.ok(Math.max(...held) < size * 1.01, `${Math.max(...held)} bytes waited at most`)
  pass(HEARTBEAT_MS)
  t.equal(socket.destroyed, false, 'one heartbeat missed is allowed')
  stream.resume()
  const last = live.snapshot!.info.revision
  await stream.until(() => stream.lastEventId === last)
  t.ok(stream.events.length < 40, `${stream.events.length} of 41 events were written`)
  pass(HEARTBEAT_MS)
  pass(HEARTBEAT_MS)
  await stream.until(() => stream.comments > 1)
  t.equal(socket.destroyed, false, 'and all is forgiven')
})

/** A client that reads no more, when what it is sent has filled all there is between it and the service. */
async function heldUp(t: Test) {
  const at = await listening(t)
  const { open, sockets, swap } = at
  const stream = await open()
  await stream.next()
  stream.pause()
  const [socket] = sockets as [Socket]
  for (let n = 1; socket.writableLength === 0; n++) {
    swap(n, 'x'.repeat(1_000_000))
    await new Promise(done => setImmediate(() => setImmediate(done)))
  }
  return { ...at, stream, socket }
}

t.test('a client that reads slowly gets no event twice', async t => {
  const { stream, socket, swap, live } = await heldUp(t)
  const held = live.snapshot!.info.revision
  stream.resume()
  await stream.until(() => stream.lastEventId === held)
  // Until what is behind it has gone, too, and another change can be written.
  while (socket.writableLength > 0) await new Promise(done => setImmediate(done))
  await new Promise(done => setImmediate(done))
  swap(0)
  const last = live.snapshot!.info.revision
  await stream.until(() => stream.lastEventId === last)
  t.equal(stream.events.filter(({ id }) => id === held).length, 1)
})

t.test('a client that does not read at all is cut', async t => {
  const { socket, pass, app } = await heldUp(t)
  const closed = once(socket, 'close')
  pass(HEARTBEAT_MS * 2 + TICK_MS)
  await closed
  t.equal(await connections(app.server), 0)
})

t.test('a stream that was asked for behind another request begins when that is answered', async t => {
  const { url, live } = await listening(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const etag = (await (await fetch(`${url}/registry`)).headers.get('etag'))!
  let text = ''
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  const head = `HTTP/1.1\r\nHost: x\r\n`
  socket.write(`GET /registry?wait=60s ${head}If-None-Match: ${etag}\r\n\r\nGET /events ${head}\r\n`)
  while (live.reads < 3) await new Promise(done => setImmediate(done))
  t.equal(text, '')
  live.swap(snapshotOf(registryText(REPOS, 'another')))
  while (!text.includes('\n\n', text.indexOf('data: '))) await once(socket, 'data')
  t.match(text, /^HTTP\/1\.1 200 OK\r\n.*HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream.*retry: /s)
  t.match(text, `id: ${live.snapshot!.info.revision}\n`)
})

function connections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}
