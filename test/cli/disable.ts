// `infra disable`, as it is typed and read.

import t from 'tap'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('switches off, and the entry stays', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('disable', 'acme/live', ...REASON), { code: 0, stdout: /^disabled acme\/live/ })
  t.match(repo.document().orgs.acme?.repos.live, { state: 'disabled', context: 'production' })
})

t.test('of what is disabled is refused, with what is there', async t => {
  const { code, stderr } = await makeRepo(t).run('disable', 'acme/retired', ...REASON)
  t.equal(code, 1)
  t.match(stderr, /EDIT_ALREADY_DISABLED .*production, reason "a test"/)
})
