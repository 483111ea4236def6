// `infra health`: what an operator sees, in three forms, and that looking changes nothing.

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  type Home,
  homeAt,
  infraHere,
  makeHome,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'
import { buildAndPin, CHAIN_OPERATIONS, putFile, putRun } from '../fixtures/layer-world.ts'

const now = () => new Date('2026-08-09T12:00:00Z')

/** Makes a home whose operation OP-A01 ran once, on the eighth, with the chain pinned. */
async function makeWorld(t: Test): Promise<Home> {
  const home = makeHome(t)
  await sealAndPin(home)
  putFile(home.path, 'registry/OPERATION_CATALOG_v0_1.json', JSON.stringify(CHAIN_OPERATIONS))
  putRun(home.path, 'a', {
    operation_id: 'OP-A01',
    created_utc: '2026-08-01T10:00:00Z',
    git_commit: 'c'.repeat(40),
    working_tree_state: 'dirty',
  })
  const tree = { git_commit: 'd'.repeat(40), working_tree_state: 'clean' } as const
  for (const registryId of ['run_registry', 'op_status_table', 'drift_signals'] as const)
    await buildAndPin(home.path, registryId, tree)
  return home
}
const health = (home: Home, ...words: string[]) =>
  infraHere(['health', '--home', home.path, ...words], { now })

t.test('is shown', async t => {
  const home = await makeWorld(t)
  const before = treeOf(home.top)
  t.test('as a table in a terminal', async t => {
    const { code, stdout } = await health(home)
    t.equal(code, 0)
    t.match(stdout, 'system        tree clean · schemas unknown · thresholds unknown\n')
    t.match(stdout, 'working copy  registry as expected · changelog as expected\n')
    t.match(stdout, 'operations    8: 1 observed, 0 legacy only, 7 unobserved\n')
    t.match(
      stdout,
      /^OP-A01 {5}First ingest op {2}2026-08-01T10:00:00Z {2}8 d {2}cccccccc {2}dirty {2}yes {5}C3$/m,
    )
    t.match(stdout, '7 unobserved: --show-unobserved\n')
    t.ok(Math.max(...stdout.split('\n').map(line => line.length)) <= 110)
  })
  t.test('as Markdown', async t => {
    const { stdout } = await health(home, '--format', 'markdown')
    t.match(stdout, /^# System Health Report v0\.1\n/)
    t.match(stdout, '- canon_dirty: `false`\n- schema_drift: `null`\n- threshold_drift: `null`\n')
    t.ok(stdout.endsWith('\n\n'))
  })
  t.test('as JSON, the summary alone or with the working copy', async t => {
    const summary = JSON.parse((await health(home, '--format', 'json')).stdout)
    t.match(summary, { generated_utc: '2026-08-09T12:00:00Z', counts: { total_ops: 8, drifting: 1 } })
    const whole = JSON.parse((await health(home, '--json')).stdout)
    t.strictSame(whole, { summary, working_copy_drift: { registry: false, changelog: false }, sealed: null })
  })
  t.test('with what is asked for', async t => {
    const words = ['--stale-days', '9', '--max-list', '3', '--show-unobserved', '--show-legacy', '--json']
    const { summary } = JSON.parse((await health(home, ...words)).stdout)
    t.match(summary, { stale_threshold_days: 9, counts: { stale: 0 }, unobserved: { length: 3 } })
    t.match(await health(home, '--stale-days', '-1'), { code: 2, stderr: /want a whole number/ })
    t.match(await health(home, '--format', 'xml'), { code: 2, stderr: /Allowed choices/ })
  })
  t.strictSame(treeOf(home.top), before, 'and nothing is changed by looking')
})

t.test('sealed when it is asked for, as it was shown', async t => {
  const home = await makeWorld(t)
  const runs = readdirSync(home.runs)
  const { summary, sealed } = JSON.parse((await health(home, '--seal', '--max-list', '1', '--json')).stdout)
  const made = readdirSync(home.runs).filter(name => !runs.includes(name))
  t.strictSame(made, [sealed.run_id])
  t.strictSame(
    JSON.parse(readFileSync(join(home.runs, sealed.run_id, 'SYSTEM_HEALTH_SUMMARY_v0_1.json'), 'utf8')),
    summary,
  )
  t.match(await infraHere(['verify', join(home.runs, sealed.run_id)]), { code: 0 })
  const text = (await infraHere(['health', '--seal', '--home', home.path])).stdout
  t.match(text, /\n\nsealed \d{4}-\d\d-\d\d__\d{6}__system_health_render\n {2}ROOT_SHA256 {2}[0-9a-f]{64}\n$/)
})

t.test('drift of the working copy has three values', async t => {
  const home = await makeWorld(t)
  const working = async () => JSON.parse((await health(home, '--json')).stdout).working_copy_drift
  writeEntries(home, 4)
  t.strictSame(await working(), { registry: true, changelog: false })
  rmSync(home.working)
  t.strictSame(await working(), { registry: null, changelog: false })
  t.match((await health(home)).stdout, 'registry unknown · changelog as expected')
})

t.test('without a pinned table there is no health, and a way to one', async t => {
  const home = homeAt(makeHome(t).top)
  t.match(await health(home), {
    code: 1,
    stdout: '',
    stderr: /infra activate <run> --registry <id>(?:.|\n)*POINTER_MISSING/,
  })
})
