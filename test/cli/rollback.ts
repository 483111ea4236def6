// `infra rollback`: back to the run before, or to the one that is named, under a new serial.

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import {
  infraHere,
  makeHome,
  pointerEntry,
  seal,
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
  const home = makeHome(t)
  const { runId: few } = await sealAndPin(home)
  const text = readFileSync(home.working, 'utf8')
  writeEntries(home, 60)
  const { runId: many, root } = await sealAndPin(home)
  const rollback = (...words: string[]) =>
    infraHere(['rollback', '--home', home.path, '--reason', 'a test', ...words])
  const before = treeOf(home.top)
  t.match(await rollback(), {
    code: 1,
    stderr: `PUBLISH_MASS_CHANGE ${few}: 57 of 60 entries would go`,
  })
  t.match(await rollback('--mass-change', '--dry-run'), {
    code: 0,
    stdout: new RegExp(`^would seal what ${few} holds as a mass change, .* and activate it\n`),
  })
  t.match(JSON.parse((await rollback('--mass-change', '--dry-run', '--json')).stdout), {
    changed: true,
    sealed_from: few,
    change: { entries: 60, removed: 57 },
    dry_run: true,
  })
  t.strictSame(treeOf(home.top), before, 'so far nothing is written')

  const { code, stdout } = await rollback('--mass-change', '--json')
  t.equal(code, 0)
  const said = JSON.parse(stdout)
  t.match(said, { changed: true, sealed_from: few, before: { run_id: many }, after: { serial: 3 } })
  const runId: string = said.after.run_id
  t.match(pointerEntry(home), { serial: 3, active_ref: { run_id: runId }, notes: 'a test' })
  t.equal(readFileSync(`${home.runs}/${runId}/telemetry-registry.v2_snapshot.json`, 'utf8'), text)
  const run = JSON.parse(readFileSync(`${home.runs}/${runId}/run.json`, 'utf8'))
  t.match(run, { mass_change: true, inputs: { previous: { run_id: many, manifest_sha256: root } } })
  t.match(await infraHere(['verify', '--home', home.path]), { code: 0 })

  t.test('is sealed anew only where that is needed', async t => {
    const runs = readdirSync(home.runs)
    t.match(await rollback('--mass-change'), { code: 0, stdout: `activated ${many} (serial 4)` })
    t.strictSame(readdirSync(home.runs), runs)
  })
  t.test('and never where nothing would be left', async t => {
    const home = makeHome(t, { count: 0 })
    const { runId: none } = await seal(home)
    writeEntries(home, 60)
    await sealAndPin(home)
    const before = treeOf(home.top)
    const words = ['--to', none, '--mass-change', '--reason', 'a test', '--home', home.path]
    t.match(await infraHere(['rollback', ...words]), {
      code: 1,
      stderr: /PUBLISH_MASS_CHANGE .*an empty registry never replaces one of 60 entries/,
    })
    t.strictSame(treeOf(home.top), before)
  })
})
