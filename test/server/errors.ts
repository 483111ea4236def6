import { EventEmitter } from 'node:events'
import { get as ask } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyRequest, InjectOptions } from 'fastify'
import t from 'tap'
import { EditionLost } from '../../src/live/edition-lost.ts'
import { answerClientError } from '../../src/server/errors.ts'
import { createMeters, openMeters } from '../../src/server/meters.ts'
import { checkRequest } from '../../src/server/request-check.ts'
import { ROUTES, world } from '../fixtures/server-world.ts'

const METHODS = [
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'MKCOL',
  'PURGE',
  'LOCK',
]
const BODIES: readonly Pick<InjectOptions, 'headers' | 'payload'>[] = [
  {},
  { payload: 'x' },
  { headers: { 'content-type': 'application/json' }, payload: '{"__proto__":1}' },
  { headers: { 'content-type': 'application/json' }, payload: '{' },
  { headers: { 'content-type': 'application/json' } },
  { headers: { 'content-type': 'text/plain' }, payload: 'x'.repeat(2_000) },
  { headers: { 'content-type': 'garbage' }, payload: 'x' },
  { headers: { 'content-type': '' }, payload: 'x' },
  { headers: { 'content-type': 'multipart/form-data' }, payload: 'x' },
  { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' },
]

t.test('a method other than GET and HEAD', async t => {
  const { app, get, lines } = await world(t)
  for (const method of METHODS) {
    t.test(`${method} is 405 with Allow, on every path, with any body`, async t => {
      for (const url of [
        ...ROUTES,
        '/',
        '/nowhere',
        '/resolve/k',
        '/resolve/k/!',
        `/resolve/k/${'a'.repeat(101)}`,
      ]) {
        for (const body of url === '/resolve/Acme-Works/app' || url === '/nowhere' ? BODIES : [{}]) {
          const { status, code, headers } = await get(url, { method, ...body } as InjectOptions)
          if (status !== 405 || code !== 'method_not_allowed' || headers.allow !== 'GET, HEAD')
            t.fail(
              `${url} ${JSON.stringify(body).slice(0, 99)} is ${status} ${code}, Allow: ${headers.allow}`,
            )
        }
      }
    })
  }
  t.test('is never a fault of ours', async t => {
    for (const line of lines) t.equal(JSON.parse(line).level, 30)
  })
  t.test('takes no If-None-Match and no version into account', async t => {
    const headers = { 'if-none-match': '*', 'if-match': '"x"', 'infra-schema-version': '9' }
    t.equal((await app.inject({ method: 'POST', url: '/resolve/k/k', headers })).statusCode, 405)
  })
})

t.test('a query parameter that is unknown or repeated is 400, on every route that has a query', async t => {
  const { get } = await world(t)
  const query = (url: string, more: string) => get(`${url}${url.includes('?') ? '&' : '?'}${more}`)
  for (const url of [...ROUTES.slice(0, 11), '/readyz', '/readyz?verbose']) {
    for (const more of [
      'x=1',
      'X',
      'Schema_version=2.0',
      '=',
      'a/b~c=1',
      'org[]=k',
      '__proto__=1',
      '%00=1',
      '%ff=1',
    ]) {
      const { status, code } = await query(url, more)
      t.strictSame([status, code], [400, 'invalid_query'], `${url} with ${more}`)
    }
  }
  for (const url of ROUTES.slice(0, 11)) {
    t.equal(
      (await query(url, 'schema_version=2.0&schema_version=2.0')).code,
      'invalid_query',
      `${url} repeated`,
    )
  }
  for (const [url, code] of [
    ['/resolve/k/k?require=enabled&require=enabled', 'invalid_query'],
    ['/resolve/k/k?require=', 'invalid_query'],
    ['/resolve/k/k?require=Enabled', 'invalid_query'],
    ['/resolve/k/k?org=k', 'invalid_query'],
    ['/repos?org=a&org=b', 'invalid_query'],
    ['/repos?org=-', 'invalid_name'],
    ['/orgs?org=%E2%84%AA', 'invalid_name'],
    ['/telemetry-repos?org=', 'invalid_name'],
    ['/telemetry-target?repo=k/k&repo=k/k', 'invalid_query'],
    ['/telemetry-target?Repo=k/k', 'invalid_query'],
    ['/telemetry-target/k?target=k/telemetry', 'invalid_query'],
    ['/readyz?verbose=1', 'invalid_query'],
  ] as const) {
    t.equal((await get(url)).code, code, url)
  }
})

t.test('the detail names the parameter, quoted and clipped', async t => {
  const { get } = await world(t)
  t.equal(
    (await get('/registry?a/b~c%22%0a=1')).json.detail,
    '"a/b~c\\"\\n" is not known here (want schema_version, pretty, wait)',
  )
  t.ok((await get(`/repos?${'a'.repeat(6_000)}=1`)).json.detail.length < 200)
  t.ok((await get(`/resolve/k/${encodeURIComponent('é'.repeat(100))}`)).json.detail.length < 300)
})

t.test('routes without a query pass over one', async t => {
  const { get } = await world(t)
  for (const url of ['/livez?x=1&x=1', '/status?x', '/healthz?%ff', '/problems/internal?x'])
    t.equal((await get(url)).status, 200, url)
})

t.test('a bug', async t => {
  const { get, live, lines } = await world(t)
  live.status = () => {
    throw new Error('a secret of the inside')
  }
  live.snapshot = undefined
  for (const url of ['/resolve/k/k', '/repos', '/status', '/readyz', '/healthz']) {
    const { status, code, text, headers } = await get(url)
    t.strictSame([status, code], [500, 'internal'], `${url} is 500`)
    t.notMatch(text, 'secret', 'and tells nothing')
    t.equal(headers['cache-control'], 'no-store')
  }
  t.equal((await get('/livez')).status, 200, 'leaves the service alive')
  const [bug, refusal] = lines.map(line => JSON.parse(line))
  t.match(
    bug,
    { level: 50, err: { message: 'a secret of the inside' }, path: '/resolve/k/k' },
    'is logged whole',
  )
  t.match(refusal, { level: 30, status: 500, code: 'internal' })
})

t.test('a thread that is past finding what is shown cuts off whoever asks it', async t => {
  const { app, live, lines } = await world(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const outcome = (path: string, headers = {}): Promise<string> =>
    new Promise(resolve => {
      const request = ask({ port, path, headers, agent: false }, answer => {
        resolve(`${answer.resume().statusCode}`)
      })
      request.on('error', error => resolve(error.message))
    })
  const cutOff = 'socket hang up'
  for (const what of ['current', 'status', 'age'] as const) {
    live[what] = () => {
      throw new EditionLost(7)
    }
  }
  for (const url of ROUTES) {
    const own = ['/livez', '/problems/internal', '/openapi.json', '/docs'].includes(url)
    t.equal(await outcome(url), own ? '200' : cutOff, url)
  }
  t.equal(await outcome('/resolve/k/k?wait=60s', { 'if-none-match': '*' }), cutOff, 'also who would wait')
  t.match(JSON.parse(lines[0]!), {
    ...{ level: 50, msg: 'request cut off', path: '/resolve/Acme-Works/app' },
    err: { type: 'EditionLost', message: 'edition 7 is shown, and was never told' },
  })
  const others = lines.filter(line => JSON.parse(line).msg !== 'request cut off')
  t.strictSame(others, [], 'and nothing is told of a refusal')
})

class FakeSocket extends EventEmitter {
  writable = true
  text = ''
  ending: string | undefined
  end(text: string): void {
    this.text += text
    this.ending = 'end'
  }
  destroy(): void {
    this.ending = 'destroy'
  }
  destroySoon(): void {
    this.ending = 'destroySoon'
  }
}

t.test('what the HTTP parser refuses', async t => {
  const lines: object[] = []
  const log = { info: (fields: object) => void lines.push(fields), error: () => t.fail('no error is logged') }
  const meters = openMeters(createMeters(1), 0)
  const told = { log, meters }
  const answer = (code: string | undefined, change: Partial<FakeSocket> = {}): FakeSocket => {
    const socket = Object.assign(new FakeSocket(), change)
    answerClientError(told, Object.assign(new Error('parser'), { code }), socket as unknown as Socket)
    return socket
  }
  for (const [error, status, code] of [
    ['HPE_INVALID_METHOD', 400, 'bad_request'],
    [undefined, 400, 'bad_request'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'request_timeout'],
    ['HPE_HEADER_OVERFLOW', 431, 'headers_too_large'],
  ] as const) {
    const { text, ending } = answer(error)
    const [head, body] = text.split('\r\n\r\n') as [string, string]
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), `${error} is ${status}`)
    t.match(JSON.parse(body), { code, status, instance: '' }, 'with our problem document')
    t.match(head, `content-length: ${Buffer.byteLength(body)}`)
    t.match(head, 'connection: close')
    t.equal(ending, 'end', 'then the connection ends')
    t.match(lines.at(-1), { status, code }, 'and it is logged')
  }
  const logged = lines.length
  t.equal(
    answer('HPE_INVALID_METHOD', { writable: false }).ending,
    'destroy',
    'not on a socket that cannot be written',
  )
  t.equal(answer('ECONNRESET').ending, 'destroy', 'not when the peer has gone')
  t.equal(
    answer('HPE_CLOSED_CONNECTION').ending,
    'destroySoon',
    'not after a request that was said to be the last',
  )
  t.test('after a request with content is not answered a second time', async t => {
    const socket = new FakeSocket()
    checkRequest({
      method: 'POST',
      raw: { rawHeaders: ['Host', 'x', 'Content-Length', '9'], httpVersion: '1.1', url: '/', socket },
    } as unknown as FastifyRequest)
    answerClientError(
      told,
      Object.assign(new Error('parser'), { code: 'HPE_INVALID_METHOD' }),
      socket as unknown as Socket,
    )
    t.strictSame([socket.text, socket.ending], ['', 'destroySoon'])
  })
  t.equal(lines.length, logged, 'and none of these is logged')

  t.test('is counted, as no route and by its code, when it is answered', async t => {
    const { problems, routes } = meters.read()
    const counted = problems.filter(([, count]) => count > 0)
    t.strictSame(counted, [
      ['bad_request', 2],
      ['request_timeout', 1],
      ['headers_too_large', 1],
    ])
    t.strictSame(
      routes.find(({ route }) => route === 'other')!.classes.map(({ count }) => count),
      [0, 0, 4, 0],
    )
  })
})
