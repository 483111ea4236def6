// `infra unregister`, as it is typed and read.

import t from 'tap'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('takes an entry out, and says when the organisation is left with none', async t => {
  const repo = makeRepo(t)
  const { code, stdout } = await repo.run('unregister', 'Globex/x.y_z', '--confirm-delete', ...REASON)
  t.equal(code, 0)
  t.match(stdout, /^unregistered Globex\/x\.y_z\n.*\n {2}after {6}not registered\n/)
  t.match(stdout, 'to remove it too: infra remove-org Globex --confirm-delete')
  t.strictSame(repo.document().orgs.Globex?.repos, {})
})

t.test('needs a yes, and two steps for production', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('unregister', 'acme/app', ...REASON), { code: 1, stderr: /EDIT_UNCONFIRMED/ })
  const words = ['unregister', 'acme/live', '--confirm-delete', ...REASON]
  t.match(await repo.run(...words), { code: 1, stderr: /try: infra disable acme\/live/ })
  t.match(await repo.run('disable', 'acme/live', ...REASON), { code: 0 })
  t.match(await repo.run(...words), { code: 0 })
})
