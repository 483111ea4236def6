// The runbook of the registry layer, its sections 4 and 5, for builders, health and pointers: what is prohibited is
// refused or found, and what goes wrong is recovered from without mending anything in place.

import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Home, infraHere, makeHome, pointerEntry, treeOf } from '../fixtures/home-world.ts'
import { CHAIN_OPERATIONS, putFile, putRun, putSealed } from '../fixtures/layer-world.ts'

let minutes = 0
/** A minute later at each invocation, so that no run waits for the next second. */
const run = async (home: Home, ...words: readonly string[]) => {
  minutes += 1
  const now = new Date(Date.UTC(2026, 7, 9, 10, minutes))
  const said = await infraHere([...words, '--home', home.path, '--json'], { now: () => now })
  return { ...said, json: JSON.parse(said.stdout || 'null') }
}
const build = async (home: Home, registry: string, ...words: readonly string[]): Promise<string> => {
  const { code, json, stderr } = await run(home, 'build', registry, ...words)
  if (code !== 0) throw new Error(stderr)
  return json.runs.at(-1).run_id
}
const activate = (home: Home, runId: string, registry: string, ...words: readonly string[]) =>
  run(home, 'activate', runId, '--registry', registry, '--reason', 'a test', ...words)

/** Makes a home with the run registry and the status table built and pinned. */
async function makeWorld(t: Test): Promise<{ home: Home; registry: string; table: string }> {
  const home = makeHome(t)
  putFile(home.path, 'registry/OPERATION_CATALOG_v0_1.json', JSON.stringify(CHAIN_OPERATIONS))
  putRun(home.path, 'a', { operation_id: 'OP-A01' })
  const registry = await build(home, 'run_registry')
  t.equal((await activate(home, registry, 'run_registry')).code, 0)
  const table = await build(home, 'op_status_table')
  t.equal((await activate(home, table, 'op_status_table')).code, 0)
  return { home, registry, table }
}
const REGISTRY_FILE = 'RUN_REGISTRY_v0_1.jsonl'

function edit(home: Home, runId: string, name: string, content: string): void {
  const path = join(home.runs, runId, name)
  chmodSync(path, 0o644)
  writeFileSync(path, content)
}

t.test('prohibited:', async t => {
  t.test('to edit a file of a run: every reader refuses it from then on', async t => {
    const { home, registry } = await makeWorld(t)
    edit(home, registry, REGISTRY_FILE, '{}\n')
    for (const words of [['build', 'op_status_table'], ['build', 'drift_signals'], ['health']])
      t.match(await run(home, ...words), { code: 1, stderr: /SEAL_SIZE_MISMATCH/ }, words.join(' '))
    t.match(await activate(home, registry, 'run_registry'), { code: 1, stderr: /SEAL_/ })
    t.match(await run(home, 'verify'), { code: 1 })
    const log = await run(home, 'build', 'registry_delta_log')
    const [{ run_id }] = log.json.runs
    const { summary } = JSON.parse(readFileSync(join(home.runs, run_id, 'run.json'), 'utf8'))
    t.match(summary.registries_skipped, [{ run_id: registry, reason: 'SEAL_SIZE_MISMATCH' }])
  })

  t.test('to delete a run: what pinned it is not served, and nothing takes its place', async t => {
    const { home, registry } = await makeWorld(t)
    const newer = await build(home, 'run_registry')
    rmSync(join(home.runs, registry), { recursive: true })
    t.match(await run(home, 'build', 'op_status_table'), { code: 1, stderr: /POINTER_RUN_MISSING/ })
    t.ok(readdirSync(home.runs).includes(newer), 'though a newer one is there')
  })

  t.test('to point at what is not sealed, not valid, or of another registry', async t => {
    const { home, table } = await makeWorld(t)
    putRun(home.path, 'unsealed', {}, { [REGISTRY_FILE]: '\n' })
    const before = treeOf(home.path)
    t.match(await activate(home, 'unsealed', 'run_registry'), { code: 1, stderr: /SEAL_NOT_A_SEAL/ })
    t.match(await activate(home, 'gone', 'run_registry'), { code: 1, stderr: /POINTER_RUN_MISSING/ })
    t.match(await activate(home, table, 'run_registry'), { code: 1, stderr: /LAYER_INPUT_WRONG/ })
    t.match(await activate(home, table, 'nothing'), { code: 2 })
    t.strictSame(treeOf(home.path), before)
  })

  t.test('to mean "active" by a name or a date: a newer folder changes nothing', async t => {
    const { home, registry, table } = await makeWorld(t)
    await build(home, 'run_registry')
    putRun(home.path, 'zzz_run_registry_build', { operation_id: 'OP-QA01' }, { [REGISTRY_FILE]: 'forged\n' })
    cpSync(join(home.runs, registry), join(home.runs, '9999-01-01__000000__run_registry_build'), {
      recursive: true,
    })
    const { json } = await run(home, 'build', 'op_status_table')
    t.equal(json.runs[0].inputs.run_registry.run_id, registry)
    const { summary } = (await run(home, 'health')).json
    t.match(summary.input_sources, { status_table: new RegExp(table), registry: new RegExp(registry) })
  })

  t.test('to set a pin by building: no build moves a pointer', async t => {
    const { home } = await makeWorld(t)
    const pointer = readFileSync(home.pointer)
    t.equal((await run(home, 'build', 'all')).code, 0)
    t.strictSame(readFileSync(home.pointer), pointer)
  })

  t.test('to serve a pin that is known to be bad, or not known', async t => {
    const { home } = await makeWorld(t)
    const set = (known: unknown, ref: object | undefined): void => {
      const file = JSON.parse(readFileSync(home.pointer, 'utf8'))
      const entry = file.pointers.find((each: { registry_id: string }) => each.registry_id === 'run_registry')
      Object.assign(entry, { active_ref_known: known }, ref)
      writeFileSync(home.pointer, JSON.stringify(file))
    }
    set(false, undefined)
    t.match(await run(home, 'build', 'op_status_table'), { code: 1, stderr: /POINTER_FALSE/ })
    t.match(
      await run(home, 'health'),
      { code: 1, stderr: /POINTER_FALSE/ },
      'not even where it may be absent',
    )
    set('unknown', { active_ref: { run_id: null, run_root: null, relpath: null, manifest_sha256: null } })
    t.match(await run(home, 'build', 'op_status_table'), { code: 1, stderr: /POINTER_UNKNOWN/ })
    t.match(
      (await run(home, 'health')).json,
      { summary: { input_sources: { registry: null } } },
      'unknown is absent',
    )
  })
})

t.test('recovery:', async t => {
  t.test('a build that fails leaves nothing, and is made again from the beginning', async t => {
    const { home } = await makeWorld(t)
    const runs = readdirSync(home.runs)
    const catalog = join(home.path, 'registry/OPERATION_CATALOG_v0_1.json')
    const good = readFileSync(catalog)
    writeFileSync(catalog, '{')
    t.match(await run(home, 'build', 'op_status_table'), { code: 1, stderr: /LAYER_CATALOG_INVALID/ })
    t.strictSame(readdirSync(home.runs), runs)
    writeFileSync(catalog, good)
    t.equal((await run(home, 'build', 'op_status_table')).code, 0)
  })

  t.test('a run that does not verify is kept as evidence, and another is built', async t => {
    const { home, registry } = await makeWorld(t)
    edit(home, registry, 'run.json', '{}')
    const evidence = treeOf(join(home.runs, registry))
    const again = await build(home, 'run_registry')
    t.equal((await activate(home, again, 'run_registry')).code, 0)
    t.equal((await run(home, 'build', 'op_status_table')).code, 0)
    t.strictSame(treeOf(join(home.runs, registry)), evidence)
    const lines = readFileSync(join(home.runs, again, REGISTRY_FILE), 'utf8')
    t.match(lines, `"run_id":"${registry}"`, 'the registry tells of it')
  })

  t.test('a pointer that could not be moved is as it was, and is moved again', async t => {
    const { home, registry } = await makeWorld(t)
    const next = await build(home, 'run_registry')
    const pointer = readFileSync(home.pointer)
    const none = await activate(home, next, 'run_registry', '--expect', 'none')
    t.match(none, { code: 4, stderr: /PUBLISH_CONFLICT/ })
    t.strictSame(readFileSync(home.pointer), pointer)
    t.equal((await activate(home, next, 'run_registry')).code, 0)
    t.match(pointerEntry(home, 'run_registry'), { active_ref: { run_id: next }, serial: 2 })
    t.match(pointerEntry(home, 'op_status_table'), { serial: 1 }, 'the other entries keep theirs')
    const back = await activate(home, registry, 'run_registry')
    t.match(back.json, { after: { run_id: registry, serial: 3 } }, 'and back is a step forward')
  })

  t.test('drift of the schemas is told, and nothing is mended by itself', async t => {
    const { home } = await makeWorld(t)
    const expected = { version: '0.1', expected: { schema_version: '9.9', threshold_pack_version: null } }
    const { runId } = putSealed(home.path, 'expected', { 'EXPECTED_VERSIONS_v0_1_snapshot.json': expected })
    const before = treeOf(home.path)
    const drift = await build(home, 'drift_signals', '--input', `expected_versions=${runId}`)
    const { system_drift } = JSON.parse(
      readFileSync(join(home.runs, drift, 'DRIFT_SIGNALS_v0_1.json'), 'utf8'),
    )
    t.strictSame(system_drift.schema_drift, true)
    const after = treeOf(home.path)
    for (const [path, state] of before) t.equal(after.get(path), state)
    t.equal((await activate(home, drift, 'drift_signals')).code, 0)
    t.match((await infraHere(['health', '--home', home.path])).stdout, 'schemas DRIFTS')
  })
})
