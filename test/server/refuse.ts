import t from 'tap'
import type { LoadCode } from '../../src/live/load-result.ts'
import type { PROBLEMS } from '../../src/server/problems.ts'
import { unavailable } from '../../src/server/refuse.ts'
import { FakeLive, REGISTRY_ROUTES, world } from '../fixtures/server-world.ts'

const WIRE_CODES: Readonly<Record<LoadCode, keyof typeof PROBLEMS>> = {
  registry_missing: 'registry_not_loaded',
  registry_unreadable: 'registry_not_loaded',
  registry_too_large: 'registry_not_loaded',
  load_failed: 'registry_not_loaded',
  registry_invalid: 'registry_invalid',
  registry_version_unsupported: 'registry_version_unsupported',
  seal_invalid: 'seal_invalid',
  pointer_missing: 'registry_not_loaded',
  pin_unknown: 'pin_unknown',
  pin_invalid: 'pin_invalid',
  rollback_refused: 'pin_invalid',
  pointer_conflict: 'pin_invalid',
  mass_change_refused: 'pin_invalid',
}
const LOAD_CODES = Object.keys(WIRE_CODES) as LoadCode[]

t.test('while nothing is loaded', async t => {
  const { get, live, lines } = await world(t, { registry: null })
  t.equal(unavailable(live).code, 'registry_not_loaded', 'nothing has been tried yet')
  for (const lastError of [null, ...LOAD_CODES]) {
    const want = lastError === null ? 'registry_not_loaded' : WIRE_CODES[lastError]
    t.test(`because of ${lastError ?? 'nothing yet'}`, async t => {
      if (lastError !== null) live.fail(lastError)
      for (const url of [
        ...REGISTRY_ROUTES,
        '/repos?org=nobody',
        '/resolve/nobody/nothing',
        '/repos?cursor=abc',
      ]) {
        const { status, code, headers, json } = await get(url)
        t.strictSame([status, code], [503, want], `${url} is 503 ${want}`)
        t.equal(headers['retry-after'], '2', 'says when to come again')
        t.equal(headers['cache-control'], 'no-store', 'is not stored')
        t.equal(headers.etag, undefined, 'has no entity tag')
        t.equal(headers['infra-registry-revision'], undefined, 'names no revision')
        t.notOk('items' in json || 'total' in json, 'is no empty list')
      }
      for (const url of ['/livez', '/status']) t.equal((await get(url)).status, 200, `${url} is 200`)
      for (const url of ['/readyz', '/readyz?verbose', '/healthz']) {
        const { status, headers } = await get(url)
        t.strictSame([status, headers['retry-after']], [503, '2'], `${url} is 503`)
      }
    })
  }
  t.test('is refused in the log', async t => {
    t.match(JSON.parse(lines[0]!), { status: 503, code: 'registry_not_loaded', revision: null })
  })
})

t.test('the one line of a refused request', async t => {
  const { get, live, lines } = await world(t)
  const path = `/resolve/k/${'n'.repeat(100)}`
  await get(`${path}?schema_version=2.0`)
  await get('/resolve/k/k')
  t.equal(lines.length, 1, 'is written, and none for an answer')
  t.match(JSON.parse(lines[0]!), {
    level: 30,
    method: 'GET',
    path,
    status: 404,
    code: 'repo_not_registered',
    revision: live.snapshot!.info.revision,
    msg: 'request refused',
  })
  await get(`/${'\u0001"'.repeat(2_000)}`)
  const last = lines.at(-1)!
  t.ok(Buffer.byteLength(last) < 2_048, 'is shorter than 2 KiB whatever the path')
  t.equal(JSON.parse(last).path.length, 200)
})

t.test('a live view without a last error says that nothing was read yet', async t => {
  t.strictSame(unavailable(new FakeLive(undefined)), {
    code: 'registry_not_loaded',
    detail: 'the registry has not been read yet',
  })
})
