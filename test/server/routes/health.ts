import t from 'tap'
import { world } from '../../fixtures/server-world.ts'

const NO_STORE = { 'cache-control': 'no-store' }

t.test('/livez is 200 whatever the data', async t => {
  const { get, live, lifecycle } = await world(t)
  const alive = async (why: string) => {
    const { status, text, headers } = await get('/livez')
    t.strictSame([status, text], [200, '{"status":"alive"}'], why)
    t.match(headers, NO_STORE)
  }
  await alive('when all is well')
  live.fail('registry_invalid')
  await alive('while degraded')
  live.snapshot = undefined
  await alive('without a registry')
  lifecycle.draining = true
  await alive('while it drains')
})

t.test('/readyz', async t => {
  const { get, live, lifecycle } = await world(t)
  const { snapshot } = live
  const { revision } = snapshot!.info
  t.test('is 200 while a registry is served', async t => {
    const { status, json, headers } = await get('/readyz')
    t.strictSame([status, json], [200, { ready: true, state: 'ok', revision }])
    t.match(headers, NO_STORE)
    t.equal(
      (await get('/readyz?verbose')).text,
      '[+]registry ok\n[+]fresh ok\n[+]watch ok\n[+]running ok\n[+]manifest ok\n',
    )
    t.equal((await get('/readyz?verbose=true')).headers['content-type'], 'text/plain; charset=utf-8')
  })
  t.test('is 200 while the last good is served, and says so', async t => {
    live.fail('seal_invalid')
    live.watch = 'degraded'
    t.match(await get('/readyz'), { status: 200, json: { state: 'degraded' } })
    const { status, text } = await get('/readyz?verbose')
    t.equal(status, 200)
    t.equal(
      text,
      '[+]registry ok\n[-]fresh last good is served: seal_invalid\n[-]watch degraded; polling\n[+]running ok\n[+]manifest ok\n',
    )
    live.lastError = null
    t.intercept(live, 'degraded', { value: true })
    const remembered = (await get('/readyz?verbose')).text
    t.match(remembered, '\n[-]fresh not compared yet\n', 'a remembered pin, before the first look')
    live.fail('seal_invalid')
  })
  t.test('is 503 with the reason while none is', async t => {
    live.snapshot = undefined
    t.match(await get('/readyz'), {
      status: 503,
      code: 'seal_invalid',
      headers: { ...NO_STORE, 'retry-after': '2' },
    })
    const { status, text, headers } = await get('/readyz?verbose')
    t.strictSame([status, headers['retry-after']], [503, '2'])
    t.match(text, /^\[-\]registry failed: seal_invalid\n/)
    live.lastError = null
    t.equal((await get('/readyz')).code, 'registry_not_loaded', 'before the first look')
    t.match((await get('/readyz?verbose')).text, /^\[-\]registry not read yet\n/)
  })
  t.test('is 503 while the service leaves, though it still answers', async t => {
    live.snapshot = snapshot
    lifecycle.draining = true
    t.match(await get('/readyz'), { status: 503, code: 'shutting_down', headers: { 'retry-after': '2' } })
    t.match((await get('/readyz?verbose')).text, '[-]running shutting down\n')
    t.equal((await get('/resolve/k/k')).status, 200)
  })
})

t.test('/readyz tells where the manifest contradicts the start, and is ready all the same', async t => {
  const { get } = await world(t, { manifestFaults: ['.infra.yaml: no', 'PORT is 1 (want 2)'] })
  t.match(await get('/readyz'), { status: 200, json: { ready: true } })
  const { status, text } = await get('/readyz?verbose')
  t.equal(status, 200)
  t.match(text, /\n\[-\]manifest \.infra\.yaml: no; PORT is 1 \(want 2\)\n$/)
  t.match(await get('/healthz'), { status: 200, json: { status: 'pass' } })
})

t.test('where a last good pin is kept, health tells whether it is, and is well all the same', async t => {
  const { get, live } = await world(t)
  live.memory = 'ok'
  t.match((await get('/readyz?verbose')).text, '\n[+]watch ok\n[+]memory ok\n[+]running ok\n')
  t.strictSame((await get('/healthz')).json.checks.memory, [{ status: 'pass' }])
  live.memory = 'degraded'
  t.match(await get('/readyz?verbose'), {
    status: 200,
    text: '\n[-]memory degraded; a restart may not find the last good pin\n',
  })
  t.match(await get('/readyz'), { status: 200, json: { state: 'ok' } })
  t.match(await get('/healthz'), {
    status: 200,
    json: { status: 'pass', checks: { memory: [{ status: 'warn' }] } },
  })
})

t.test('where several threads serve, health tells how many of them do, whichever is asked', async t => {
  let counts = { wanted: 4, serving: 4, replaced: 0 }
  const { get } = await world(t, { threads: () => counts })
  t.match((await get('/readyz?verbose')).text, '\n[+]threads 4 of 4 serve, 0 replaced\n')
  t.strictSame((await get('/healthz')).json.checks.threads, [
    { status: 'pass', observedValue: 4, wanted: 4, replaced: 0 },
  ])
  counts = { wanted: 4, serving: 3, replaced: 2 }
  t.match(await get('/readyz?verbose'), { status: 200, text: '\n[-]threads 3 of 4 serve, 2 replaced\n' })
  t.equal((await get('/readyz')).status, 200, 'those that are left serve')
  t.match(await get('/healthz'), {
    status: 200,
    json: { status: 'pass', checks: { threads: [{ status: 'warn', observedValue: 3, replaced: 2 }] } },
  })
})

t.test('/healthz', async t => {
  const { get, live, lifecycle } = await world(t)
  const { snapshot } = live
  const { revision } = snapshot!.info
  const who = { name: 'infra-resolver', version: '1.2.3', environment: 'test' }
  t.test('is pass while all is well', async t => {
    const { status, json, headers } = await get('/healthz')
    t.equal(status, 200)
    t.match(headers, { ...NO_STORE, 'content-type': 'application/health+json; charset=utf-8' })
    t.strictSame(json, {
      status: 'pass',
      ...who,
      since: '2026-03-02T09:00:02.000Z',
      checks: {
        registry: [{ status: 'pass', time: '2026-03-02T09:00:02.000Z', observedValue: revision }],
        watch: [{ status: 'pass' }],
      },
    })
  })
  t.test('is warn, and 200, while the last good is served', async t => {
    live.fail('registry_missing')
    live.watch = 'degraded'
    t.match(await get('/healthz'), {
      status: 200,
      json: { status: 'warn', checks: { registry: [{ status: 'warn' }], watch: [{ status: 'warn' }] } },
    })
  })
  t.test('is fail, and 503, while none is', async t => {
    live.snapshot = undefined
    t.match(await get('/healthz'), {
      status: 503,
      headers: { 'content-type': 'application/health+json; charset=utf-8', 'retry-after': '2' },
      json: { status: 'fail', ...who, output: 'registry_not_loaded: a registry_missing of a test' },
    })
  })
  t.test('is fail, and 503, while the service leaves', async t => {
    live.snapshot = snapshot
    lifecycle.draining = true
    const answer = await get('/healthz')
    t.match(answer, { status: 503, json: { status: 'fail', output: /^shutting_down: / } })
    t.notOk('since' in answer.json, 'the registry is as it was: its time is not that of the leaving')
  })
})
