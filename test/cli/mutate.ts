// A change as it is told: what it changed, before and after, and what comes next.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { infra } from '../fixtures/home-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

const PROGRAM = fileURLToPath(new URL('../../src/bin/infra.ts', import.meta.url))

t.test('the whole text', async t => {
  const repo = makeRepo(t)
  const { code, stdout, stderr } = await repo.run('disable', 'acme/live', '--reason', 'moves to "app"')
  t.strictSame([code, stderr], [0, ''])
  t.equal(
    stdout,
    `disabled acme/live
  before     enabled, production, "serves customers"
  after      disabled, production, "moves to \\"app\\""
  telemetry  acme/telemetry
  reason     moves to "app"
  changed    infra/telemetry-registry.v2.json, infra/changelog/infra-changelog.jsonl
next: infra diff, then infra finalize
`,
  )
})

t.test('the document', async t => {
  const repo = makeRepo(t)
  const before = blobSha(readFileSync(repo.working))
  const told = await repo.json('unregister', 'Globex/x.y_z', '--confirm-delete', ...REASON)
  t.strictSame(
    { ...told, changes: told.changes.length },
    {
      action: 'unregister',
      org: 'Globex',
      repo: 'x.y_z',
      before: { state: 'enabled', context: 'sandbox', process: 'infra-cli', reason: 'a test' },
      after: null,
      telemetry_repo: 'Globex/telemetry',
      org_created: false,
      org_emptied: true,
      changes: 1,
      registry_before: before,
      registry_after: blobSha(readFileSync(repo.working)),
      files: ['infra/telemetry-registry.v2.json', 'infra/changelog/infra-changelog.jsonl'],
      recovered: null,
      dry_run: false,
    },
  )
  t.strictSame(told.changes, repo.lines())
})

t.test('a refusal is a document too', async t => {
  const repo = makeRepo(t)
  t.match(await repo.json('disable', 'acme/old', ...REASON), { error: { code: 'EDIT_ALREADY_DISABLED' } })
})

t.test('a clock that went back, and a registry the rules refuse, are refused', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 0 })
  const log = readFileSync(repo.changelog, 'utf8')
  repo.git('commit', '--quiet', '--all', '--message', 'a change')
  writeFileSync(repo.changelog, log.replace('2026-08-09', '2027-08-09'))
  repo.git('commit', '--quiet', '--all', '--message', 'a line of the future')
  const before = repo.tree()
  t.match(await repo.run('enable', 'acme/app', ...REASON), { code: 1, stderr: /EDIT_CLOCK_BACKWARD/ })
  t.strictSame(repo.tree(), before)
  writeFileSync(repo.working, readFileSync(repo.working, 'utf8').trimEnd())
  t.match(await repo.run('enable', 'acme/app', ...REASON), { code: 1, stderr: /LOG_DISAGREES|not_canonical/ })
})

t.test('a registry that changes while git is asked is changed as it is then', async t => {
  const repo = makeRepo(t)
  // A git that lets another change in before it answers, once.
  const folder = join(repo.top, '.git/bin')
  mkdirSync(folder)
  const script = `#!/bin/sh
case " $* " in *' status '*) mkdir '${repo.top}/.git/met' 2>/dev/null && {
  "$REAL_GIT" "$@" >"$0.out"
  PATH="$REAL_PATH" "$NODE" '${PROGRAM}' disable acme/live --reason 'in between' >/dev/null || exit 1
  exec cat "$0.out"
} ;; esac
exec "$REAL_GIT" "$@"
`
  writeFileSync(join(folder, 'git'), script, { mode: 0o755 })
  const path = process.env.PATH!
  const said = infra(['disable', 'acme/app', ...REASON], {
    cwd: repo.top,
    env: {
      PATH: `${folder}:${path}`,
      REAL_PATH: path,
      REAL_GIT: execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim(),
      NODE: process.execPath,
    },
  })
  t.match(said, { code: 0, stderr: '' })
  t.strictSame(
    repo.lines().map(({ repo }) => repo),
    ['live', 'app'],
  )
  const { app, live } = repo.document().orgs.acme!.repos
  t.match({ app, live }, { app: { state: 'disabled' }, live: { state: 'disabled' } })
})

t.test('what a terminal could obey is written out', async t => {
  const repo = makeRepo(t)
  const { code, stdout } = await repo.run('disable', 'acme/app', '--reason', 'a\u202eb')
  t.equal(code, 0)
  t.notMatch(stdout, '\u202e')
})
