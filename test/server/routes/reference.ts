import { readFileSync } from 'node:fs'
import t from 'tap'
import { sha256 } from '../../../src/core/digest.ts'
import { world } from '../../fixtures/server-world.ts'

t.test('the document is served byte for byte', async t => {
  const { get } = await world(t)
  const { text, headers } = await get('/openapi.json')
  t.equal(text, readFileSync(new URL('../../../schemas/openapi.json', import.meta.url), 'utf8'))
  t.match(headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' })
})

t.test('document and page take conditions, and say where the other one is', async t => {
  const { get } = await world(t)
  for (const url of ['/openapi.json', '/docs']) {
    const { headers } = await get(url)
    t.match(headers.link, '</openapi.json>; rel="service-desc"')
    const etag = String(headers.etag)
    t.match(etag, /^"[0-9a-f]{32}"$/)
    t.equal((await get(url, { headers: { 'if-none-match': etag } })).status, 304)
    t.equal((await get(url, { headers: { 'if-match': etag } })).status, 200)
    t.equal((await get(url, { headers: { 'if-match': '"x"' } })).code, 'precondition_failed')
  }
})

t.test('the policy of the page lets in its own stylesheet and nothing else', async t => {
  const { get } = await world(t)
  const { text, headers } = await get('/docs')
  const style = /<style>([\s\S]*)<\/style>/.exec(text)![1]!
  const hash = Buffer.from(sha256(style), 'hex').toString('base64')
  t.equal(
    headers['content-security-policy'],
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  )
})

t.test('both are there when there is no registry', async t => {
  const { get } = await world(t, { registry: null })
  for (const url of ['/openapi.json', '/docs']) t.equal((await get(url)).status, 200, url)
})
