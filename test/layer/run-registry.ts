// The run registry: the golden bytes of another implementation, one order for one tree, and every fault a code.

import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { RunRecord } from '../../src/layer/run-record.ts'
import { parseRunRegistry, renderRunRegistry, scanRuns } from '../../src/layer/run-registry.ts'
import { linesOf, miniChain, putFile, putRun } from '../fixtures/layer-world.ts'
import { fuzzRuns, thrownCode } from '../fixtures/seal-world.ts'

const PARSER = /"Failed to parse run\.json: [^"]*"/g

t.test('the golden chain', async t => {
  const chain = miniChain(t)
  if (chain === undefined) return
  const agree = (step: string): void => {
    const [ours, golden] = [
      renderRunRegistry(scanRuns(chain.home)),
      chain.golden(step, 'RUN_REGISTRY_v0_1.jsonl'),
    ]
    const words = (text: string): string => text.replaceAll(PARSER, '"Failed to parse run.json"')
    t.equal(
      words(ours),
      words(String(golden)),
      `step ${step}: the same bytes but for the words of the parser`,
    )
    t.equal(String(golden).match(PARSER)?.length, 2, 'which stand in two warnings')
  }
  agree('01')
  for (const step of ['01', '02', '03', '04', '05', '06', '07']) chain.place(step)
  agree('08')
})

t.test('a tree', async t => {
  const home = t.testdir()
  t.equal(
    thrownCode(() => scanRuns(home)),
    'LAYER_RUNS_MISSING',
  )
  mkdirSync(join(home, '.codex/RUNS'), { recursive: true })
  t.equal(renderRunRegistry(scanRuns(home)), '\n', 'without runs gives one LF')
  putFile(home, '.codex/RUNS/README.txt', 'no run')
  mkdirSync(join(home, '.codex/RUNS/.hidden'))
  putRun(home, 'b', {})
  symlinkSync('b', join(home, '.codex/RUNS/link'))
  symlinkSync('nowhere', join(home, '.codex/RUNS/dangling'))
  putFile(home, 'reports/runs/x/run.json', '{"created_utc":"2026"}')
  mkdirSync(Buffer.concat([Buffer.from(`${home}/reports/runs/`), Buffer.of(0xfe)]))
  t.strictSame(
    linesOf(renderRunRegistry(scanRuns(home))).map(({ run_key }) => run_key),
    [
      '.codex/RUNS::.hidden',
      '.codex/RUNS::b',
      '.codex/RUNS::link',
      'reports/runs::x',
      'reports/runs::\udcfe',
    ],
    'is every folder, and every link to one',
  )
  rmSync(join(home, '.codex/RUNS'), { recursive: true })
  writeFileSync(join(home, '.codex/RUNS'), '')
  t.equal(
    thrownCode(() => scanRuns(home)),
    'LAYER_RUNS_UNREADABLE',
    'runs that are a file cannot be listed',
  )
  if (process.getuid?.() === 0) return
  rmSync(join(home, '.codex/RUNS'))
  mkdirSync(join(home, '.codex/RUNS'), { mode: 0 })
  t.equal(
    thrownCode(() => scanRuns(home)),
    'LAYER_RUNS_UNREADABLE',
  )
  chmodSync(join(home, '.codex/RUNS'), 0o755)
})

t.test('the order', async t => {
  const record = (run_root: string, run_id: string, created_utc: string | null): RunRecord => ({
    registry_version: '0.1',
    run_id,
    run_root,
    run_key: `${run_root}::${run_id}`,
    run_path: `${run_root}/${run_id}/`,
    created_utc,
    run_type: null,
    option: null,
    operation_id: null,
    git_commit: null,
    working_tree_state: null,
    has_run_json: true,
    has_manifest_sha256: false,
    has_manifest_json: false,
    manifest_root_sha256: null,
    files: [],
    warnings: [],
  })
  t.test('is root, time, id, and last those without a time', async t => {
    const ordered = [
      record('.codex/RUNS', 'z', '2025'),
      record('.codex/RUNS', '\ue000', '2026'),
      record('.codex/RUNS', '😀', '2026'),
      record('.codex/RUNS', 'a', null),
      record('reports/path1/evidence/runs', 'a', '2024'),
      record('reports/runs', 'a', '2024'),
    ]
    t.strictSame(
      linesOf(renderRunRegistry(ordered.toReversed())).map(({ run_key }) => run_key),
      ordered.map(({ run_key }) => run_key),
    )
  })
  t.test('does not depend on the order of the folders', async t => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'B', '\ue000', '😀', '\udcff', 'é'),
      minLength: 1,
      maxLength: 4,
    })
    const some = fc.uniqueArray(
      fc.tuple(
        fc.constantFrom('.codex/RUNS', 'reports/runs'),
        name,
        fc.constantFrom(null, '2025', '2026', 'é'),
      ),
      { selector: ([root, id]) => `${root}/${id}`, maxLength: 12 },
    )
    const shuffled = some.chain(all =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const [a, b] = [one, other].map(rows => renderRunRegistry(rows.map(row => record(...row))))
        return a === b
      }),
      { numRuns: fuzzRuns },
    )
    t.pass('any order gives the same bytes')
  })
})

t.test('what was sealed is read again', async t => {
  const home = t.testdir()
  putRun(home, 'a', { operation_id: 'OP-X', option: '\ud800' })
  const text = renderRunRegistry(scanRuns(home))
  t.strictSame(parseRunRegistry(Buffer.from(text)), [...scanRuns(home)], 'half a pair survives')
  t.strictSame(parseRunRegistry(Buffer.from('\n')), [])
})
