import t from 'tap'
import { world } from '../../fixtures/server-world.ts'

t.test('/registry is the active pin and its numbers', async t => {
  const { get, live } = await world(t, { info: { runId: '2026-03-02__090000__seal', serial: 4 } })
  const { revision, blobSha, bytes } = live.snapshot!.info
  t.strictSame((await get('/registry')).json, {
    revision,
    run_id: '2026-03-02__090000__seal',
    serial: 4,
    blob_sha: blobSha,
    schema_version: '2.0',
    activated_at: '2026-03-02T09:00:01.000Z',
    loaded_at: '2026-03-02T09:00:01.000Z',
    bytes,
    counts: {
      orgs: 3,
      repos: { total: 8, enabled: { sandbox: 2, production: 4 }, disabled: { sandbox: 1, production: 1 } },
    },
  })
})

t.test('/status', async t => {
  const { get, live } = await world(t)
  const { revision } = live.snapshot!.info
  t.test('tells how the service stands to the disk', async t => {
    const { json, headers } = await get('/status')
    t.match(json, {
      state: 'ok',
      active: { revision },
      disk: revision,
      last_check: '2026-03-02T09:00:03.000Z',
      last_success: '2026-03-02T09:00:03.000Z',
      last_error: null,
      watch: 'ok',
      loads: { activated: 1, unchanged: 2, refused: 0 },
      refusals: {},
    })
    t.strictSame([headers['cache-control'], headers.etag], ['no-store', undefined], 'and is not kept')
  })
  t.test('tells what is wrong while the last good is served', async t => {
    live.fail('registry_invalid', 'registry.json:3:5 error')
    t.match((await get('/status')).json, {
      state: 'degraded',
      active: { revision },
      last_error: { code: 'registry_invalid', detail: 'registry.json:3:5 error', since: String, count: 3 },
      refusals: { registry_invalid: 3 },
    })
  })
  t.test('answers when there is no registry', async t => {
    live.snapshot = undefined
    t.match(await get('/status'), {
      status: 200,
      json: { state: 'unavailable', active: null, disk: null, last_success: null },
    })
  })
})
