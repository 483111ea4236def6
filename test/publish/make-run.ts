// A run is made whole or not at all, under the lock, and never over another. The waiting for a free second is tested
// where an operator meets it, in seal-registry.ts.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withLock } from '../../src/publish/lock.ts'
import { makeRun } from '../../src/publish/make-run.ts'
import { buildRun, runIdAt, utcSeconds } from '../../src/publish/run-files.ts'
import { nextSecond, treeOf } from '../fixtures/home-world.ts'

const planAt = (now: Date) => ({
  run: buildRun(
    {
      run_id: runIdAt(now, 'tag'),
      created_utc: utcSeconds(now),
      run_type: 'op_run',
      option: 'QA',
      operation_id: 'OP-QA12',
      git_commit: null,
      working_tree_state: null,
      inputs: {},
    },
    new Map([['a.txt', Buffer.from('a')]]),
  ),
})

t.test('a run is planned under the lock and stored', async t => {
  const home = t.testdir()
  const { run, seal } = await makeRun(home, nextSecond, () => planAt(nextSecond()))
  t.equal(seal.root, run.root)
  t.strictSame(readdirSync(join(home, '.codex/RUNS')), [run.runId])
  await withLock(home, async () => {
    const before = treeOf(home)
    await t.rejects(
      makeRun(home, nextSecond, () => t.fail('planned without the lock') as never),
      { code: 'PUBLISH_LOCKED' },
    )
    t.strictSame(treeOf(home), before)
  })
})

t.test('a plan that fails leaves nothing', async t => {
  const home = t.testdir()
  await t.rejects(
    makeRun(home, nextSecond, () => {
      throw new Error('no')
    }),
    { message: 'no' },
  )
  t.notOk(existsSync(join(home, '.codex/RUNS')))
})

t.test('an id that is taken is waited for, and given up when the clock stands still', async t => {
  const home = t.testdir()
  const now = () => new Date('2026-08-09T10:15:00.999Z')
  await makeRun(home, now, () => planAt(now()))
  const before = treeOf(home)
  await t.rejects(
    makeRun(home, now, () => planAt(now())),
    { code: 'PUBLISH_RUN_EXISTS' },
  )
  t.strictSame(treeOf(home), before)
})
