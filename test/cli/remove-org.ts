// `infra remove-org`, as it is typed and read.

import t from 'tap'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('takes out an organisation that has nothing left', async t => {
  const repo = makeRepo(t)
  const { code, stdout } = await repo.run('remove-org', 'hollow', '--confirm-delete', ...REASON)
  t.equal(code, 0)
  t.match(stdout, /^removed hollow\n {2}before {5}hollow\/telemetry\n {2}after {6}not registered\n/)
  t.notOk('hollow' in repo.document().orgs)
  t.match(repo.lines(), [
    { action: 'remove-org', owner: 'hollow', previous: { telemetry_repo: 'hollow/telemetry' } },
  ])
})

t.test('and no other', async t => {
  const { code, stderr } = await makeRepo(t).run('remove-org', 'acme', '--confirm-delete', ...REASON)
  t.equal(code, 1)
  t.match(stderr, /EDIT_ORG_NOT_EMPTY/)
})
