import t from 'tap'
import { readExposition, readValueOf } from '../../fixtures/exposition.ts'
import { type World, world } from '../../fixtures/server-world.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

t.test('the format is that of Prometheus, unless the other is preferred', async t => {
  const { get } = await world(t)
  for (const [accept, type] of [
    [undefined, TEXT],
    ['*/*', TEXT],
    ['text/plain', TEXT],
    ['application/json', TEXT],
    ['application/openmetrics-text', OPEN],
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      OPEN,
    ],
    ['application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5', TEXT],
  ] as const) {
    const { status, headers } = await get('/metrics', accept === undefined ? {} : { headers: { accept } })
    t.match(
      { status, headers },
      { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store', vary: 'Accept' } },
      accept ?? 'no Accept',
    )
  }
})

t.test('what is asked for is counted under its route, and nothing of it is told', async t => {
  const { get, app } = await world(t)
  await get('/resolve/Acme-Works/app')
  await get('/resolve/acme-works/APP', { method: 'HEAD' })
  await get('/resolve/Acme-Works/app', { headers: { 'if-none-match': '*' } })
  await get('/resolve/Acme-Works/nothing-like-it')
  await get('/repos?limit=0')
  await get('/nowhere/to/be-found')
  await get('/livez', { method: 'DELETE' })
  await app.inject({ url: '/livez', headers: { 'content-length': '1' } })
  const { text } = await get('/metrics')
  const samples = readExposition(text)
  const count = (route: string, status: string) =>
    readValueOf(samples, 'http_request_duration_seconds_count', { route, status })
  t.equal(count('/resolve/:org/:repo', '2xx'), 2, 'HEAD is GET')
  t.equal(count('/resolve/:org/:repo', '3xx'), 1)
  t.equal(count('/resolve/:org/:repo', '4xx'), 1)
  t.equal(count('/repos', '4xx'), 1)
  t.equal(count('other', '4xx'), 3)
  t.equal(readValueOf(samples, 'infra_resolutions_total', { outcome: 'enabled' }), 3)
  t.equal(readValueOf(samples, 'infra_problems_total', { code: 'route_not_found' }), 1)
  t.equal(readValueOf(samples, 'infra_problems_total', { code: 'method_not_allowed' }), 1)
  t.equal(readValueOf(samples, 'infra_problems_total', { code: 'content_too_large' }), 1)
  t.notMatch(text.toLowerCase(), /acme|beta_corp|nothing-like|nowhere/)
})

const outcomesOf = async ({ get }: World) =>
  readExposition((await get('/metrics')).text)
    .filter(({ name, value }) => name === 'infra_resolutions_total' && value > 0)
    .map(({ labels, value }) => [labels.get('outcome'), value])

t.test('every way to ask for one repository has every outcome', async t => {
  for (const path of ['/resolve/', '/telemetry-target/', '/telemetry-target?repo=', '/infra-resolution/']) {
    const place = await world(t)
    for (const name of ['k/k', 'beta_corp/two', 'Acme-Works/old', 'k/none', 'none/k'])
      await place.get(path + name)
    await place.get(path.includes('?') ? `${path}no-name` : `${path}k/!`)
    place.live.snapshot = undefined
    await place.get(`${path}k/k`)
    t.strictSame(
      await outcomesOf(place),
      [
        ['enabled', 2],
        ['disabled', 1],
        ['repo_not_registered', 1],
        ['org_not_registered', 1],
        ['unavailable', 1],
      ],
      path,
    )
  }
})

t.test('a route that asks for no repository has none', async t => {
  const place = await world(t)
  for (const path of ['/repos', '/orgs/k', '/telemetry-target/k', '/registry', '/status', '/readyz'])
    await place.get(path)
  place.live.snapshot = undefined
  for (const path of ['/repos', '/telemetry-target/k', '/readyz']) await place.get(path)
  t.strictSame(await outcomesOf(place), [])
})
