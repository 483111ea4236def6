// `infra enable`, as it is typed and read.

import t from 'tap'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('switches on, with a new reason, and keeps the old one in the log', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('enable', 'acme/retired', '--reason', 'back again'), {
    code: 0,
    stdout: /^enabled acme\/retired/,
  })
  t.match(repo.document().orgs.acme?.repos.retired, {
    state: 'enabled',
    context: 'production',
    reason: 'back again',
  })
  t.match(repo.lines(), [{ action: 'enable', previous: { state: 'disabled', reason: 'a test' } }])
})

t.test('of what is enabled is refused', async t => {
  t.match(await makeRepo(t).run('enable', 'acme/app', ...REASON), { code: 1, stderr: /EDIT_ALREADY_ENABLED/ })
})
