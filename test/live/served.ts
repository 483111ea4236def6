import t from 'tap'
import type { BlobSha } from '../../src/core/digest.ts'
import { makeServed, openServed } from '../../src/live/served.ts'
import { loadedOf } from '../fixtures/moments.ts'

const now = Date.UTC(2026, 2, 1)

t.test('a plain file is active from when it was loaded, and no run', async t => {
  const { info } = makeServed(loadedOf(1), now)
  t.match(info, { runId: null, serial: null, activatedAt: '2026-03-01T00:00:00.000Z' })
  t.equal(info.loadedAt, info.activatedAt)
})

t.test('a pinned registry is active since its pin says so', async t => {
  const loaded = loadedOf(1)
  const pin = {
    runId: '2026-02-01__000000__seal',
    runRoot: '.codex/RUNS',
    relpath: 'a.json',
    root: loaded.revision,
    serial: 7,
    asofUtc: '2026-02-01T00:00:00Z',
  }
  const { info } = makeServed({ ...loaded, pin: pin as never }, now)
  t.match(info, {
    runId: pin.runId,
    serial: 7,
    activatedAt: pin.asofUtc,
    loadedAt: '2026-03-01T00:00:00.000Z',
  })
})

t.test('it can be posted, and is the same registry on the other side', async t => {
  const served = makeServed({ ...loadedOf(3), blobSha: 'c'.repeat(40) as BlobSha }, now)
  const posted = structuredClone(served)
  const { snapshot } = openServed(posted)
  t.strictSame(snapshot.info, served.info)
  t.match(snapshot.resolve('acme', 'api'), { outcome: 'found', entry: { reason: 'round 00000003' } })
  t.equal(posted.loaded.compiled.byteLength, served.loaded.compiled.byteLength)
})
