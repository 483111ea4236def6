import t from 'tap'
import { REGISTRY_ROUTES, ROUTES, registryText, snapshotOf, world } from '../fixtures/server-world.ts'

t.test('an answer from a registry', async t => {
  const { get, live } = await world(t)
  const { info } = live.snapshot!
  for (const url of REGISTRY_ROUTES) {
    t.test(url, async t => {
      live.reads = 0
      const { status, headers } = await get(url)
      t.equal(status, 200)
      t.equal(live.reads, 1, 'takes the snapshot once')
      t.equal(headers['infra-registry-revision'], info.revision, 'names its revision')
      t.equal(headers['infra-schema-version'], '2.0', 'names its schema version')
      t.match(headers.etag, /^"[0-9a-f]{32}"$/, 'has a strong quoted tag')
      t.equal(headers['cache-control'], 'no-cache, stale-if-error=86400')
      t.equal(headers['infra-registry-state'], undefined, 'says nothing of its state')
      t.equal(headers.age, undefined, 'has no age')
    })
  }
  t.test('is also a refusal that the registry itself gives', async t => {
    for (const url of [
      '/resolve/k/none',
      '/resolve/none/k',
      '/repos?cursor=AAAA',
      '/resolve/Acme-Works/old?require=enabled',
    ]) {
      const { headers, code } = await get(url)
      t.equal(headers['infra-registry-revision'], info.revision, `${code} names its revision`)
      t.equal(headers['cache-control'], 'no-cache, stale-if-error=86400')
    }
  })
})

t.test('while the service is degraded', async t => {
  const { get, live } = await world(t)
  const before = new Map<string, string>()
  for (const url of REGISTRY_ROUTES) before.set(url, (await get(url)).text)
  live.fail('registry_invalid')
  live.ageS = 42
  for (const url of REGISTRY_ROUTES) {
    const { status, headers, text } = await get(url)
    t.strictSame([status, text], [200, before.get(url)], `${url} answers what it answered`)
    t.strictSame(
      [headers['infra-registry-state'], headers.age],
      ['degraded', '42'],
      'and says so, with its age',
    )
    const again = await get(url, { headers: { 'if-none-match': headers.etag } })
    t.strictSame(
      [again.status, again.headers['infra-registry-state'], again.headers.age],
      [304, 'degraded', '42'],
    )
  }
  const missing = await get('/resolve/k/none')
  t.match(
    missing,
    { status: 404, headers: { 'infra-registry-state': 'degraded', age: '42' } },
    'a 404 says so too',
  )
})

t.test('four answers are never confused', async t => {
  const { get, live } = await world(t)
  const ask = async (path: string) => {
    const { status, code, json } = await get(`/resolve/${path}`)
    return [status, code ?? json.state]
  }
  t.strictSame(await ask('Acme-Works/app'), [200, 'enabled'])
  t.strictSame(await ask('Acme-Works/old'), [200, 'disabled'])
  t.strictSame(await ask('Acme-Works/none'), [404, 'repo_not_registered'])
  t.strictSame(await ask('nobody/app'), [404, 'org_not_registered'])
  t.strictSame(
    (await get('/resolver/Acme-Works/app')).code,
    'route_not_found',
    'and none of them is a wrong path',
  )
  live.snapshot = undefined
  for (const path of ['Acme-Works/app', 'Acme-Works/old', 'Acme-Works/none', 'nobody/app']) {
    t.strictSame(await ask(path), [503, 'registry_not_loaded'], path)
  }
})

t.test('a version that is asked for', async t => {
  const { get, live } = await world(t)
  const ask = (query: string, header?: string) =>
    get(`/resolve/k/k${query}`, header === undefined ? {} : { headers: { 'infra-schema-version': header } })
  t.test('is served when it is the one there is', async t => {
    t.equal((await ask('?schema_version=2.0')).status, 200)
    t.equal((await ask('', '2.0')).status, 200)
    t.equal((await ask('?schema_version=2.0', '2.0')).status, 200)
  })
  t.test('is 406 with the supported set when it is any other', async t => {
    for (const version of ['3.0', '2', '2.1', '', 'v2', '02.0', '2.0%20', '__proto__', 'x'.repeat(2_000)]) {
      const { status, code, json } = await ask(`?schema_version=${version}`)
      t.match(
        { status, code, json },
        { status: 406, code: 'unsupported_schema_version', json: { supported: ['2.0'] } },
      )
      t.ok(json.detail.length < 100, 'in a bounded sentence')
    }
    for (const version of ['3.0', '', '2.0, 2.0', 'x'.repeat(2_000)]) {
      t.match(
        await ask('', version),
        { status: 406, json: { supported: ['2.0'] } },
        `header ${version.slice(0, 9)}`,
      )
    }
    t.equal((await ask('?schema_version=3.0', '2.0')).status, 406, 'in the query')
    t.equal((await ask('?schema_version=2.0', '3.0')).status, 406, 'in the header')
  })
  t.test('is judged on every route of the registry, loaded or not', async t => {
    for (const loaded of [true, false]) {
      if (!loaded) live.snapshot = undefined
      for (const url of REGISTRY_ROUTES) {
        const { code } = await get(`${url}${url.includes('?') ? '&' : '?'}schema_version=9`)
        t.equal(code, 'unsupported_schema_version', url)
      }
    }
  })
})

t.test('a conditional request', async t => {
  const { get, live } = await world(t)
  const cases = [
    ...REGISTRY_ROUTES.map(url => ({ url, accept: '*/*' })),
    { url: '/telemetry-target/k/k', accept: 'text/plain' },
  ]
  for (const { url, accept } of cases) {
    t.test(`${url} as ${accept}`, async t => {
      const full = await get(url, { headers: { accept } })
      const { etag } = full.headers
      for (const field of [etag, `W/${etag}`, `"x", ${etag}`, '*', ['"x"', etag]]) {
        const { status, headers } = await get(url, { headers: { accept, 'if-none-match': field } as never })
        t.equal(status, 304, `${field} is 304`)
        const { 'content-type': _type, 'content-length': _length, date: _date, ...kept } = full.headers
        const { date, ...told } = headers
        t.strictSame(told, kept, 'with every other header of the 200, and without a body')
        t.ok(date)
      }
      for (const field of ['"x"', 'x', '']) {
        t.equal(
          (await get(url, { headers: { accept, 'if-none-match': field } })).text,
          full.text,
          `${field} is 200`,
        )
      }
      t.equal(
        (await get(url, { headers: { accept, 'if-match': etag } as never })).status,
        200,
        'If-Match that holds',
      )
      const failed = await get(url, {
        headers: { accept, 'if-match': '"x"', 'if-none-match': etag } as never,
      })
      t.strictSame([failed.status, failed.code], [412, 'precondition_failed'], 'If-Match that does not')
      t.equal(failed.headers.etag, etag, 'tells the tag there is')
    })
  }
  t.test('is not evaluated where the answer is no success', async t => {
    for (const [url, status] of [
      ['/resolve/k/none', 404],
      ['/resolve/Acme-Works/old?require=enabled', 403],
      ['/repos?cursor=AAAA', 400],
      ['/resolve/k/!', 400],
      ['/nowhere', 404],
    ] as const) {
      t.equal(
        (await get(url, { headers: { 'if-none-match': '*' } })).status,
        status,
        `${url} with If-None-Match`,
      )
      t.equal((await get(url, { headers: { 'if-match': '"x"' } })).status, status, `${url} with If-Match`)
    }
  })
  t.test('finds another tag when the registry block changes, and when the form does', async t => {
    const tags = new Set<unknown>()
    for (const activatedAt of ['2026-03-02T09:00:01.000Z', '2026-03-02T09:00:02.000Z']) {
      live.snapshot = snapshotOf(registryText(), { activatedAt })
      for (const accept of ['application/json', 'text/plain']) {
        tags.add((await get('/telemetry-target/k/k', { headers: { accept } })).headers.etag)
      }
    }
    live.snapshot = snapshotOf(registryText({ 'k/k': 'enabled sandbox' }))
    tags.add((await get('/telemetry-target/k/k')).headers.etag)
    t.equal(tags.size, 5, 'five answers, five tags')
  })
})

t.test('nothing of a request stands in a header of its answer', async t => {
  const { app } = await world(t)
  const mark = 'zq9x'
  for (const url of [
    ...ROUTES.map(url => `${url.replace(/\?.*/, '')}?${mark}=${mark}`),
    `/resolve/${mark}/${mark}`,
    `/${mark}`,
    `/repos?cursor=${mark}`,
  ]) {
    const { headers } = await app.inject({
      url,
      headers: { [mark]: mark, accept: mark, 'x-request-id': mark, 'infra-schema-version': mark },
    })
    t.notMatch(JSON.stringify(headers), mark, url)
  }
})
