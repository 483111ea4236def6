import t from 'tap'
import { world } from '../fixtures/server-world.ts'

const ONE_VALUE = {
  '/telemetry-target/k/k': 'k/telemetry\n',
  '/telemetry-target?repo=k/k': 'k/telemetry\n',
  '/telemetry-target/k': 'k/telemetry\n',
  '/registry': /^[0-9a-f]{64}\n$/,
  '/livez': 'alive\n',
  '/readyz': 'ok\n',
} as const

t.test('where one value is the answer, it can be had as plain text', async t => {
  const { get, live } = await world(t)
  for (const [url, want] of Object.entries(ONE_VALUE)) {
    const plain = await get(url, { headers: { accept: 'text/plain' } })
    t.match(plain.text, want, url)
    t.equal(plain.headers['content-type'], 'text/plain; charset=utf-8')
    t.equal(plain.headers.vary, 'Accept')
    for (const accept of ['*/*', 'application/json', 'text/plain;q=0.5, */*', 'image/png']) {
      const { headers, json } = await get(url, { headers: { accept } })
      t.type(json, 'object', `${url} for ${accept}`)
      t.equal(headers.vary, 'Accept')
      if (plain.headers.etag !== undefined)
        t.not(headers.etag, plain.headers.etag, 'another form, another tag')
    }
  }
  live.fail('registry_missing')
  t.equal((await get('/readyz', { headers: { accept: 'text/plain' } })).text, 'degraded\n')
})

t.test('everything else is not chosen by Accept', async t => {
  const { get } = await world(t)
  for (const url of [
    '/resolve/k/k',
    '/repos',
    '/status',
    '/healthz',
    '/infra-resolution/k/k',
    '/openapi.json',
  ]) {
    const { json, headers } = await get(url, { headers: { accept: 'text/plain' } })
    t.type(json, 'object', url)
    t.equal(headers.vary, undefined)
  }
})
