// The service on a real socket, spoken to in raw bytes: what a well-behaved client never sends. Each request here has
// one documented answer, the content of a request is never taken for another one, and who is slow is cut.

import assert from 'node:assert/strict'
import { Agent, get } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode } from '../../src/server/problems.ts'
import { type World, world } from '../fixtures/server-world.ts'

const PATIENCE_MS = 6_000

interface Listening extends World {
  readonly port: number
}

async function listening(t: Test): Promise<Listening> {
  const at = await world(t)
  await at.app.listen({ port: 0, host: '127.0.0.1' })
  return { ...at, port: (at.app.server.address() as AddressInfo).port }
}

interface Reply {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly code: ProblemCode | undefined
}

/** Reads all responses that `bytes` holds whole, `bodiless` those of HEAD; throws on anything that is not one. */
function parseReplies(bytes: string, bodiless = false): Reply[] {
  const replies: Reply[] = []
  for (let rest = bytes; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n')
    assert.ok(end !== -1, `no end of head in ${JSON.stringify(rest)}`)
    const [line, ...fields] = rest.slice(0, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line!)?.[1])
    const headers = new Map(
      fields.map(field => [
        field.slice(0, field.indexOf(':')).toLowerCase(),
        field.slice(field.indexOf(':') + 1).trim(),
      ]),
    )
    const length = status === 100 || bodiless ? 0 : Number(headers.get('content-length') ?? 0)
    const body = rest.slice(end + 4, end + 4 + length)
    assert.equal(body.length, length, 'a body is as long as it says')
    const code = headers.get('content-type') === PROBLEM_TYPE && !bodiless ? JSON.parse(body).code : undefined
    if (status !== 100) replies.push({ status, headers, body, code })
    rest = rest.slice(end + 4 + length)
  }
  return replies
}

/**
 * Sends `bytes`, then a sentinel on the same connection, and returns what came before the sentinel's answer, or before
 * the connection was closed. So it waits for nothing but the server.
 */
async function exchange(
  port: number,
  bytes: string,
  sentinel = true,
): Promise<{ replies: Reply[]; closed: boolean }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ replies: Reply[]; closed: boolean }>()
  const socket = connect({ port, host: '127.0.0.1' })
  let text = ''
  let asked = false
  let closed = true
  socket.setEncoding('latin1')
  socket.on('connect', () => socket.write(bytes, 'latin1'))
  socket.on('data', data => {
    text += data
    if (text.includes('SENTINEL-404')) {
      closed = false
      socket.destroy()
    } else if (sentinel && !asked) {
      asked = true
      // Written once the first answer is here, so that it cannot be taken for content of the request.
      socket.write('GET /SENTINEL-404 HTTP/1.1\r\nHost: x\r\n\r\n')
    }
  })
  socket.on('error', () => undefined)
  socket.setTimeout(PATIENCE_MS, () =>
    reject(new Error(`no end of ${JSON.stringify(bytes.slice(0, 99))}: ${text}`)),
  )
  socket.on('close', () => {
    const replies = parseReplies(text, bytes.startsWith('HEAD')).filter(
      reply => !reply.body.includes('SENTINEL-404'),
    )
    resolve({ replies, closed })
  })
  return promise.finally(() => socket.destroy())
}

const HOST = 'Host: x\r\n'
const GET = `GET /resolve/k/k HTTP/1.1\r\n${HOST}`
const POST = `POST /resolve/k/k HTTP/1.1\r\n${HOST}`
const SMUGGLED = `GET /orgs HTTP/1.1\r\n${HOST}\r\n`
const length = (content: string): string => `Content-Length: ${content.length}\r\n\r\n${content}`
const chunked = (content: string): string =>
  `Transfer-Encoding: chunked\r\n\r\n${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`

type Want = readonly [status: number, code: ProblemCode | undefined, closed: boolean]
const BAD: Want = [400, 'bad_request', true]
const CONTENT: Want = [413, 'content_too_large', true]
const METHOD: Want = [405, 'method_not_allowed', false]
const FOUND: Want = [200, undefined, false]
const TOO_LARGE: Want = [431, 'headers_too_large', true]

// reliability §1 D2 and D3: what is sent, and the one answer it gets.
const REQUESTS: readonly (readonly [name: string, bytes: string, want: Want])[] = [
  [
    'Content-Length and Transfer-Encoding',
    `${GET}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    BAD,
  ],
  [
    'Transfer-Encoding and Content-Length',
    `${GET}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    BAD,
  ],
  [
    'the same in a POST',
    `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    BAD,
  ],
  ['two Content-Lengths', `${GET}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde${SMUGGLED}`, BAD],
  ['two equal Content-Lengths', `${GET}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd${SMUGGLED}`, BAD],
  ['a list of Content-Lengths', `${GET}Content-Length: 4, 4\r\n\r\nabcd`, BAD],
  ['a negative Content-Length', `${GET}Content-Length: -1\r\n\r\n`, BAD],
  ['a signed Content-Length', `${GET}Content-Length: +4\r\n\r\nabcd`, BAD],
  ['a hexadecimal Content-Length', `${GET}Content-Length: 0x4\r\n\r\nabcd`, BAD],
  ['an endless Content-Length', `${POST}Content-Length: ${'9'.repeat(40)}\r\n\r\n`, BAD],
  ['a folded header', `${GET}X: a\r\n b\r\n\r\n`, BAD],
  ['a folded first header', `GET /resolve/k/k HTTP/1.1\r\n Host: x\r\n\r\n`, BAD],
  ['a blank before the colon', 'GET /resolve/k/k HTTP/1.1\r\nHost : x\r\n\r\n', BAD],
  ['a blank before the colon of Content-Length', `${GET}Content-Length : 4\r\n\r\nabcd`, BAD],
  ['bare line feeds', 'GET /resolve/k/k HTTP/1.1\nHost: x\n\n', BAD],
  ['a bare line feed in the head', `${GET}X: a\nY: b\r\n\r\n`, BAD],
  ['bare carriage returns', 'GET /resolve/k/k HTTP/1.1\rHost: x\r\r', BAD],
  ['HTTP/9.9', `GET /resolve/k/k HTTP/9.9\r\n${HOST}\r\n`, BAD],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', BAD],
  ['HTTP/0.9', 'GET /resolve/k/k\r\n\r\n', BAD],
  ['a lower-case version', `GET /resolve/k/k http/1.1\r\n${HOST}\r\n`, BAD],
  ['a lower-case method', `get /resolve/k/k HTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['a method nobody knows', `FROB /resolve/k/k HTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['Transfer-Encoding: xchunked', `${GET}Transfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`, BAD],
  ['the same in a POST', `${POST}Transfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`, BAD],
  [
    'Transfer-Encoding: chunked, identity',
    `${GET}Transfer-Encoding: chunked, identity\r\n\r\n${SMUGGLED}`,
    BAD,
  ],
  [
    'Transfer-Encoding: gzip, chunked',
    `${GET}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    BAD,
  ],
  ['Transfer-Encoding with a tab', `${GET}Transfer-Encoding:\tx\r\n\r\n${SMUGGLED}`, BAD],
  [
    'two Transfer-Encodings',
    `${GET}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    BAD,
  ],
  ['two Hosts', `${GET}Host: y\r\n\r\n${SMUGGLED}`, BAD],
  ['two equal Hosts', `${GET}${HOST}\r\n${SMUGGLED}`, BAD],
  ['no Host', `GET /resolve/k/k HTTP/1.1\r\n\r\n${SMUGGLED}`, BAD],
  ['no Host and an address in the target', 'GET http://x/resolve/k/k HTTP/1.1\r\n\r\n', BAD],
  ['two Hosts and a path that cannot be decoded', `GET /%ff HTTP/1.1\r\n${HOST}${HOST}\r\n${SMUGGLED}`, BAD],
  ['NUL in a header', `${GET}X: a\0b\r\n\r\n`, BAD],
  ['a header without a name', `${GET}: a\r\n\r\n`, BAD],
  ['a header without a colon', `${GET}a\r\n\r\n`, BAD],
  ['a byte beyond ASCII in the target', `GET /resolve/k/\xe9 HTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['a blank in the target', `GET /resolve/k/k x HTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['tabs in the request line', `GET\t/resolve/k/k\tHTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['a target without a slash', `GET resolve/k/k HTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['a fragment', `GET /resolve/k/k#x HTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['a fragment that could be a query', `GET /repos#state=enabled HTTP/1.1\r\n${HOST}\r\n`, BAD],
  ['the first bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', BAD],
  ['GET with a request as its content', `${GET}${length(SMUGGLED)}`, CONTENT],
  ['GET with a request as its chunked content', `${GET}${chunked(SMUGGLED)}`, CONTENT],
  ['GET with empty chunked content', `${GET}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, CONTENT],
  ['GET with a bad chunk', `${GET}Transfer-Encoding: chunked\r\n\r\nzz\r\n${SMUGGLED}`, CONTENT],
  ['GET with 2 kB of content', `${GET}${length('x'.repeat(2_048))}`, CONTENT],
  ['GET with less content than it says', `${GET}Content-Length: 400\r\n\r\n${SMUGGLED}`, CONTENT],
  ['GET with more content than it says', `${GET}Content-Length: 4\r\n\r\nabcd${SMUGGLED}`, CONTENT],
  ['GET with content that it announces', `${GET}Expect: 100-continue\r\n${length(SMUGGLED)}`, CONTENT],
  ['GET /%ff with content', `GET /%ff HTTP/1.1\r\n${HOST}${length(SMUGGLED)}`, CONTENT],
  ['HEAD with content', `HEAD /livez HTTP/1.1\r\n${HOST}${length(SMUGGLED)}`, [413, undefined, true]],
  ['POST with a request as its content', `${POST}${length(SMUGGLED)}`, METHOD],
  ['POST with a request as its chunked content', `${POST}${chunked(SMUGGLED)}`, METHOD],
  ['POST with content that it announces', `${POST}Expect: 100-continue\r\n${length(SMUGGLED)}`, METHOD],
  [
    'POST with a bad chunk',
    `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n${SMUGGLED}`,
    [405, 'method_not_allowed', true],
  ],
  ['POST with a type that is none', `${POST}Content-Type: x\r\n${length(SMUGGLED)}`, METHOD],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, METHOD],
  ['TRACE with a secret', `TRACE /livez HTTP/1.1\r\n${HOST}Cookie: secret\r\n\r\n`, METHOD],
  ['GET *', `GET * HTTP/1.1\r\n${HOST}\r\n`, [404, 'route_not_found', false]],
  ['a header of more than 8 KiB', `${GET}X: ${'a'.repeat(9_000)}\r\n\r\n`, TOO_LARGE],
  [
    '2,500 headers',
    `${GET}${Array.from({ length: 2_500 }, (_, i) => `a${i}: b\r\n`).join('')}\r\n`,
    TOO_LARGE,
  ],
  ['a URL of 20 kB', `GET /resolve/k/${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, TOO_LARGE],
  ['a query of 20 kB', `GET /repos?q=${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, TOO_LARGE],
  [
    'a URL of 5 kB',
    `GET /resolve/k/${'a'.repeat(5_000)} HTTP/1.1\r\n${HOST}\r\n`,
    [414, 'uri_too_long', false],
  ],
  ['a target with an address', `GET http://evil/resolve/k/k HTTP/1.1\r\n${HOST}\r\n`, FOUND],
  ['HTTP/1.0 without a Host', 'GET /resolve/k/k HTTP/1.0\r\n\r\n', [200, undefined, true]],
  ['an empty line first', `\r\n${GET}\r\n`, FOUND],
  ['Content-Length: 0', `${GET}Content-Length: 0\r\n\r\n`, FOUND],
  ['Upgrade: websocket', `${GET}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`, FOUND],
  [
    'Upgrade: h2c',
    `${GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    FOUND,
  ],
  ['an expectation nobody knows', `${GET}Expect: 200-ok\r\n\r\n`, FOUND],
  ['Connection: close', `${GET}Connection: close\r\n\r\n${SMUGGLED}`, [200, undefined, true]],
]

t.test('each request has one answer, and its content none', async t => {
  const { port, lines } = await listening(t)
  for (const [name, bytes, [status, code, closed]] of REQUESTS) {
    const before = lines.length
    const { replies, closed: cut } = await exchange(port, bytes)
    t.strictSame(
      [replies.map(reply => reply.status), replies[0]?.code, cut],
      [[status], code, closed],
      `${name} is ${status} ${code ?? ''}${closed ? ', then the connection ends' : ''}`,
    )
    if (code !== undefined) t.equal(PROBLEMS[code].status, status)
    if (status === 405) t.equal(replies[0]?.headers.get('allow'), 'GET, HEAD')
    if (closed && status !== 405)
      t.equal(replies[0]?.headers.get('connection')?.toLowerCase(), 'close', 'and says that it does')
    for (const line of lines.slice(before))
      t.ok(JSON.parse(line).level === 30 && line.length < 2_048, 'one short line')
  }
})

t.test('CONNECT is cut without an answer', async t => {
  const { port } = await listening(t)
  t.strictSame(await exchange(port, `CONNECT evil:443 HTTP/1.1\r\n${HOST}\r\n`), {
    replies: [],
    closed: true,
  })
})

t.test('pipelined requests are answered in order, and each once', async t => {
  const { port } = await listening(t)
  const { replies } = await exchange(
    port,
    `${GET}\r\nGET /nowhere HTTP/1.1\r\n${HOST}\r\nHEAD /livez HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`.replace(
      'HEAD /livez',
      'GET /livez',
    ),
    false,
  )
  t.strictSame(
    replies.map(({ status }) => status),
    [200, 404, 200],
  )
})

t.test('a connection serves as many requests as its client likes, and no answer is not ours', async t => {
  const { port } = await listening(t)
  const many = `GET /livez HTTP/1.1\r\n${HOST}\r\n`.repeat(2_500)
  const { replies } = await exchange(
    port,
    `${many}GET /livez HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    false,
  )
  t.equal(replies.length, 2_501)
  t.ok(replies.every(({ status, body }) => status === 200 && body === '{"status":"alive"}'))
})

// reliability §1 D4, as bytes on the wire, where nothing has been made tidy on the way.
const TARGETS: readonly (readonly [target: string, status: number, code: ProblemCode | undefined])[] = [
  ['/resolve/K/K', 200, undefined],
  ['*resolve/K/K', 400, 'bad_request'],
  ['*?q=', 400, 'bad_request'],
  ['*', 404, 'route_not_found'],
  ['/resolve/%6b/%4B', 200, undefined],
  ['//resolve/k/k', 404, 'route_not_found'],
  ['/resolve//k', 400, 'invalid_name'],
  ['/resolve/k//', 404, 'route_not_found'],
  ['/resolve/k/', 400, 'invalid_name'],
  ['/resolve/k/k/', 404, 'route_not_found'],
  ['/RESOLVE/k/k', 404, 'route_not_found'],
  ['/%72esolve/k/k', 200, undefined],
  ['/resolve%2Fk/k', 404, 'route_not_found'],
  ['/resolve/k%2Fk', 404, 'route_not_found'],
  ['/resolve/k/k%2F', 400, 'invalid_name'],
  ['/resolve/../resolve/k/k', 404, 'route_not_found'],
  ['/resolve/k/..', 400, 'invalid_name'],
  ['/resolve/k/.', 400, 'invalid_name'],
  ['/resolve/../k', 400, 'invalid_name'],
  ['/resolve/k/%2e%2e', 400, 'invalid_name'],
  ['/resolve/k/%2e', 400, 'invalid_name'],
  ['/resolve/k/%00', 400, 'invalid_name'],
  ['/resolve/k/k%0d%0aSet-Cookie:%20a', 400, 'invalid_name'],
  ['/resolve/k/%ff', 400, 'bad_request'],
  ['/resolve/k/%C0%AE', 400, 'bad_request'],
  ['/resolve/k/%', 400, 'bad_request'],
  ['/resolve/k/k;x', 400, 'invalid_name'],
  ['/resolve/k/k%3F', 400, 'invalid_name'],
  ['/resolve/k/k%23', 400, 'invalid_name'],
  ['/resolve/k/k#', 400, 'bad_request'],
  ['/resolve/k\\k', 404, 'route_not_found'],
  ['/resolve/k/\\', 400, 'invalid_name'],
  ['/resolve/k/"<>^`{|}', 400, 'invalid_name'],
  ['/resolve/k/k?', 200, undefined],
  ['/resolve/k/k??', 400, 'invalid_query'],
  ['/resolve/k/k?require=enabled%00', 400, 'invalid_query'],
  ['http://x/resolve/k/k', 200, undefined],
  ['http://x/resolve/k/k/k', 404, 'route_not_found'],
  ['http://x', 200, undefined],
  ['https://user:secret@x:443/resolve/k/none', 404, 'repo_not_registered'],
  ['http://x:99999/resolve/k/k', 400, 'bad_request'],
  ['ftp://x/resolve/k/k', 404, 'route_not_found'],
  ['/http://x/resolve/k/k', 404, 'route_not_found'],
]

t.test('each target has one answer', async t => {
  const { port } = await listening(t)
  for (const [target, status, code] of TARGETS) {
    const { replies } = await exchange(port, `GET ${target} HTTP/1.1\r\n${HOST}\r\n`)
    t.strictSame(
      [replies.length, replies[0]?.status, replies[0]?.code],
      [1, status, code],
      `${target} is ${status} ${code ?? ''}`,
    )
    if (code !== undefined && status !== 400)
      t.equal(JSON.parse(replies[0]!.body).instance.includes('secret'), false)
  }
})

t.test('who is slow is cut while others work', { timeout: 30_000 }, async t => {
  const { app, port, lines } = await listening(t)
  const EACH = 30
  const stopped = new AbortController()
  const workers = Array.from({ length: 5 }, () => work(port, stopped.signal))

  const drip = (head: string, bytes: string, half = false) => {
    const began = performance.now()
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: half })
    const { promise, resolve } = Promise.withResolvers<{ ms: number; text: string }>()
    let text = ''
    let timer: NodeJS.Timeout | undefined
    socket.setEncoding('latin1')
    socket.on('connect', () => {
      socket.write(head)
      if (bytes !== '') timer = setInterval(() => socket.writable && socket.write(bytes), 400)
    })
    socket.on('data', data => {
      text += data
    })
    socket.on('error', () => undefined)
    socket.on('end', () => {
      clearInterval(timer)
      resolve({ ms: performance.now() - began, text })
    })
    socket.on('close', () => {
      clearInterval(timer)
      resolve({ ms: performance.now() - began, text })
    })
    return promise.finally(() => socket.destroy())
  }
  const kinds: readonly (readonly [
    string,
    () => Promise<{ ms: number; text: string }>,
    readonly number[],
  ])[] = [
    ['a silent socket', () => drip('', ''), [408]],
    ['a slow request line', () => drip('G', ''), [408]],
    ['a slow header', () => drip(GET, 'X'), [408]],
    ['a header that never ends', () => drip(GET, 'X: y\r\n'), [408]],
    ['a slow header of a peer that does not hang up', () => drip(GET, 'X', true), [408]],
    ['a slow body', () => drip(`${POST}Content-Length: 400\r\n\r\n`, 'x'), [405]],
    ['a body that never comes', () => drip(`${POST}Content-Length: 400\r\n\r\n`, ''), [405]],
    ['a slow chunked body', () => drip(`${POST}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'), [405]],
    ['a slow body of a GET', () => drip(`${GET}Content-Length: 400\r\n\r\n`, 'x'), [413]],
  ]
  const worst = await Promise.all(
    kinds.map(async ([name, open, statuses]) => {
      const ends = await Promise.all(Array.from({ length: EACH }, open))
      const replies = ends.map(({ text }) => parseReplies(text).map(({ status }) => status))
      return { name, statuses, replies, ms: Math.max(...ends.map(({ ms }) => ms)) }
    }),
  )
  for (const { name, statuses, replies, ms } of worst) {
    t.ok(ms <= PATIENCE_MS, `${name}: ${EACH} cut, the last after ${Math.round(ms)} ms`)
    t.ok(
      replies.every(got => got.join() === statuses.join()),
      `${name}: answered ${statuses.join()} and nothing else`,
    )
  }
  stopped.abort()
  const counts = await Promise.all(workers)
  const requests = counts.reduce((sum, count) => sum + count, 0)
  t.ok(requests > 500, `${requests} requests of others were answered 200 meanwhile, none failed`)
  t.ok(
    lines.every(line => JSON.parse(line).level === 30),
    'and nothing was logged as a fault',
  )
  const { promise, resolve } = Promise.withResolvers<number>()
  app.server.getConnections((_error, count) => resolve(count))
  t.ok((await promise) <= 5 + EACH, 'no socket of theirs is kept but by a peer that does not hang up')
})

/** One keep-alive client that asks until it is told to stop; returns how many answers it got, throws on any other. */
async function work(port: number, signal: AbortSignal): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let answered = 0
  try {
    for (; !signal.aborted; answered++) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        get({ port, host: '127.0.0.1', path: '/resolve/k/k', agent }, response => {
          response.resume().on('end', () => resolve(response.statusCode))
        }).on('error', reject)
      })
      assert.equal(status, 200)
      await new Promise(done => setTimeout(done, 5))
    }
    return answered
  } finally {
    agent.destroy()
  }
}

t.test('a peer that never hangs up is let go after its bad request', { timeout: 30_000 }, async t => {
  const { app, port } = await listening(t)
  const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  socket.resume()
  const began = performance.now()
  socket.write('nonsense\r\n\r\n')
  await new Promise(done => socket.on('end', done))
  const open = () => new Promise<number>(done => app.server.getConnections((_error, count) => done(count)))
  while ((await open()) > 0) await new Promise(done => setTimeout(done, 20))
  const ms = performance.now() - began
  t.ok(ms <= PATIENCE_MS, `after ${Math.round(ms)} ms`)
  socket.destroy()
})
