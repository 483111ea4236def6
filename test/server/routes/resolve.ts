import t from 'tap'
import { world } from '../../fixtures/server-world.ts'

t.test('an entry is answered in these bytes', async t => {
  const { get, live } = await world(t)
  const { revision, blobSha } = live.snapshot!.info
  const registry = `"registry":{"schema_version":"2.0","revision":"${revision}","run_id":null,"blob_sha":"${blobSha}","activated_at":"2026-03-02T09:00:01.000Z"}`
  const { text, headers } = await get('/resolve/acme-works/APP')
  t.equal(
    text,
    '{"org":"Acme-Works","repo":"app","state":"enabled","context":"production","telemetry_repo":"Acme-Works/telemetry",' +
      `"process":"infra-cli","reason":"why app is as it is, \\"quoted\\" – dashed",${registry}}`,
  )
  t.equal(headers['content-type'], 'application/json; charset=utf-8')
  t.equal(
    (await get('/resolve/Acme-Works/silent')).text,
    '{"org":"Acme-Works","repo":"silent","state":"disabled","context":"sandbox","telemetry_repo":"Acme-Works/telemetry",' +
      `"process":"infra-cli","reason":"",${registry}}`,
    'an empty reason stays empty',
  )
})

t.test('a disabled entry', async t => {
  const { get } = await world(t)
  t.match(await get('/resolve/Acme-Works/old'), { status: 200, json: { state: 'disabled' } }, 'is registered')
  const refused = await get('/resolve/Acme-Works/OLD?require=enabled')
  t.strictSame(
    [refused.status, refused.code],
    [403, 'repo_disabled'],
    'is refused to who requires an enabled one',
  )
  t.match(refused.json.detail, /^repository "Acme-Works\/old" is disabled: why old/, 'with the reason')
})

t.test('an enabled entry is the same whether or not that is required', async t => {
  const { get } = await world(t)
  t.equal((await get('/resolve/k/k?require=enabled')).text, (await get('/resolve/k/k')).text)
})

t.test('what is not registered is not there, required or not', async t => {
  const { get } = await world(t)
  for (const query of ['', '?require=enabled']) {
    t.match(await get(`/resolve/k/none${query}`), {
      status: 404,
      code: 'repo_not_registered',
      json: { detail: 'repository "k/none" is not in the registry' },
    })
    t.match(await get(`/resolve/Nobody/k${query}`), {
      status: 404,
      code: 'org_not_registered',
      json: { detail: 'organisation "Nobody" is not in the registry' },
    })
    t.equal(
      (await get(`/resolve/k/telemetry${query}`)).code,
      'repo_not_registered',
      'nor is a telemetry repository',
    )
  }
})
