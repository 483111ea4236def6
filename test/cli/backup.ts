// Backups: a ref of their own each, also two in one second, and never one over another.

import t from 'tap'
import { keepBackup } from '../../src/cli/backup.ts'
import { git, makeHome } from '../fixtures/home-world.ts'

const now = new Date('2026-01-02T03:04:05.678Z')
const REF = 'refs/infra/backup/infra/one/20260102T030405Z'

t.test('keepBackup', async t => {
  const { top } = makeHome(t, { git: true })
  const head = git(top, 'rev-parse', 'HEAD').trim()
  git(top, 'config', 'user.name', 'A Tester')
  git(top, 'config', 'user.email', 'tester@example.org')
  t.equal(await keepBackup(top, 'infra/one', head, now), REF)
  t.equal(await keepBackup(top, 'infra/one', head, now), `${REF}-2`)
  t.strictSame(
    git(top, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/infra').trim().split('\n'),
    [`${REF} ${head}`, `${REF}-2 ${head}`],
  )
  for (let at = 3; at < 100; at++) git(top, 'update-ref', `${REF}-${at}`, head)
  await t.rejects(keepBackup(top, 'infra/one', head, now), { code: 'FLOW_CHANGED_MEANWHILE' })
})
