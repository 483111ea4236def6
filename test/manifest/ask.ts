// One address asked: every way in which a socket can fail to answer, each ended within the deadline.

import { getEventListeners } from 'node:events'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { type Asked, askHealth, MAX_BODY_BYTES } from '../../src/manifest/ask.ts'
import {
  freePort,
  healthOf,
  sendHealth,
  serveBytes,
  serveHttp,
  serveNobody,
  serveSilence,
} from '../fixtures/health-world.ts'

const DEADLINE_MS = 400

async function ask(port: number, address = '127.0.0.1', deadlineMs = DEADLINE_MS): Promise<Asked> {
  return askHealth({ address, port }, { deadlineMs })
}

t.test('an answer is taken as it came', async t => {
  const seen: string[] = []
  const port = await serveHttp(t, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.connection} ${request.headers.accept}`)
    sendHealth(response, healthOf('press'), 503)
  })
  const asked = await ask(port)
  t.match(asked, { answer: { status: 503, contentType: 'application/health+json' }, latencyMs: Number })
  t.equal(Buffer.from(asked.answer!.body).toString(), JSON.stringify(healthOf('press')))
  t.strictSame(seen, ['GET /healthz close application/health+json, application/json'])
})

t.test('over IPv6, and by name', async t => {
  const port = await serveHttp(t, (_request, response) => sendHealth(response, healthOf('press')))
  t.ok((await ask(port, 'localhost', 5_000)).answer)
  const six = await serveHttp(
    t,
    (_request, response) => sendHealth(response, healthOf('press')),
    '::1',
  ).catch(() => null)
  if (six === null) t.comment('NOT RUN: no IPv6 here')
  else t.ok((await ask(six, '::1')).answer)
})

t.test('a redirect is an answer, and is not followed', async t => {
  let asked = 0
  const port = await serveHttp(t, (_request, response) => {
    asked += 1
    response.writeHead(302, { location: '/healthz' }).end()
  })
  t.match(await ask(port), { answer: { status: 302, contentType: null } })
  t.equal(asked, 1)
})

t.test('no answer', async t => {
  const head = 'HTTP/1.1 200 OK\r\n'
  const table: readonly (readonly [what: string, port: number, state: string, detail: RegExp])[] = [
    ['nobody listens', await freePort(), 'stopped', /^connection refused$/],
    ['not a word', await serveSilence(t), 'hanging', /^no whole answer within 400 ms$/],
    ['headers and no more', await serveBytes(t, `${head}Content-Length: 9\r\n\r\n`), 'hanging', /400 ms/],
    ['half a header', await serveBytes(t, head), 'hanging', /400 ms/],
    ['not HTTP', await serveBytes(t, 'SSH-2.0-OpenSSH_9.6\r\n'), 'protocol_error', /^not HTTP \(HPE_\w+\)$/],
    [
      'bytes after what the length says',
      await serveBytes(t, `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`),
      'protocol_error',
      /^not HTTP/,
    ],
    ['an end at once', await serveBytes(t, '', s => s.end()), 'protocol_error', /broke off \(ECONNRESET\)$/],
    [
      'an end in the middle',
      await serveBytes(t, `${head}Content-Length: 9\r\n\r\nabc`, socket => socket.end()),
      'protocol_error',
      /^the connection broke off/,
    ],
    [
      'a reset in the middle',
      await serveBytes(t, `${head}Content-Length: 9\r\n\r\nabc`, socket => socket.resetAndDestroy()),
      'protocol_error',
      /^the connection broke off/,
    ],
    [
      'another protocol',
      await serveBytes(t, 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      'protocol_error',
      /status 101/,
    ],
    [
      'long headers',
      await serveBytes(t, `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`),
      'too_large',
      /^headers of more than/,
    ],
  ]
  for (const [what, port, state, detail] of table) {
    t.test(what, async t => {
      const begun = performance.now()
      t.match(await ask(port), { answer: null, state, detail })
      t.ok(performance.now() - begun < DEADLINE_MS + 3_000, 'in time')
    })
  }
})

t.test('an answer that trickles does not outlive the deadline', async t => {
  const port = await serveHttp(t, (_request, response) => {
    const timer = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(timer))
  })
  t.match(await ask(port), { state: 'hanging' })
})

t.test('a long answer is not read to its end', async t => {
  let written = 0
  const port = await serveHttp(t, (_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384))) written += 16_384
    }
    response.on('drain', more)
    more()
  })
  t.match(await ask(port, '127.0.0.1', 5_000), {
    state: 'too_large',
    detail: `longer than ${MAX_BODY_BYTES} bytes`,
  })
  t.ok(written < 32 * 1024 * 1024, `${written} bytes were written`)
  const full = await serveHttp(t, (_request, response) => response.end('x'.repeat(MAX_BODY_BYTES)))
  t.equal((await ask(full)).answer?.body.byteLength, MAX_BODY_BYTES, 'the bound itself is allowed')
})

t.test('no way to a host', async t => {
  t.match(await ask(9, '224.0.0.1'), { state: 'unreachable', detail: /^no connection \(E\w+\)$/ })
  t.match(await ask(9, 'nowhere.invalid', 5_000), { state: 'unreachable' })
  const skip = process.platform === 'linux' ? false : 'a full queue is told in another way here'
  t.test('and one that takes no more connections', { skip }, async t => {
    const port = await serveNobody(t)
    t.match(await ask(port), { state: 'unreachable', detail: 'no connection within 400 ms' })
  })
})

t.test('an abort ends it at once, and leaves nothing behind', async t => {
  const port = await serveSilence(t)
  const { signal, ...controller } = withAbort()
  const asking = askHealth({ address: '127.0.0.1', port }, { deadlineMs: 60_000, signal })
  controller.abort(new Error('enough'))
  await t.rejects(asking, { message: 'enough' })
  t.equal(getEventListeners(signal, 'abort').length, 0)
  await t.rejects(askHealth({ address: '127.0.0.1', port }, { deadlineMs: 60_000, signal }), {
    message: 'enough',
  })
})

t.test('whatever is sent, there is a state for it, in time', async t => {
  const noise = fc.string({ unit: 'binary', maxLength: 20 })
  const mostly = (...texts: string[]) => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...texts) }, noise)
  const header = mostly(
    ...[
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Connection: keep-alive\r\n',
      'Upgrade: h2c\r\n',
    ],
  )
  const answer = fc.tuple(
    mostly('HTTP/1.1 200 OK\r\n', 'HTTP/1.0 503\r\n', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n'),
    fc.array(header, { maxLength: 2 }).map(headers => headers.join('')),
    mostly('\r\n'),
    mostly('abc', '3\r\nabc\r\n0\r\n\r\n', 'ffffffffffffffff\r\n', '{"status":"pass"}'),
  )
  const answers = fc.array(answer, { minLength: 20, maxLength: 20 })
  const seen = new Set<string>()
  const states = ['answered', 'hanging', 'protocol_error', 'too_large']
  await fc.assert(
    fc.asyncProperty(answers, async payloads => {
      const begun = performance.now()
      const asked = await Promise.all(
        payloads.map(async (pieces, at) => {
          const close = (socket: Socket): void => void (at % 2 === 0 && socket.end())
          return ask(await serveBytes(t, pieces.join(''), close), '127.0.0.1', 200)
        }),
      )
      for (const one of asked) seen.add(one.answer === null ? one.state : 'answered')
      return [...seen].every(state => states.includes(state)) && performance.now() - begun < 10_000
    }),
    { numRuns: 3, endOnFailure: true },
  )
  for (const state of ['answered', 'hanging', 'protocol_error']) t.ok(seen.has(state), state)
})

t.test('every connection is closed when the answer is known', async t => {
  let open = 0
  const gone: Promise<void>[] = []
  const port = await serveHttp(t, (request, response) => {
    open += 1
    gone.push(
      new Promise(resolve =>
        request.socket.once('close', () => {
          open -= 1
          resolve()
        }),
      ),
    )
    response.setHeader('connection', 'keep-alive')
    sendHealth(response, healthOf('press'))
  })
  for (let round = 0; round < 3; round++) await ask(port)
  await Promise.all(gone)
  t.strictSame([open, gone.length], [0, 3])
})

function withAbort() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason: Error) => controller.abort(reason) }
}
