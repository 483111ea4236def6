import t from 'tap'
import { PAGE_HEADERS } from '../../src/server/page-reply.ts'
import { world } from '../fixtures/server-world.ts'

const PAGES = ['/', '/repositories/Acme-Works/app', '/repositories/Acme-Works/nowhere']

t.test('every page is sent with the headers that keep it to itself', async t => {
  const { get, live } = await world(t)
  for (const state of ['loaded', 'unavailable']) {
    if (state === 'unavailable') live.snapshot = undefined
    for (const url of PAGES) {
      const { headers } = await get(url)
      t.match(headers, PAGE_HEADERS, `${url}, ${state}`)
      t.equal(headers['content-type'], 'text/html; charset=utf-8')
    }
  }
  t.match(PAGE_HEADERS['content-security-policy'], /^default-src 'none'; style-src 'self'; script-src 'self'/)
  t.notMatch(PAGE_HEADERS['content-security-policy'], 'unsafe')
})

t.test('a page that is unchanged is not sent again', async t => {
  const { get, live } = await world(t)
  live.lastError = null
  const { headers, text } = await get('/')
  t.equal(headers['cache-control'], 'no-cache')
  for (const condition of [headers.etag, `W/${headers.etag}`, `"other", ${headers.etag}`, '*']) {
    const again = await get('/', { headers: { 'if-none-match': String(condition) } })
    t.strictSame([again.status, again.text, again.headers.etag], [304, '', headers.etag], String(condition))
    t.equal(again.headers['content-security-policy'], headers['content-security-policy'])
    t.equal(again.headers['content-type'], undefined, 'of nothing')
  }
  t.equal((await get('/', { headers: { 'if-none-match': '"other"' } })).status, 200)

  live.fail('seal_invalid')
  const degraded = await get('/', { headers: { 'if-none-match': String(headers.etag) } })
  t.equal(degraded.status, 200, 'the state of the service is a part of it')
  t.not(degraded.text, text)
})

t.test('what is no answer is not kept', async t => {
  const { get, live } = await world(t)
  const unknown = await get('/repositories/Acme-Works/nowhere')
  t.strictSame(
    [unknown.status, unknown.headers['cache-control'], unknown.headers.etag],
    [404, 'no-store', undefined],
  )
  live.snapshot = undefined
  const unavailable = await get('/')
  t.strictSame(
    [unavailable.status, unavailable.headers['cache-control'], unavailable.headers['retry-after']],
    [503, 'no-store', '2'],
  )
})

t.test('HEAD is GET without the page', async t => {
  const { get } = await world(t)
  for (const url of PAGES) {
    const whole = await get(url)
    const head = await get(url, { method: 'HEAD' })
    t.strictSame([head.status, head.text], [whole.status, ''])
    t.strictSame({ ...head.headers, date: '' }, { ...whole.headers, date: '' }, url)
  }
})
