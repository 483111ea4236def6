import t from 'tap'
import { collectGarbage } from '../../src/live/collect.ts'
import type { RegistryInfo } from '../../src/registry/snapshot.ts'
import { faceOf } from '../../src/server/face.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'

const text = registryText()
const STRONG = /^"[0-9a-f]{32}(?:-plain)?"$/

t.test('a face', async t => {
  const snapshot = snapshotOf(text)
  const face = faceOf(snapshot)
  t.equal(faceOf(snapshot), face, 'is made once per snapshot')
  t.strictSame(Object.keys(JSON.parse(face.registry)), [
    'schema_version',
    'revision',
    'run_id',
    'blob_sha',
    'activated_at',
  ])
  const tags = [face.etag, face.plainEtag, face.infoEtag]
  for (const tag of tags) t.match(tag, STRONG, 'has strong quoted tags')
  t.equal(new Set(tags).size, tags.length, 'with another one for each form')
})

t.test('a face does not keep its snapshot', async t => {
  const snapshot = (() => {
    const one = snapshotOf(text)
    faceOf(one)
    return new WeakRef(one)
  })()
  // What a weak reference names is held for the rest of the turn in which it was made.
  await new Promise(resolve => setImmediate(resolve))
  collectGarbage()
  t.equal(snapshot.deref(), undefined)
})

t.test('the entity tag changes with everything a body depends on', async t => {
  const base = faceOf(snapshotOf(text))
  const changes: Partial<RegistryInfo>[] = [
    { revision: 'f'.repeat(64) as RegistryInfo['revision'] },
    { schemaVersion: '2.1' },
    { runId: '2026-03-02__090000__seal' },
    { blobSha: 'f'.repeat(40) as RegistryInfo['blobSha'] },
    { activatedAt: '2026-03-02T09:00:02.000Z' },
  ]
  for (const change of changes) {
    const face = faceOf(snapshotOf(text, change))
    t.not(face.etag, base.etag, JSON.stringify(change))
    t.not(face.plainEtag, base.plainEtag)
    t.not(face.infoEtag, base.infoEtag)
  }
})

t.test(
  'what only /registry tells changes only its tag, so that replicas of one pin agree on the others',
  async t => {
    const base = faceOf(snapshotOf(text))
    for (const change of [{ loadedAt: '2026-03-02T09:00:09.000Z' }, { serial: 7 }]) {
      const face = faceOf(snapshotOf(text, change))
      t.equal(face.etag, base.etag, JSON.stringify(change))
      t.not(face.infoEtag, base.infoEtag)
    }
  },
)
