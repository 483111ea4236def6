// `infra build` from outside: the order of the chain, inputs by pin or by name, refusals that leave every byte, and the
// same bytes whatever the locale and the time zone.

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { BUILT } from '../../src/layer/registries.ts'
import {
  commitAll,
  git,
  type Home,
  infra,
  infraHere,
  makeHome,
  notRun,
  treeOf,
} from '../fixtures/home-world.ts'
import { CHAIN_OPERATIONS, putFile, putRun } from '../fixtures/layer-world.ts'

/** Makes a home in a repository, with a catalog of operations and one run. */
function makeWorld(t: Test): Home {
  const home = makeHome(t)
  putFile(home.path, 'registry/OPERATION_CATALOG_v0_1.json', JSON.stringify(CHAIN_OPERATIONS))
  putRun(home.path, 'a', { operation_id: 'OP-A01', created_utc: '2026-08-01T00:00:00Z' })
  putFile(home.top, '.gitattributes', 'infra/** -text\n')
  putFile(home.top, '.gitignore', 'infra/.codex/STAGING/\n')
  git(home.top, 'init', '--quiet')
  commitAll(home.top, 'begin')
  return home
}

/** Runs a verb with `--json`, and reads what it prints. */
async function json(home: Home, ...words: string[]) {
  const { code, stdout, stderr } = await infraHere([...words, '--json'], { cwd: home.top })
  return { code, stderr, ...JSON.parse(stdout) }
}
const fileOf = (home: Home, runId: string, name: string): string =>
  readFileSync(join(home.runs, runId, name), 'utf8')

t.test('all of them', async t => {
  const home = makeWorld(t)
  const { code, runs } = await json(home, 'build', 'all')
  t.equal(code, 0)
  t.strictSame(
    runs.map((run: { registry_id: string }) => run.registry_id),
    BUILT,
    'in the order in which one needs the other',
  )
  const [registry, table, drift, health] = runs
  t.test('each is sealed before the next begins, which takes it as its input', async t => {
    t.equal(table.inputs.run_registry.manifest_sha256, registry.root_sha256)
    t.equal(drift.inputs.op_status_table.manifest_sha256, table.root_sha256)
    t.equal(health.inputs.drift_signals.manifest_sha256, drift.root_sha256)
    t.match(
      await json(home, 'verify'),
      { code: 1, verdicts: { length: 6 } },
      'the unsealed one is the only fault',
    )
  })
  t.test('the signals say what the tree is', async t => {
    const signals = JSON.parse(fileOf(home, drift.run_id, 'DRIFT_SIGNALS_v0_1.json'))
    t.match(signals, {
      git_commit: git(home.top, 'rev-parse', 'HEAD').trim(),
      working_tree_state: 'clean',
      canon_tree_hash: /^[0-9a-f]{64}$/,
      system_drift: { canon_dirty: false, schema_drift: null },
    })
    const again = await json(home, 'build', 'drift_signals', ...inputs(runs))
    const other = JSON.parse(fileOf(home, again.runs[0].run_id, 'DRIFT_SIGNALS_v0_1.json'))
    t.equal(other.canon_tree_hash, signals.canon_tree_hash, 'and new runs do not change it')
    t.equal(other.working_tree_state, 'clean')
    putFile(home.top, 'new.txt', 'x')
    const { runs: third } = await json(home, 'build', 'drift_signals', ...inputs(runs))
    t.match(JSON.parse(fileOf(home, third[0].run_id, 'DRIFT_SIGNALS_v0_1.json')), {
      working_tree_state: 'dirty',
      system_drift: { canon_dirty: true },
    })
  })
  t.test('a tracked file that is gone gives no digest, and no crash', async t => {
    git(home.top, 'rm', '--quiet', '--cached', 'infra/changelog/infra-changelog.jsonl')
    putFile(home.top, 'gone', '')
    git(home.top, 'add', 'gone')
    rmSync(join(home.top, 'gone'))
    const { code, runs: made } = await json(home, 'build', 'drift_signals', ...inputs(runs))
    const signals = JSON.parse(fileOf(home, made[0].run_id, 'DRIFT_SIGNALS_v0_1.json'))
    t.strictSame([code, signals.canon_tree_hash], [0, null])
    t.ok(signals.warnings.includes('canon_tree_hash_unknown'))
  })
})

const inputs = (runs: readonly { registry_id: string; run_id: string }[]): string[] =>
  runs.slice(0, 2).flatMap(run => ['--input', `${run.registry_id}=${run.run_id}`])

t.test('one of them takes the pinned run', async t => {
  const home = makeWorld(t)
  const first = await json(home, 'build', 'run_registry')
  const { run_id } = first.runs[0]
  t.match(await json(home, 'activate', run_id, '--registry', 'run_registry', '--reason', 'x'), {
    code: 0,
    after: { run_id, serial: 1 },
  })
  putRun(home.path, 'zzz__run_registry_build', {}, { 'RUN_REGISTRY_v0_1.jsonl': 'forged' })
  const newer = await json(home, 'build', 'run_registry')
  const { runs } = await json(home, 'build', 'op_status_table')
  t.equal(runs[0].inputs.run_registry.run_id, run_id, 'whatever newer folders there are')
  const named = await json(
    home,
    'build',
    'op_status_table',
    '--input',
    `run_registry=${newer.runs[0].run_id}`,
  )
  t.equal(named.runs[0].inputs.run_registry.run_id, newer.runs[0].run_id, 'or the one that is named')
})

t.test('a dry run says what would be sealed, and writes nothing', async t => {
  const home = makeWorld(t)
  const before = treeOf(home.top)
  t.match(await json(home, 'build', 'run_registry', '--dry-run'), {
    code: 0,
    dry_run: true,
    runs: [{ registry_id: 'run_registry', files: { length: 4 } }],
  })
  t.match(await infraHere(['build', 'registry_delta_log', '-n', '--home', home.path]), {
    code: 0,
    stdout: /^would build registry_delta_log as /,
  })
  t.strictSame(treeOf(home.top), before)
})

t.test('a refusal leaves the tree as it was, and says how to go on', async t => {
  const home = makeWorld(t)
  const cases: readonly (readonly [words: string[], code: number, said: RegExp])[] = [
    [['build', 'nothing'], 2, /USAGE_BAD_TARGET.*run_registry, .*, all/],
    [['build', 'toString'], 2, /USAGE_BAD_TARGET/],
    [['build'], 2, /missing required argument/],
    [['build', 'all', '--input', 'run_registry'], 2, /want <registry>=<run id>/],
    [['build', 'all', '--input', 'nothing=a'], 2, /want <registry>=<run id>/],
    [['build', 'all', '--input', 'run_registry=../a'], 2, /want <registry>=<run id>/],
    [['build', 'all', '--input', 'run_registry=a', '--input', 'run_registry=b'], 2, /given twice/],
    [['build', 'op_status_table'], 1, /--input <registry>=<run>(?:.|\n)*POINTER_MISSING/],
    [['build', 'op_status_table', '--input', 'run_registry=a'], 1, /SEAL_NOT_A_SEAL/],
    [['build', 'op_status_table', '--input', 'run_registry=gone'], 1, /POINTER_RUN_MISSING/],
    [['build', 'run_registry', '--home', join(home.path, 'registry')], 1, /LAYER_RUNS_MISSING/],
  ]
  const before = treeOf(home.top)
  for (const [words, code, said] of cases) {
    const got = await infraHere(words, { cwd: home.top })
    t.match(got, { code, stdout: '', stderr: said }, words.join(' '))
    t.strictSame(treeOf(home.top), before)
  }
})

t.test('a chain that stops half-way says what it has sealed', async t => {
  const home = makeHome(t)
  putRun(home.path, 'a', {})
  const { code, stdout, stderr } = await infraHere(['build', 'all', '--home', home.path])
  t.match(
    { code, stdout, stderr },
    { code: 1, stdout: '', stderr: /__run_registry_build was sealed before(?:.|\n)*LAYER_CATALOG_MISSING/ },
  )
  t.equal(readdirSync(home.runs).length, 2)
})

t.test('locale and time zone change no byte', async t => {
  const home = makeWorld(t)
  for (const name of ['I', 'i', 'ı', 'é', 'z', 'ä', '10', '9'])
    putRun(home.path, name, { created_utc: `x${name}` })
  const textIn = (env: Record<string, string>): string => {
    const { code, stdout } = infra(['build', 'run_registry', '--dry-run', '--json', '--home', home.path], {
      env,
    })
    t.equal(code, 0)
    const { runs } = JSON.parse(stdout)
    return JSON.stringify(runs[0].files.find((file: { relpath: string }) => file.relpath.endsWith('.jsonl')))
  }
  const plain = textIn({})
  t.equal(textIn({ LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Pacific/Apia' }), plain)
  const seal = (env: Record<string, string>): string => {
    const { stdout } = infra(['build', 'run_registry', '--json', '--home', home.path], { env })
    const { run_id } = JSON.parse(stdout).runs[0]
    const text = fileOf(home, run_id, 'RUN_REGISTRY_v0_1.jsonl')
    return text
      .split('\n')
      .filter(line => !line.includes('__run_registry_build'))
      .join('\n')
  }
  t.equal(seal({ TZ: 'Pacific/Apia', LC_ALL: 'sv_SE.UTF-8' }), seal({ TZ: 'UTC', LC_ALL: 'C' }))
})

t.test('no network is used', async t => {
  const home = makeWorld(t)
  const said = infra(['build', 'all', '--home', home.path], {
    under: ['strace', '-f', '-qq', '-e', 'trace=connect,sendto', '-o', join(home.top, 'trace')],
  })
  if (said.code !== 0) return notRun(t, `no strace (${said.stderr.slice(0, 80)})`)
  t.notMatch(readFileSync(join(home.top, 'trace'), 'utf8'), /AF_INET/)
})
