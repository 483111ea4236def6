// A run on its way to the disk: whole or absent, read-only, never over another.

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildRun, type RunFiles } from '../../src/publish/run-files.ts'
import { storeRun } from '../../src/publish/store-run.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { treeOf } from '../fixtures/home-world.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

const run: RunFiles = buildRun(
  {
    run_id: '2026-08-09__101500__tag',
    created_utc: '2026-08-09T10:15:00Z',
    run_type: 'seal_promotion',
    option: 'QA',
    operation_id: 'OP-QA12',
    git_commit: null,
    working_tree_state: null,
    inputs: {},
  },
  new Map([
    ['payload.json', Buffer.from('{}\n')],
    ['deep/er/file.txt', Buffer.from('text')],
  ]),
)

t.test('a stored run', async t => {
  const home = t.testdir()
  const seal = storeRun(home, run)
  const folder = join(home, '.codex/RUNS', run.runId)
  t.test('is what was built, byte for byte', async t => {
    t.equal(seal.root, run.root)
    for (const [relpath, bytes] of run.files)
      t.strictSame(readFileSync(join(folder, relpath)), Buffer.from(bytes))
    t.equal(checkSeal(readRunFolder(folder)).seal?.root, run.root)
  })
  t.test('has read-only files, in folders that git can remove', async t => {
    for (const relpath of run.files.keys())
      t.equal(statSync(join(folder, relpath)).mode & 0o777, 0o444, relpath)
    t.equal(statSync(folder).mode & 0o200, 0o200)
    t.equal(statSync(join(folder, 'deep/er')).mode & 0o200, 0o200)
  })
  t.test('leaves nothing staged', async t => t.strictSame(readdirSync(join(home, '.codex/STAGING')), []))
  t.test('is never written again', async t => {
    const before = treeOf(home)
    t.equal(
      thrownCode(() => storeRun(home, run)),
      'PUBLISH_RUN_EXISTS',
    )
    t.strictSame(treeOf(home), before)
  })
  t.test('can be removed', async t => {
    rmSync(folder, { recursive: true })
    t.notOk(existsSync(folder))
  })
})

t.test('a run that does not verify where it was staged is not moved', async t => {
  const home = t.testdir()
  const files = new Map(run.files).set('payload.json', Buffer.from('{ }\n'))
  t.throws(() => storeRun(home, { ...run, files }), {
    name: 'SealError',
    faults: [{ code: 'SEAL_SIZE_MISMATCH' }, { code: 'SEAL_DIGEST_MISMATCH' }],
  })
  t.strictSame(readdirSync(join(home, '.codex/RUNS')), [])
  t.strictSame(readdirSync(join(home, '.codex/STAGING')), [])
})

t.test('what a killed run left staged is removed', async t => {
  const home = t.testdir({ '.codex': { STAGING: { old: { 'run.json': '{' } } } })
  chmodSync(join(home, '.codex/STAGING/old/run.json'), 0o444)
  storeRun(home, run)
  t.strictSame(readdirSync(join(home, '.codex/STAGING')), [])
})

t.test('a home whose runs are a file fails as the world does', async t => {
  const home = t.testdir({ '.codex': {} })
  writeFileSync(join(home, '.codex/RUNS'), '')
  t.equal(
    thrownCode(() => storeRun(home, run)),
    'PUBLISH_WRITE_FAILED',
  )
})
