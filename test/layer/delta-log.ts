// The delta log: the golden lines, then who takes part and who does not.

import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildArtifacts } from '../../src/layer/build.ts'
import { buildDeltaLines, renderDeltaLog, scanSeals } from '../../src/layer/delta-log.ts'
import { contextOf, linesOf, miniChain, putFile, putSealed, TABLE } from '../fixtures/layer-world.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

t.test('the golden chain', async t => {
  const chain = miniChain(t)
  if (chain === undefined) return
  const steps = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11']
  for (const step of ['09', '11']) {
    for (const earlier of steps.slice(0, steps.indexOf(step))) chain.place(earlier)
    const runId = linesOf(chain.golden(step, 'REGISTRY_DELTA_LOG_v0_1.jsonl'))[0].derivation_run_id
    const over = { runId, now: chain.clock(step) }
    const { files, extra } = buildArtifacts('registry_delta_log', contextOf(chain.home, over))
    t.equal(
      files.get('REGISTRY_DELTA_LOG_v0_1.jsonl'),
      String(chain.golden(step, 'REGISTRY_DELTA_LOG_v0_1.jsonl')),
      `step ${step}, byte for byte`,
    )
    t.strictSame(extra.summary, JSON.parse(String(chain.golden(step, 'run.json'))).summary)
  }
})

const made = { created_utc: '2026-03-01T00:00:00Z', derivation_run_id: 'd' }

t.test('without runs there is no byte', async t => {
  const home = t.testdir()
  t.equal(
    thrownCode(() => scanSeals(home)),
    'LAYER_RUNS_MISSING',
  )
  putFile(home, '.codex/RUNS/README.txt', '')
  t.equal(renderDeltaLog(buildDeltaLines(scanSeals(home).runs, made)), '')
  rmSync(join(home, '.codex/RUNS'), { recursive: true })
  writeFileSync(join(home, '.codex/RUNS'), '')
  t.equal(
    thrownCode(() => scanSeals(home)),
    'LAYER_RUNS_UNREADABLE',
  )
})

t.test('each run is told against the one before it', async t => {
  const home = t.testdir()
  const table = 'OPERATION_STATUS_TABLE_v0_1.json'
  const first = putSealed(home, '2026-01-01__a', { [table]: TABLE, same: 'x', gone: 'y' })
  const second = putSealed(home, '2026-01-02__b', { [table]: [], same: 'x', 'new': 'z' })
  const [begin, then] = buildDeltaLines(scanSeals(home).runs.toReversed(), made)
  const refOf = (run: { runId: string; root: string }) => ({
    ...{ run_id: run.runId, run_root: '.codex/RUNS', relpath: table, manifest_sha256: run.root },
  })
  t.match(begin, { from_ref: null, to_ref: refOf(first), removed_paths: [], counts: { added: 4 } })
  t.strictSame(then, {
    delta_version: '0.1',
    registry_id: 'op_status_table',
    from_ref: refOf(first),
    to_ref: refOf(second),
    delta_basis: 'manifest_diff',
    added_paths: ['new'],
    removed_paths: ['gone'],
    modified_paths: [table, 'run.json'],
    counts: { added: 1, removed: 1, modified: 2 },
    ...made,
  })
})

t.test('a run belongs to the registry that it names, and else to that of its files', async t => {
  const home = t.testdir()
  putSealed(home, '1', { 'a.json': '{}' }, { extra: { source_registry: 'evidence_pack_registry' } })
  putSealed(home, '2', { 'telemetry-registry.v2_snapshot.json': '{}' })
  putSealed(home, '3__seal_threshold_packs', { 'a.json': '{}' })
  putSealed(home, '4', { 'a.json': '{}' })
  putSealed(home, '5', { 'SYSTEM_HEALTH_SUMMARY_v0_1.json': '{}' })
  putSealed(home, '6', { 'a.json': '{}' }, { extra: { source_registry: 'system_health_report' } })
  putSealed(home, '7', { 'a.json': '{}' }, { extra: { source_registry: '../x' } })
  t.strictSame(
    buildDeltaLines(scanSeals(home).runs, made).map(({ registry_id, to_ref }) => [
      registry_id,
      to_ref.run_id,
      to_ref.relpath,
    ]),
    [
      ['evidence_pack_registry', '1', null],
      ['telemetry_registry', '2', 'telemetry-registry.v2_snapshot.json'],
      ['threshold_packs_file', '3__seal_threshold_packs', null],
    ],
  )
})

t.test('a run that does not verify is named, with the reason, and not told', async t => {
  const home = t.testdir()
  const file = 'RUN_REGISTRY_v0_1.jsonl'
  for (const runId of ['1', '2', '3']) putSealed(home, runId, { [file]: '\n' })
  const damaged = join(home, '.codex/RUNS/2', file)
  chmodSync(damaged, 0o644)
  writeFileSync(damaged, '{}\n')
  putFile(home, `.codex/RUNS/zzz_run_registry_build/${file}`, 'forged\n')
  putFile(home, '.codex/RUNS/legacy/notes.txt', 'of no registry')
  const { runs, skipped } = scanSeals(home)
  t.strictSame(
    buildDeltaLines(runs, made).map(({ from_ref, to_ref }) => [from_ref?.run_id, to_ref.run_id]),
    [
      [undefined, '1'],
      ['1', '3'],
    ],
  )
  t.strictSame(skipped, [
    { run_id: '2', registry_id: 'run_registry', reason: 'SEAL_SIZE_MISMATCH' },
    { run_id: 'zzz_run_registry_build', registry_id: 'run_registry', reason: 'SEAL_NOT_A_SEAL' },
  ])
})
