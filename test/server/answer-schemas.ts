import t from 'tap'
import { stylesheet } from '../../src/page/assets.ts'
import { ROUTES, world } from '../fixtures/server-world.ts'

// Every status a route declares, and an address that gets it. 200 of a stream has no end, and 204 needs a service that
// leaves (routes/events.ts); 500 needs a bug (errors.ts), 413 needs a socket
// (integration/wire.ts), 503 has a test of its own (refuse.ts, routes/health.ts).
const REACHED: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  '/resolve/:org/:repo': {
    200: '/resolve/k/k',
    400: '/resolve/k/!',
    403: '/resolve/Acme-Works/old?require=enabled',
    404: '/resolve/k/none',
    406: '/resolve/k/k?schema_version=1',
    412: '/resolve/k/k',
    414: `/resolve/k/${'a'.repeat(101)}`,
  },
  '/telemetry-target/:org/:repo': {
    200: '/telemetry-target/k/k',
    400: '/telemetry-target/k/k?target=x',
    403: '/telemetry-target/Acme-Works/old',
    404: '/telemetry-target/k/none',
    406: '/telemetry-target/k/k?schema_version=1',
    412: '/telemetry-target/k/k',
    414: `/telemetry-target/k/${'a'.repeat(101)}`,
  },
  '/telemetry-target': {
    200: '/telemetry-target?repo=k/k',
    400: '/telemetry-target',
    403: '/telemetry-target?repo=Acme-Works/old',
    404: '/telemetry-target?repo=k/none',
    406: '/telemetry-target?repo=k/k&schema_version=1',
    412: '/telemetry-target?repo=k/k',
  },
  '/telemetry-target/:org': {
    200: '/telemetry-target/k',
    400: '/telemetry-target/-',
    404: '/telemetry-target/none',
    406: '/telemetry-target/k?schema_version=1',
    412: '/telemetry-target/k',
    414: `/telemetry-target/${'a'.repeat(101)}`,
  },
  '/infra-resolution/:org/:repo': {
    200: '/infra-resolution/none/none',
    400: '/infra-resolution/k/!',
    406: '/infra-resolution/k/k?schema_version=1',
    412: '/infra-resolution/k/k',
    414: `/infra-resolution/k/${'a'.repeat(101)}`,
  },
  ...Object.fromEntries(
    ['/repos', '/orgs', '/telemetry-repos'].map(list => [
      list,
      {
        200: list,
        400: `${list}?limit=0`,
        406: `${list}?schema_version=1`,
        410: `${list}?cursor=${Buffer.from('0123456789abcdef.01234567.1').toString('base64url')}`,
        412: list,
      },
    ]),
  ),
  '/orgs/:org': {
    200: '/orgs/k',
    400: '/orgs/-',
    404: '/orgs/none',
    406: '/orgs/k?schema_version=1',
    412: '/orgs/k',
    414: `/orgs/${'a'.repeat(101)}`,
  },
  '/registry': {
    200: '/registry',
    400: '/registry?x=1',
    406: '/registry?schema_version=1',
    412: '/registry',
  },
  '/events': { 400: '/events?org=-', 406: '/events?schema_version=1' },
  '/status': { 200: '/status' },
  '/metrics': { 200: '/metrics' },
  '/livez': { 200: '/livez' },
  '/readyz': { 200: '/readyz', 400: '/readyz?x=1' },
  '/openapi.json': { 200: '/openapi.json', 412: '/openapi.json' },
  '/docs': { 200: '/docs', 412: '/docs' },
  '/healthz': { 200: '/healthz' },
  '/problems/:code': {
    200: '/problems/internal',
    404: '/problems/none',
    414: `/problems/${'a'.repeat(101)}`,
  },
  '/': {
    200: '/',
    400: '/?x=1',
    410: `/?cursor=${Buffer.from('0123456789abcdef.01234567.1').toString('base64url')}`,
  },
  '/repositories/:org/:repo': {
    200: '/repositories/k/k',
    400: '/repositories/k/k?before=x',
    404: '/repositories/k/none',
    414: `/repositories/k/${'a'.repeat(101)}`,
  },
  '/assets/:file': {
    200: stylesheet.path,
    404: '/assets/none',
    414: `/assets/${'a'.repeat(101)}`,
  },
}

t.test('each declared status is reached, and its body follows the schema declared for it', async t => {
  const { declared, get } = await world(t)
  t.strictSame([...declared.routes.keys()].sort(), Object.keys(REACHED).sort(), 'for every route there is')
  for (const [route, rows] of declared.routes) {
    t.test(route, async t => {
      const reached = REACHED[route]!
      for (const status of Object.keys(rows).map(Number)) {
        const url = reached[status]
        if (url === undefined) {
          t.ok(
            [204, 304, 400, 413, 500, 503].includes(status) || (status === 200 && route === '/events'),
            `${status} elsewhere`,
          )
          continue
        }
        t.equal(
          (await get(url, status === 412 ? { headers: { 'if-match': '"x"' } } : {})).status,
          status,
          url,
        )
      }
    })
  }
})

t.test(
  'a body with a member too many does not follow its schema, so that the tests above can fail',
  async t => {
    const { declared, get } = await world(t)
    for (const url of ROUTES) {
      const { json } = await get(url)
      if (json === undefined) continue
      const rows = declared.rowsOf(url.split('?')[0]!)!
      const schema = Object.values(rows[200]!.content!)[0]!.schema
      if (schema.additionalProperties === true) continue
      t.throws(() => declared.hold(schema, { ...json, extra: 1 }), url)
    }
  },
)

t.test('no object in any answer has both an owner and a repo', async t => {
  const { get } = await world(t)
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (Object.hasOwn(value, 'owner') && Object.hasOwn(value, 'repo')) t.fail(JSON.stringify(value))
    for (const member of Object.values(value)) walk(member)
  }
  for (const url of ROUTES) {
    const { json } = await get(url)
    walk(json)
    t.pass(url)
  }
})
