import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { Snapshot } from '../../../src/registry/snapshot.ts'
import { DEFAULT_WAIT_MS, LONGEST_WAIT_MS } from '../../../src/server/watch/poll.ts'
import { TICK_MS } from '../../../src/server/watch/wheel.ts'
import {
  type Answer,
  holdLists,
  REPOS,
  registryText,
  snapshotOf,
  world,
} from '../../fixtures/server-world.ts'

const otherText = snapshotOf(registryText(REPOS, 'another description'))
const otherEntry = snapshotOf(registryText({ ...REPOS, 'k/k': 'disabled production' }))
const neighbour = snapshotOf(registryText({ ...REPOS, 'k/new': 'enabled sandbox' }))

interface Asked {
  readonly answer: Promise<Answer>
  /** Whether it is still unanswered, after everything that could happen has happened. */
  waits(): Promise<boolean>
}

/** A world in which time passes for those who wait when the test says so. */
async function waiting(t: Test, options: Parameters<typeof world>[1] = {}) {
  const at = await world(t, options)
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  let passedMs = 0
  const pass = (ms: number): void => {
    for (const end = passedMs + ms; passedMs < end; passedMs += TICK_MS) mock.timers.tick(TICK_MS)
  }
  const ask = (url: string, headers: Record<string, string> = {}): Asked => {
    let answered = false
    const answer = at.get(url, { headers }).finally(() => {
      answered = true
    })
    return {
      answer,
      async waits() {
        for (let i = 0; i < 30; i++) await new Promise(done => setImmediate(done))
        return !answered
      },
    }
  }
  const tagOf = async (url: string): Promise<string> => String((await at.get(url)).headers.etag)
  return { ...at, pass, ask, tagOf }
}

for (const path of ['/registry', '/resolve/K/k']) {
  t.test(`${path} with a wait`, async t => {
    const { app, ask, tagOf, live, pass } = await waiting(t)
    const before = live.snapshot!
    const etag = await tagOf(path)
    t.test('is answered at once when the client does not have what it would get', async t => {
      t.equal((await ask(`${path}?wait=60s`).answer).status, 200, 'no condition')
      t.equal((await ask(`${path}?wait=60s`, { 'if-none-match': '"x"' }).answer).status, 200, 'another tag')
      t.equal((await ask(`${path}?wait=60s`, { 'if-match': '"x"' }).answer).status, 412, 'a false If-Match')
      const version = { 'if-none-match': etag, 'infra-schema-version': '9' }
      t.equal((await ask(`${path}?wait=60s`, version).answer).status, 406, 'a version that there is not')
    })
    t.test('is answered when it has changed', async t => {
      const asked = ask(`${path}?wait=60s`, { 'if-none-match': etag })
      t.equal(await asked.waits(), true)
      live.swap(before)
      t.equal(await asked.waits(), true, 'the same again is no change')
      live.swap(otherEntry)
      const { status, headers, json } = await asked.answer
      t.equal(status, 200)
      t.equal(headers['infra-registry-revision'], otherEntry.info.revision)
      t.equal(headers.etag, await tagOf(path), 'with the tag of now')
      t.equal((json.registry ?? json).revision, otherEntry.info.revision)
      live.swap(before)
    })
    t.test('is 304 when the wait is over, up to a sixteenth later', async t => {
      for (const [wait, ms] of [
        ['30s', 30_000],
        ['', DEFAULT_WAIT_MS],
        ['1.5s', 1_500],
        ['1h', LONGEST_WAIT_MS],
      ] as const) {
        const asked = ask(`${path}?wait=${wait}`, { 'if-none-match': etag })
        t.equal(await asked.waits(), true)
        pass(ms - TICK_MS)
        t.equal(await asked.waits(), true, `${wait}: not yet`)
        pass(Math.ceil((ms / 16 + TICK_MS * 2) / TICK_MS) * TICK_MS)
        const { status, headers } = await asked.answer
        t.strictSame([status, headers.etag], [304, etag], `${wait}: now`)
      }
    })
    t.test('is answered at once for a bare zero', async t => {
      const asked = ask(`${path}?wait=0`, { 'if-none-match': etag })
      t.equal(await asked.waits(), true, 'or as good as')
      pass(TICK_MS)
      t.equal((await asked.answer).status, 304)
    })
    t.test('takes no wait that is not a duration', async t => {
      for (const wait of ['30', '-1s', 'long', '1s&wait=2s'])
        t.equal((await ask(`${path}?wait=${wait}`).answer).code, 'invalid_query', wait)
    })
    t.test('holds for any tag, and says 304 at a change all the same', async t => {
      const asked = ask(`${path}?wait=60s`, { 'if-none-match': '*' })
      t.equal(await asked.waits(), true)
      live.swap(otherEntry)
      t.equal((await asked.answer).status, 304)
      live.swap(before)
    })
    t.test('is HEAD as well', async t => {
      const answer = app.inject({
        method: 'HEAD',
        url: `${path}?wait=9s`,
        headers: { 'if-none-match': etag },
      })
      for (let i = 0; i < 30; i++) await new Promise(done => setImmediate(done))
      pass(10_000)
      t.equal((await answer).statusCode, 304)
    })
  })
}

t.test('a change elsewhere', async t => {
  const { ask, tagOf, live, pass } = await waiting(t)
  const path = '/resolve/k/k'
  const etag = await tagOf(path)
  const asked = ask(`${path}?wait=30s`, { 'if-none-match': etag })
  t.equal(await asked.waits(), true)
  live.swap(otherText)
  live.swap(neighbour)
  t.equal(await asked.waits(), true, 'wakes nobody')
  pass(33_000)
  const { status, headers, json } = await asked.answer
  t.equal(status, 200, 'but the tag has changed, so at the end there is an answer and no 304')
  t.equal(headers.etag, await tagOf(path))
  t.equal(json.registry.revision, neighbour.info.revision)
})

t.test('a refusal is never held back', async t => {
  const { ask, tagOf, live } = await waiting(t)
  const etag = await tagOf('/resolve/k/k')
  const asked = { 'if-none-match': etag }
  t.equal((await ask('/resolve/k/none?wait=60s', asked).answer).code, 'repo_not_registered')
  t.equal((await ask('/resolve/Acme-Works/old?wait=60s&require=enabled', asked).answer).code, 'repo_disabled')
  live.snapshot = undefined
  live.fail('registry_missing')
  t.equal((await ask('/registry?wait=60s', asked).answer).code, 'registry_not_loaded')
})

t.test('a repository that is disabled or goes while somebody waits is refused then', async t => {
  const { ask, tagOf, live } = await waiting(t)
  const etag = await tagOf('/resolve/k/k')
  const enabled = ask('/resolve/k/k?wait=60s&require=enabled', { 'if-none-match': etag })
  t.equal(await enabled.waits(), true)
  live.swap(otherEntry)
  t.equal((await enabled.answer).code, 'repo_disabled')
  const there = ask('/resolve/k/k?wait=60s', { 'if-none-match': await tagOf('/resolve/k/k') })
  t.equal(await there.waits(), true)
  const { 'k/k': _, ...rest } = REPOS
  live.swap(snapshotOf(registryText(rest)))
  t.equal((await there.answer).code, 'org_not_registered')
})

t.test('those who wait are let go when the service leaves', async t => {
  const { ask, tagOf, app, lifecycle } = await waiting(t)
  const etag = await tagOf('/registry')
  const asked = ask('/registry?wait=60s', { 'if-none-match': etag })
  t.equal(await asked.waits(), true)
  lifecycle.draining = true
  t.equal(await asked.waits(), true, 'when it closes, and not when the drain begins')
  await app.close()
  const { status, headers } = await asked.answer
  t.strictSame([status, headers.connection], [304, 'close'])
})

t.test('no more wait than may, by whatever way', async t => {
  const { ask, tagOf, get, live } = await waiting(t, { maxWatchers: 1 })
  const tag = { 'if-none-match': await tagOf('/registry') }
  const first = ask('/registry?wait=60s', tag)
  t.equal(await first.waits(), true)
  const { status, code, headers } = await ask('/registry?wait=60s', tag).answer
  t.strictSame([status, code, headers['retry-after']], [503, 'overloaded', '2'])
  t.equal((await get('/events')).code, 'overloaded')
  t.equal((await ask('/registry', tag).answer).status, 304, 'who does not wait is answered')
  live.swap(otherText)
  t.equal((await first.answer).status, 200)
  const again = ask('/registry?wait=60s', { 'if-none-match': await tagOf('/registry') })
  t.equal(await again.waits(), true, 'and then there is room again')
  live.swap(otherEntry)
  await again.answer
})

const broken: Snapshot = Object.create(otherText, {
  orgCount: {
    get() {
      throw new Error('a bug')
    },
  },
})

t.test('an answer that fails is one of ours', async t => {
  const { ask, tagOf, live, lines } = await waiting(t)
  const asked = ask('/registry?wait=60s', { 'if-none-match': await tagOf('/registry') })
  t.equal(await asked.waits(), true)
  live.swap(broken)
  t.equal((await asked.answer).code, 'internal')
  t.match(lines.join(), 'a bug')
})

t.test('what changes between two looks of one request is not waited for', async t => {
  const path = '/resolve/K/k'
  for (let looks = 0; looks < 8; looks++) {
    t.test(`after ${looks} looks`, async t => {
      const { ask, tagOf, live } = await waiting(t)
      const etag = await tagOf(path)
      const before = live.snapshot
      // As with several threads, where another may be shown at any instant.
      let looked = 0
      const { restore } = t.intercept(live, 'current', {
        value: () => (looked++ < looks ? before : otherEntry),
        configurable: true,
      })
      const asked = ask(`${path}?wait=60s`, { 'if-none-match': etag })
      await asked.waits()
      restore()
      live.swap(otherEntry)
      t.equal(await asked.waits(), false, 'it is answered')
      t.equal((await asked.answer).headers['infra-registry-revision'], otherEntry.info.revision)
    })
  }
})

t.test('who waits asks one question for one repository, however often it is looked at', async t => {
  const path = '/resolve/k/k'
  const { ask, get, live, pass, tagOf } = await waiting(t, { maxWatchers: 1 })
  const outcomes = async () =>
    [
      ...(await get('/metrics')).text.matchAll(/^infra_resolutions_total\{outcome="(\w+)"\} ([1-9].*)$/gm),
    ].map(([, outcome, count]) => `${count} ${outcome}`)
  const tag = { 'if-none-match': await tagOf(path) }
  t.equal((await ask(`${path}?wait=60s`).answer).status, 200)
  t.strictSame(await outcomes(), ['2 enabled'], 'answered at once')
  const over = ask(`${path}?wait=1ms`, tag)
  t.equal(await over.waits(), true)
  pass(TICK_MS)
  t.equal((await over.answer).status, 304)
  t.strictSame(await outcomes(), ['3 enabled'], 'answered when the wait is over')
  const held = ask(`${path}?wait=60s`, tag)
  t.equal(await held.waits(), true)
  t.equal((await ask(`${path}?wait=60s`, tag).answer).code, 'overloaded')
  t.strictSame(await outcomes(), ['3 enabled'], 'no room to wait is no answer, and no outage')
  live.swap(otherEntry)
  t.equal((await held.answer).status, 200)
  t.strictSame(await outcomes(), ['3 enabled', '1 disabled'], 'by what is answered')
})

/** A server that listens, and one connection to it. */
async function listening(t: Test, options: Parameters<typeof world>[1] = {}) {
  const at = await world(t, options)
  const { app, get } = at
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const [accepted] = (await once(app.server, 'connection')) as [Socket]
  let text = ''
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  const head = `HTTP/1.1\r\nHost: x\r\nIf-None-Match: ${(await get('/registry')).headers.etag}\r\n\r\n`
  return {
    ...at,
    socket,
    /** The same connection, at the side of the server. */
    accepted,
    /** Asks for each of `paths` in one go, and resolves when all of them have been looked at. */
    async ask(...paths: string[]): Promise<void> {
      const asked = requests(app.server, paths.length)
      socket.write(paths.map(path => `GET ${path} ${head}`).join(''))
      await asked
    },
    /** The statuses of the answers until now. */
    got: () => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status)),
    text: () => text,
    polls: async () =>
      Number(/^infra_watchers\{transport="poll"\} (\d+)$/m.exec((await get('/metrics')).text)![1]),
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

const POLL = '/registry?wait=60s'

t.test('polls that are sent in one go on one connection', async t => {
  const { ask, got, live, polls, socket } = await listening(t, { maxWatchers: 2 })
  await ask(...Array(10).fill(POLL))
  t.strictSame([got(), await polls()], [[], 1], 'take one place')
  live.swap(otherText)
  while (got().length < 10) await once(socket, 'data')
  t.strictSame([got(), await polls()], [Array(10).fill(200), 0], 'and are answered one after the other')
  await ask(POLL)
  while (got().length < 11) await once(socket, 'data')
})

t.test('one that fails when it has come to the front is answered as well', async t => {
  const { ask, got, live, socket } = await listening(t)
  await ask(POLL, POLL)
  live.swap(broken)
  while (got().length < 2) await once(socket, 'data')
  t.strictSame(got(), [500, 500])
})

t.test('a connection on which too many polls wait is cut', async t => {
  const { accepted, ask, polls } = await listening(t)
  const closed = once(accepted, 'close')
  await ask(...Array(34).fill(POLL))
  await closed
  t.equal(await polls(), 0, 'and takes no place any more')
})

t.test('a client that has gone frees its place', async t => {
  const { accepted, ask, polls, socket } = await listening(t)
  await ask(POLL)
  t.equal(await polls(), 1)
  socket.destroy()
  await once(accepted, 'close')
  t.equal(await polls(), 0)
})

t.test('nobody is held who comes to the front when the service has closed', async t => {
  const { app, ask, live, socket, got, text } = await listening(t)
  const release = holdLists(t, live.snapshot!)
  await ask('/repos', POLL)
  const closed = app.close()
  while (live.listeners.size > 0) await new Promise(done => setImmediate(done))
  release()
  await once(socket, 'close', { signal: AbortSignal.timeout(3_000) })
  await closed
  t.strictSame(got(), [200, 304])
  t.match(text(), /HTTP\/1\.1 304 .*connection: close/is)
})
