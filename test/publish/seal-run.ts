// A run under an id that nobody else has: the second run of a second waits for the next, and a clock that stands still
// is given up.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildRun, runIdAt, utcSeconds } from '../../src/publish/run-files.ts'
import { sealPlanned } from '../../src/publish/seal-run.ts'
import { foldersIn } from '../fixtures/seal-world.ts'

function planAt(now: Date) {
  const envelope = {
    ...{
      run_id: runIdAt(now, 'tag'),
      created_utc: utcSeconds(now),
      run_type: 'seal_promotion',
      option: 'QA',
    },
    ...{ operation_id: 'OP-QA13', git_commit: null, working_tree_state: null, inputs: {} },
  }
  return { run: buildRun(envelope, new Map([['a', Buffer.from('a')]])) }
}

const taken = '2026-01-01__000000__tag'
const RUNS = '.codex/RUNS'

t.test('a free second is taken at once, and the plan is made once', async t => {
  const home = t.testdir()
  let plans = 0
  const now = () => new Date(Date.UTC(2026, 0, 1))
  const { seal } = await sealPlanned(home, now, () => {
    plans += 1
    return planAt(now())
  })
  t.strictSame([seal.runId, plans], [taken, 1])
})

t.test('a taken one is waited out', async t => {
  const home = t.testdir()
  mkdirSync(join(home, RUNS, taken), { recursive: true })
  let at = Date.UTC(2026, 0, 1, 0, 0, 0, 950)
  const now = () => {
    const time = new Date(at)
    at += 30
    return time
  }
  const { seal, run } = await sealPlanned(home, now, () => planAt(now()))
  t.equal(seal.runId, '2026-01-01__000001__tag')
  t.equal(run.runId, seal.runId)
  t.strictSame(foldersIn(join(home, RUNS)), [taken, seal.runId])
})

t.test('a clock that stands still is given up', async t => {
  const home = t.testdir()
  mkdirSync(join(home, RUNS, taken), { recursive: true })
  const now = () => new Date(Date.UTC(2026, 0, 1, 0, 0, 0, 990))
  await t.rejects(
    sealPlanned(home, now, () => planAt(now())),
    { code: 'PUBLISH_RUN_EXISTS' },
  )
})
