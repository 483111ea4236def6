// What a run holds, judged whole; and what there is to compare with, which is nothing when it is damaged, and an
// error when it could not be looked at.

import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPointerText } from '../../src/publish/pointer-file.ts'
import {
  currentPin,
  readActiveRun,
  readRegistryRun,
  snapshotOfBytes,
} from '../../src/publish/registry-run.ts'
import { damage, editEntry, makeHome, pin, seal, sealAndPin } from '../fixtures/home-world.ts'
import { sealFiles, thrownCode, writeFolder } from '../fixtures/seal-world.ts'

t.test('readRegistryRun', async t => {
  t.test('returns the seal, and the snapshot of the very bytes', async t => {
    const home = makeHome(t)
    const { runId, root } = await seal(home)
    const run = readRegistryRun(home.path, runId)
    t.equal(run.seal.root, root)
    t.equal(run.snapshot.counts.total, 3)
    t.match(run.snapshot.info, { runId, revision: root })
  })
  const refusal = (path: string, runId: string) => thrownCode(() => readRegistryRun(path, runId))
  t.test('refuses a run that is not there', async t => {
    t.equal(refusal(makeHome(t).path, 'nothing'), 'POINTER_RUN_MISSING')
  })
  t.test('refuses a run that no pin could reach', async t => {
    const home = makeHome(t)
    const { runId } = await seal(home)
    renameSync(home.runs, join(home.top, 'elsewhere'))
    symlinkSync('../../elsewhere', home.runs)
    t.equal(refusal(home.path, runId), 'POINTER_OUTSIDE_HOME')
  })
  t.test('refuses a damaged run', async t => {
    const home = makeHome(t)
    const { runId } = await seal(home)
    damage(home, runId)
    t.equal(refusal(home.path, runId), 'SEAL_DIGEST_MISMATCH')
  })
  t.test('refuses a sealed set without a registry', async t => {
    const home = makeHome(t)
    writeFolder(join(home.runs, 'other'), sealFiles({ runId: 'other', payload: { 'x.json': '{}' } }))
    t.equal(refusal(home.path, 'other'), 'PUBLISH_NOT_A_REGISTRY')
  })
  t.test('refuses a sealed registry that breaks the rules', async t => {
    const home = makeHome(t)
    writeFolder(join(home.runs, 'broken'), sealFiles({ runId: 'broken' }))
    t.equal(refusal(home.path, 'broken'), 'REGISTRY_VERSION_UNSUPPORTED')
  })
})

t.test('currentPin', async t => {
  const home = makeHome(t)
  t.equal(currentPin(readPointerText(home.path)), undefined, 'no pointer')
  const { runId, root } = await sealAndPin(home)
  t.match(currentPin(readPointerText(home.path)), { runId, root, serial: 1 })
  editEntry(home, entry => {
    entry.active_ref_known = false
  })
  t.equal(currentPin(readPointerText(home.path)), undefined, 'withdrawn')
  t.equal(currentPin({ bytes: new Uint8Array(), text: '', entries: [] }), undefined, 'no entry')
  const broken = { text: '' } as Parameters<typeof currentPin>[0]
  t.throws(() => currentPin(broken), TypeError, 'a fault of this program is not an absent pin')
})

t.test('readActiveRun', async t => {
  t.test('is the run that is pinned', async t => {
    const home = makeHome(t)
    t.equal(readActiveRun(home.path), undefined)
    const { root } = await sealAndPin(home)
    t.equal(readActiveRun(home.path)?.seal.root, root)
  })
  t.test('is undefined for a pin of a whole set', async t => {
    const home = makeHome(t)
    await sealAndPin(home)
    editEntry(home, entry => {
      entry.active_ref.relpath = null
    })
    t.equal(readActiveRun(home.path), undefined)
  })
  t.test('is undefined when the run is damaged, gone, or breaks the rules', async t => {
    const home = makeHome(t)
    const { runId } = await sealAndPin(home)
    damage(home, runId)
    t.equal(readActiveRun(home.path), undefined)
    rmSync(join(home.runs, runId), { recursive: true })
    t.equal(readActiveRun(home.path), undefined)
    const files = sealFiles({ runId })
    writeFolder(join(home.runs, runId), files)
    editEntry(home, entry => {
      entry.active_ref.manifest_sha256 = files.get('MANIFEST.sha256')!.toString().trimEnd().slice(-64)
    })
    t.equal(readActiveRun(home.path), undefined)
  })
  t.test('throws when the pointer cannot be read, so that no guard goes off in silence', async t => {
    const home = makeHome(t)
    const { runId } = await sealAndPin(home)
    rmSync(home.pointer)
    mkdirSync(home.pointer)
    t.equal(readActiveRun(home.path), undefined, 'a folder is no pointer')
    rmSync(home.pointer, { recursive: true })
    symlinkSync(home.pointer, home.pointer)
    t.equal(
      thrownCode(() => readActiveRun(home.path)),
      'POINTER_UNREADABLE',
    )
    rmSync(home.pointer)
    await pin(home, runId)
    t.ok(readActiveRun(home.path))
  })
})

t.test('snapshotOfBytes names the file whose rules are broken', async t => {
  t.throws(() => snapshotOfBytes(Buffer.from('{}'), 'some/file.json'), {
    name: 'RegistryError',
    violations: [{ file: 'some/file.json' }],
  })
})
