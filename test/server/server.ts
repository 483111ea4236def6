import fc from 'fast-check'
import type { HTTPMethods } from 'fastify'
import t, { type Test } from 'tap'
import { PROBLEMS } from '../../src/server/problems.ts'
import { readExposition, readValueOf } from '../fixtures/exposition.ts'
import {
  BITING_NAMES,
  fuzzRuns,
  REGISTRY_ROUTES,
  ROUTES,
  type World,
  world,
} from '../fixtures/server-world.ts'

t.test('the server is as careful as it was asked to be', async t => {
  const { app } = await world(t)
  t.match(app.initialConfig, {
    requestTimeout: 5_000,
    keepAliveTimeout: 5_000,
    bodyLimit: 1_024,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 100 },
  })
  const { server } = app
  t.match(
    {
      requestTimeout: server.requestTimeout,
      headersTimeout: server.headersTimeout,
      keepAliveTimeout: server.keepAliveTimeout,
      timeout: server.timeout,
      maxConnections: server.maxConnections,
    },
    {
      requestTimeout: 5_000,
      headersTimeout: 3_000,
      keepAliveTimeout: 5_000,
      timeout: 0,
      maxConnections: 16_384,
    },
  )
  t.match(
    server,
    {
      maxHeaderSize: 8_192,
      connectionsCheckingInterval: 500,
      requireHostHeader: false,
      insecureHTTPParser: false,
    },
    'and Node has taken it over',
  )
  t.equal(server.listenerCount('clientError'), 1, 'one answer to what the parser refuses')
  t.equal(server.listenerCount('upgrade') + server.listenerCount('connect'), 0, 'no other protocol')
  t.strictSame(
    ['application/json', 'text/plain', 'application/x-www-form-urlencoded', '*'].filter(type =>
      app.hasContentTypeParser(type),
    ),
    [],
    'no body is parsed',
  )
  const { headers } = await app.inject({
    url: '/livez',
    headers: { 'x-forwarded-for': '9.9.9.9', forwarded: 'for=9.9.9.9' },
  })
  t.notMatch(JSON.stringify(headers), '9.9.9.9', 'no forwarded address is believed')
})

t.test('the routes are those that are documented, and no others', async t => {
  const { app, declared } = await world(t)
  t.strictSame([...declared.routes.keys()].sort(), [
    '/',
    '/assets/:file',
    '/docs',
    '/events',
    '/healthz',
    '/infra-resolution/:org/:repo',
    '/livez',
    '/metrics',
    '/openapi.json',
    '/orgs',
    '/orgs/:org',
    '/problems/:code',
    '/readyz',
    '/registry',
    '/repos',
    '/repositories/:org/:repo',
    '/resolve/:org/:repo',
    '/status',
    '/telemetry-repos',
    '/telemetry-target',
    '/telemetry-target/:org',
    '/telemetry-target/:org/:repo',
  ])
  for (const method of app.supportedMethods) {
    if (method === 'GET' || method === 'HEAD') continue
    for (const url of declared.routes.keys())
      t.notOk(app.hasRoute({ method: method as HTTPMethods, url }), `${method} ${url}`)
  }
})

t.test('HEAD is GET without its body', async t => {
  const { app, live, lifecycle } = await world(t)
  const same = async (t: Test, url: string, headers: Record<string, string> = {}) => {
    const get = await app.inject({ method: 'GET', url, headers })
    const head = await app.inject({ method: 'HEAD', url, headers })
    const { date: _a, ...got } = get.headers
    const { date: _b, ...told } = head.headers
    // Each look at the metrics is counted in the next.
    if (url === '/metrics') told['content-length'] = got['content-length']
    t.strictSame([head.statusCode, told, head.payload], [get.statusCode, got, ''], `${get.statusCode} ${url}`)
  }
  const all = async (t: Test) => {
    for (const url of ROUTES) {
      await same(t, url)
      await same(t, url, { 'if-none-match': '*' })
      await same(t, url, { 'if-match': '"x"' })
      await same(t, url, { accept: 'text/plain' })
    }
    for (const url of [
      '/nowhere',
      '/resolve/k/!',
      '/resolve/k/none',
      '/resolve/k/%ff',
      `/resolve/k/${'a'.repeat(101)}`,
      '/repos?x',
      '/repos?limit=1',
      '/problems/none',
      '/resolve/Acme-Works/old?require=enabled',
    ])
      await same(t, url)
  }
  t.test('while all is well', all)
  t.test('while the service is degraded', async t => {
    live.fail('registry_missing')
    await all(t)
  })
  t.test('while nothing is loaded', async t => {
    live.snapshot = undefined
    await all(t)
  })
  t.test('while it drains', async t => {
    lifecycle.draining = true
    await all(t)
  })
})

t.test('a loop that is late', async t => {
  const { get } = await world(t)
  const until = async (pressed: boolean, turn: () => void): Promise<number> => {
    const began = performance.now()
    while (((await get('/nowhere')).status === 503) !== pressed) {
      turn()
      await new Promise(done => setImmediate(done))
    }
    return performance.now() - began
  }
  const block = (): void => {
    const end = performance.now() + 1_200
    while (performance.now() < end);
  }
  await until(true, block)
  t.equal((await get('/livez')).status, 200, 'leaves /livez alive')
  t.equal((await get('/status')).status, 200, 'leaves /status to explain it')
  const { text } = await get('/metrics')
  const shed = readValueOf(readExposition(text), 'infra_problems_total', { code: 'overloaded' })
  t.ok(shed > 0, 'and /metrics to count it')
  t.ok(
    readValueOf(readExposition(text), 'nodejs_eventloop_lag_max_seconds') >= 1,
    'and to tell how late the loop is',
  )
  for (const url of [...REGISTRY_ROUTES, '/readyz', '/healthz', '/problems/internal', '/nowhere']) {
    const { status, code, headers } = await get(url)
    t.strictSame([status, code, headers['retry-after']], [503, 'overloaded', '2'], `sheds ${url}`)
  }
  const recovered = await until(false, () => undefined)
  t.ok(recovered <= 2_000, `is forgotten within two samples (${Math.round(recovered)} ms)`)
  t.equal((await get('/resolve/k/k')).status, 200)
})

t.test('whoever wants to know is told of each request', async t => {
  const told: object[] = []
  const { app } = await world(t, { onAnswered: request => void told.push(request) })
  await app.inject('/resolve/k/k?schema_version=2.0')
  await app.inject({ method: 'POST', url: `/${'a'.repeat(500)}` })
  t.match(told, [
    { method: 'GET', path: '/resolve/k/k', status: 200, ms: Number },
    { method: 'POST', path: /^\/a{199}$/, status: 405 },
  ])
})

t.test('two servers in one process do not mix their registries', async t => {
  const one = await world(t, { info: { runId: 'one' } })
  const two = await world(t, { info: { runId: 'two' } })
  for (let i = 0; i < 3; i++) {
    for (const [{ get }, id] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      t.equal((await get('/resolve/k/k')).json.registry.run_id, id)
    }
  }
})

// What is near to a good request finds more than what is far from it: routes, names, queries and headers that mean
// something, bent and mixed, and noise among them.
const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map(text => encodeURIComponent(text.toWellFormed())),
  fc.string({ unit: fc.constantFrom(...'aA0-_.~!$&\'()*+,;=:@%/?#[]|^`"<> \\'), maxLength: 20 }),
)
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'Acme-Works',
      'acme-works',
      'k',
      'K',
      'beta_corp',
      'app',
      'old',
      'silent',
      'one',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...BITING_NAMES) },
  { weight: 2, arbitrary: wild },
)
const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ROUTES.map(url => url.split('?')[0]!)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('resolve', 'telemetry-target', 'infra-resolution', 'orgs', 'problems'),
        fc.array(name, { maxLength: 3 }),
      )
      .map(([route, names]) => `/${[route, ...names].join('/')}`),
  },
  { weight: 1, arbitrary: wild.map(text => `/${text}`) },
)
const pair = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        'schema_version',
        'require',
        'repo',
        'target',
        'org',
        'state',
        'context',
        'q',
        'limit',
        'cursor',
        'verbose',
      ),
      wild,
    ),
    fc.oneof(
      fc.constantFrom(
        '2.0',
        'enabled',
        'k/k',
        'k/telemetry',
        'k',
        'disabled',
        'sandbox',
        'a',
        '1',
        '1000',
        'AAAA',
        '',
      ),
      wild,
    ),
  )
  .map(([key, value]) => `${key}=${value}`)
const query = fc.array(pair, { maxLength: 3 }).map(pairs => (pairs.length === 0 ? '' : `?${pairs.join('&')}`))
const value = fc.oneof(
  fc.constantFrom(
    '*',
    '"x"',
    'W/"x"',
    '2.0',
    'text/plain',
    'text/*;q=0.5, */*;q=0',
    'application/json',
    'close',
    '',
    'q=q',
  ),
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map(code => String.fromCharCode(code)),
    maxLength: 40,
  }),
)
const header = fc.constantFrom(
  'accept',
  'if-none-match',
  'if-match',
  'infra-schema-version',
  'range',
  'expect',
  'cookie',
  'x-forwarded-host',
  'content-type',
  'accept-version',
  'authorization',
  'if-modified-since',
)
const headers = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.tuple(header, value), { maxLength: 3 }).map(pairs => Object.fromEntries(pairs)),
  },
  { weight: 2, arbitrary: fc.constantFrom({ 'if-none-match': '*' }, { 'if-match': '"x"' }) },
)
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constant('GET') },
  { weight: 1, arbitrary: fc.constant('HEAD') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'),
  },
)

t.test('any request has a documented answer', { timeout: 600_000 }, async t => {
  const worlds: Record<string, World> = {
    loaded: await world(t),
    degraded: await world(t),
    empty: await world(t, { registry: null }),
  }
  worlds.degraded!.live.fail('registry_invalid', 'x'.repeat(300))
  const statuses = new Map<number, number>()

  const property = fc.asyncProperty(
    fc.constantFrom(...Object.keys(worlds)),
    method,
    path,
    query,
    headers,
    async (kind, method, path, query, headers) => {
      const at = worlds[kind]!
      const before = at.lines.length
      const { status, code } = await at.get(`${path}${query}`, { method: method as HTTPMethods, headers })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status >= 500 && !(kind === 'empty' && status === 503)) throw new Error(`${status} ${code}`)
      if (code !== undefined && !Object.hasOwn(PROBLEMS, code)) throw new Error(`undocumented ${code}`)
      const lines = at.lines.slice(before)
      if (lines.length > 1) throw new Error(`${lines.length} lines for one request`)
      for (const line of lines) {
        if (JSON.parse(line).level !== 30) throw new Error(line)
        if (Buffer.byteLength(line) > 2_048 || line.indexOf('\n') !== line.length - 1)
          throw new Error(`line of ${line.length}`)
      }
      at.lines.length = 0
    },
  )
  await fc.assert(property, { numRuns: fuzzRuns })
  const count = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`)
  t.comment(`${fuzzRuns} requests; ${count.join(', ')}`)
  for (const status of [200, 304, 400, 404, 405, 503]) {
    t.ok(
      (statuses.get(status) ?? 0) >= fuzzRuns / 3_000,
      `${status} was reached often enough for this to mean something`,
    )
  }
})
