// `infra rollback`: back to the run before, or to the one that is named, under a new serial.

import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  commitAll,
  infraHere,
  makeHome,
  pointerEntry,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'

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

t.test('one that takes much away', async t => {
  const home = makeHome(t, { git: true })
  const { runId: few } = await sealAndPin(home)
  const text = readFileSync(home.working, 'utf8')
  writeEntries(home, 60)
  const { runId: many, root } = await sealAndPin(home)
  commitAll(home.top, 'many')
  const rollback = (...words: string[]) =>
    infraHere(['rollback', '--home', home.path, '--reason', 'a test', ...words], { cwd: home.top })
  const before = treeOf(home.top)
  t.match(await rollback(), {
    code: 1,
    stderr: `PUBLISH_MASS_CHANGE ${few}: 57 of 60 entries would go`,
  })
  t.match(await rollback('--mass-change', '--dry-run'), {
    code: 0,
    stdout: new RegExp(
      `^would seal what ${few} holds as a mass change, .*\nwould activate .* \\(serial 3\\)\n`,
    ),
  })
  t.strictSame(treeOf(home.top), before, 'so far nothing is written')

  const said = await rollback('--mass-change')
  const { serial, active_ref, notes } = pointerEntry(home)
  const runId: string = active_ref.run_id
  t.strictSame([serial, notes], [3, 'a test'])
  t.strictSame(said, {
    code: 0,
    stderr: '',
    stdout: `sealed what ${few} holds as a mass change, ${runId}
activated ${runId} (serial 3)
  ROOT_SHA256  ${active_ref.manifest_sha256}
  was ${many} (serial 2)
next: git -C ${home.path} add registry/ACTIVE_REGISTRY_POINTERS_v0_1.json .codex/RUNS/${runId}
`,
  })
  t.equal(readFileSync(`${home.runs}/${runId}/telemetry-registry.v2_snapshot.json`, 'utf8'), text)
  const run = JSON.parse(readFileSync(`${home.runs}/${runId}/run.json`, 'utf8'))
  t.match(run, { mass_change: true, inputs: { previous: { run_id: many, manifest_sha256: root } } })
  t.match(await infraHere(['verify', '--home', home.path]), { code: 0 })

  await t.test('is the same when it is said again', async t => {
    const now = treeOf(home.top)
    const again = { code: 0, stdout: `${runId} is active already (serial 3); nothing to do` }
    t.match(await rollback('--mass-change', '--to', few), again)
    t.match(await rollback('--mass-change'), {
      code: 1,
      stderr: `PUBLISH_NO_PREVIOUS ${few} names no run before it`,
    })
    t.strictSame(treeOf(home.top), now)
  })
  t.match(JSON.parse((await rollback('--mass-change', '--to', many, '--json')).stdout), {
    changed: true,
    before: { run_id: runId, serial: 3 },
    after: { serial: 4 },
    sealed_from: many,
    dry_run: false,
  })
})
