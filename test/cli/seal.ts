// `infra seal`, as it is read.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { git, infraHere, makeHome, sealAndPin, treeOf, writeEntries } from '../fixtures/home-world.ts'

const now = () => new Date('2026-08-09T12:00:00Z')

t.test('the whole text', async t => {
  const home = makeHome(t, { git: true })
  const first = await infraHere(['seal', '--home', home.path], { now })
  const runId = '2026-08-09__120000__seal_telemetry_registry'
  const root = /ROOT_SHA256 {2}([0-9a-f]{64})/.exec(first.stdout)?.[1]
  t.strictSame(first, {
    code: 0,
    stderr: '',
    stdout: `sealed ${runId}
  ROOT_SHA256  ${root}
  infra-changelog_snapshot.jsonl  22 bytes
  telemetry-registry.v2_snapshot.json  679 bytes
  run.json  972 bytes
  manifest.json  456 bytes
  MANIFEST.sha256  432 bytes
  no active run to compare with
next: infra activate ${runId} --reason '<why>'
`,
  })
})

t.test('against an active run the change is told', async t => {
  const home = makeHome(t)
  await sealAndPin(home)
  writeEntries(home, 2)
  const { code, stdout } = await infraHere(['seal', '--home', home.path, '--json'])
  t.equal(code, 0)
  const document = JSON.parse(stdout)
  t.strictSame(Object.keys(document), ['run_id', 'root_sha256', 'files', 'change', 'dry_run'])
  t.match(document, {
    change: { entries: 3, removed: 1, retargeted: 0, verdict: 'ordinary' },
    dry_run: false,
  })
  t.match(
    (await infraHere(['seal', '--home', home.path])).stdout,
    '  against the active run: 1 of 3 entries removed, 0 re-targeted\n',
  )
})

t.test('--dry-run says what would be, and writes nothing', async t => {
  const home = makeHome(t, { git: true })
  const before = treeOf(home.top)
  const { code, stdout } = await infraHere(['seal', '--dry-run'], { cwd: home.path })
  t.equal(code, 0)
  t.match(stdout, /^would seal /)
  t.notMatch(stdout, /next:/)
  t.strictSame(treeOf(home.top), before)
})

t.test('the run says where it comes from', async t => {
  const home = makeHome(t, { git: true })
  const { stdout } = await infraHere(['seal', '--json'], { cwd: home.path })
  const folder = join(home.runs, JSON.parse(stdout).run_id)
  t.ok(readdirSync(folder).includes('run.json'))
  const { default: run } = await import(join(folder, 'run.json'), { with: { type: 'json' } })
  t.match(run, { git_commit: git(home.top, 'rev-parse', 'HEAD').trim(), working_tree_state: 'clean' })
})

t.test('a mass change needs its option', async t => {
  const home = makeHome(t, { count: 40 })
  await sealAndPin(home)
  writeEntries(home, 20)
  t.match(await infraHere(['seal', '--home', home.path]), { code: 1, stderr: /PUBLISH_MASS_CHANGE/ })
  t.match(await infraHere(['seal', '--home', home.path, '--mass-change']), { code: 0 })
})
