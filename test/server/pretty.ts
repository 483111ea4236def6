import t from 'tap'
import { ROUTES, world } from '../fixtures/server-world.ts'

t.test('?pretty indents any JSON, and changes nothing else', async t => {
  const { get, live } = await world(t)
  const refusals = [
    '/resolve/k/none',
    '/resolve/k/!',
    '/nowhere',
    '/resolve/%',
    '/repos?x=1',
    '/repos?cursor=AAAA',
  ]
  const unchanged = ['/readyz?verbose', '/docs']
  // No two scrapes are the same, and a page for people has one form.
  const others = ['/metrics', '/', '/repositories/Acme-Works/app']
  const routes = ROUTES.filter(url => !others.includes(url))
  for (const url of [...routes, ...refusals]) {
    const plain = await get(url)
    for (const flag of ['pretty', 'pretty=true']) {
      const pretty = await get(`${url}${url.includes('?') ? '&' : '?'}${flag}`)
      t.equal(pretty.status, plain.status, `${url} ${flag}`)
      const want = unchanged.includes(url) ? plain.text : `${JSON.stringify(plain.json, null, 2)}\n`
      t.equal(pretty.text, want, url)
      if (pretty.text !== plain.text && plain.headers.etag !== undefined) {
        t.not(pretty.headers.etag, plain.headers.etag, 'another form has another tag')
      }
    }
  }
  const { headers } = await get('/resolve/k/k?pretty')
  t.equal(
    (await get('/resolve/k/k?pretty', { headers: { 'if-none-match': String(headers.etag) } })).status,
    304,
  )
  t.equal((await get('/resolve/k/k', { headers: { 'if-none-match': String(headers.etag) } })).status, 200)
  t.equal((await get('/resolve/k/k?pretty=no')).code, 'invalid_query')
  const plain = await get('/registry?pretty', { headers: { accept: 'text/plain' } })
  t.equal(plain.text, `${live.snapshot!.info.revision}\n`, 'plain text stays as it is')
  live.snapshot = undefined
  t.match((await get('/resolve/k/k?pretty')).text, /^\{\n {2}"type"/, 'a refusal for want of a registry too')
})
