// `infra rollback`: back to the run before, or to the one that is named, under a new serial.

import t from 'tap'
import { infraHere, makeHome, pointerEntry, sealAndPin, treeOf } from '../fixtures/home-world.ts'

t.test('without a run', async t => {
  const home = makeHome(t)
  const rollback = (...words: string[]) =>
    infraHere(['rollback', '--home', home.path, '--reason', 'a test', ...words])
  t.match(await rollback(), { code: 1, stderr: /PUBLISH_NO_PREVIOUS no active run can be verified/ })
  const one = await sealAndPin(home)
  t.match(await rollback(), { code: 1, stderr: /PUBLISH_NO_PREVIOUS.*infra rollback --to/ })
  const two = await sealAndPin(home)
  await t.test('it goes to the one that was active when the active one was sealed', async t => {
    const before = treeOf(home.top)
    t.match(await rollback('--dry-run'), { code: 0, stdout: `would activate ${one.runId} (serial 3)` })
    t.strictSame(treeOf(home.top), before)
    t.match(await rollback('--expect', one.root), { code: 4 })
    t.match(await rollback('--expect', two.root), { code: 0, stdout: `activated ${one.runId} (serial 3)` })
    t.match(await rollback(), { code: 1 }, 'and no further')
  })
  t.match(await rollback('--to', two.runId, '--json'), { code: 0 })
  t.match(pointerEntry(home), { serial: 4, active_ref: { run_id: two.runId }, notes: 'a test' })
  t.match(await rollback('--to', 'nothing'), { code: 1, stderr: /POINTER_RUN_MISSING/ })
  t.match(await rollback('--to', two.runId), {
    code: 0,
    stdout: 'is active already (serial 4); nothing to do',
  })
})
