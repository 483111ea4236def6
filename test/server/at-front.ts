// Long answers on one connection are made one after the other, as the client reads them; and not for a client that reads none.

import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { registryText, snapshotOf, world } from '../fixtures/server-world.ts'

const WAITING = 32

/** A registry whose page is much longer than what two sockets hold. */
const many = snapshotOf(
  registryText(Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k/r${i}`, 'enabled sandbox']))),
)

async function listening(t: Test) {
  const at = await world(t)
  at.live.swap(many)
  let made = 0
  const snapshot = at.live.snapshot!
  const repos = snapshot.repos.bind(snapshot)
  t.intercept(snapshot, 'repos', {
    value: (...args: Parameters<typeof repos>) => {
      made += 1
      return repos(...args)
    },
  })
  await at.app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((at.app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  const ask = (path: string, times: number): void =>
    void socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(times))
  return { socket, ask, made: () => made }
}

for (const path of ['/repos?limit=1000', '/']) {
  t.test(`${path}, asked for many times in one go`, async t => {
    const { socket, ask, made } = await listening(t)
    let text = ''
    const read = (): number => text.split('HTTP/1.1 200').length - 1
    // Each time that something is read, no more was made than what was read, what is on its way, and the next.
    let most = 0
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
      most = Math.max(most, made() - read())
    })
    ask(path, WAITING)
    while (read() < WAITING) await once(socket, 'data')
    t.equal(made(), WAITING, 'each is answered')
    t.ok(most < WAITING / 2, `at most ${most} were made before they were read`)
  })
}

t.test('a connection on which too many wait is cut', async t => {
  const { socket, ask } = await listening(t)
  ask('/repos?limit=1000', WAITING + 2)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  t.ok(text.split('HTTP/1.1 200').length - 1 < WAITING, 'with most of them unanswered')
})

t.test('a connection on which many were asked for, and few at a time, is not cut', async t => {
  const { socket, ask } = await listening(t)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  for (let asked = WAITING; asked <= WAITING * 3; asked += WAITING) {
    ask('/repos?limit=1', WAITING)
    while (text.split('HTTP/1.1 200').length - 1 < asked) await once(socket, 'data')
  }
  t.equal(socket.closed, false)
})
