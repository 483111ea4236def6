import t from 'tap'
import { world } from '../../fixtures/server-world.ts'

t.test('the target of an enabled repository, by path and by name', async t => {
  const { get, live } = await world(t)
  const { revision, blobSha } = live.snapshot!.info
  for (const url of [
    '/telemetry-target/acme-works/APP',
    '/telemetry-target?repo=acme-works/APP',
    '/telemetry-target?repo=acme-works%2FAPP',
  ]) {
    t.equal(
      (await get(url)).text,
      '{"org":"Acme-Works","repo":"app","telemetry_repo":"Acme-Works/telemetry","registry":{"schema_version":"2.0",' +
        `"revision":"${revision}","run_id":null,"blob_sha":"${blobSha}","activated_at":"2026-03-02T09:00:01.000Z"}}`,
      url,
    )
  }
})

t.test('the target of an organisation is asked for explicitly', async t => {
  const { get } = await world(t)
  const { status, json } = await get('/telemetry-target/ACME-works')
  t.strictSame([status, json.org, json.telemetry_repo], [200, 'Acme-Works', 'Acme-Works/telemetry'])
  t.notOk('repo' in json)
  t.equal((await get('/telemetry-target/nobody')).code, 'org_not_registered')
})

t.test('a repository that is not enabled has no target', async t => {
  const { get } = await world(t)
  for (const [name, status, code] of [
    ['Acme-Works/old', 403, 'repo_disabled'],
    ['Acme-Works/none', 404, 'repo_not_registered'],
    ['nobody/app', 404, 'org_not_registered'],
  ] as const) {
    for (const url of [`/telemetry-target/${name}`, `/telemetry-target?repo=${name}`]) {
      for (const accept of ['application/json', 'text/plain']) {
        const answer = await get(url, { headers: { accept } })
        t.strictSame([answer.status, answer.code], [status, code], `${url} as ${accept}`)
      }
    }
  }
})

t.test('a name in the query is an organisation and a repository', async t => {
  const { get } = await world(t)
  for (const name of [
    '',
    'k',
    'k/',
    '/k',
    'k/k/k',
    'k//k',
    'k/k.git',
    '%E2%84%AA/k',
    'k/%00',
    'k%5Ck',
    'k/..',
    ' k/k',
    'k/k%0a',
    'a'.repeat(256),
  ]) {
    const { status, code } = await get(`/telemetry-target?repo=${name}`)
    t.strictSame([status, code], [400, 'invalid_name'], `repo=${name.slice(0, 20)}`)
  }
  t.equal((await get(`/telemetry-target?repo=${'a'.repeat(257)}`)).code, 'invalid_query')
  t.equal((await get('/telemetry-target')).code, 'invalid_query', 'and is required')
})

t.test('may it write there?', async t => {
  const { get } = await world(t)
  for (const [target, status, code] of [
    ['Acme-Works/telemetry', 200, undefined],
    ['acme-works/TELEMETRY', 200, undefined],
    ['Acme-Works/app', 403, 'telemetry_target_mismatch'],
    ['acme-works/telemetry2', 403, 'telemetry_target_mismatch'],
    ['beta_corp/telemetry', 403, 'cross_org_telemetry'],
    ['k/telemetry', 403, 'cross_org_telemetry'],
    ['nobody/anything', 403, 'cross_org_telemetry'],
    ['telemetry', 400, 'invalid_name'],
    ['', 400, 'invalid_name'],
    ['Acme-Works/telemetry/', 400, 'invalid_name'],
    ['Acme-Works/telemetry.git', 400, 'invalid_name'],
    ['https://github.com/Acme-Works/telemetry', 400, 'invalid_name'],
    ['acme-wor%E2%84%AAs/telemetry', 400, 'invalid_name'],
  ] as const) {
    for (const url of ['/telemetry-target/Acme-Works/app?', '/telemetry-target?repo=Acme-Works/app&']) {
      const answer = await get(`${url}target=${target}`)
      t.strictSame([answer.status, answer.code], [status, code], `${url}target=${target}`)
    }
  }
  t.equal((await get('/telemetry-target/Acme-Works/old?target=Acme-Works/telemetry')).code, 'repo_disabled')
  t.equal((await get('/telemetry-target/k/none?target=k/telemetry')).code, 'repo_not_registered')
  t.equal(
    (await get('/telemetry-target/none/none?target=x')).code,
    'invalid_name',
    'nonsense is refused before anything',
  )
})

t.test('the form is chosen by Accept', async t => {
  const { get } = await world(t)
  for (const [accept, plain] of [
    ['text/plain', true],
    ['TEXT/PLAIN', true],
    ['text/plain; charset=utf-8', true],
    ['text/*', true],
    ['text/plain, application/json;q=0.9', true],
    ['application/json;q=0.1, text/plain;q=0.2', true],
    ['text/plain;q=1.0, */*;q=0.5', true],
    ['application/json', false],
    ['*/*', false],
    ['', false],
    ['text/plain;q=0.5, application/json', false],
    ['text/plain, application/json', true],
    ['application/json, text/plain', false],
    ['text/plain;q=0', false],
    ['text/html, image/png', false],
    ['garbage', false],
    [';;;,,,', false],
  ] as const) {
    for (const [url, name] of [
      ['/telemetry-target/k/k', 'k/telemetry'],
      ['/telemetry-target?repo=k/k', 'k/telemetry'],
      ['/telemetry-target/k', 'k/telemetry'],
    ] as const) {
      const { status, text, headers } = await get(url, { headers: { accept } })
      t.equal(status, 200)
      t.equal(headers.vary, 'Accept')
      const type = plain ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
      t.equal(headers['content-type'], type, `${accept} is ${type}`)
      if (plain) t.equal(text, `${name}\n`, 'the bare name and a newline')
    }
  }
  const { headers } = await get('/telemetry-target/k/k')
  t.match(
    [headers['content-type'], headers.vary],
    ['application/json; charset=utf-8', 'Accept'],
    'JSON without one',
  )
})
