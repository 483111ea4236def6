// `infra retarget-org`, as it is typed and read.

import t from 'tap'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('sends every entry of an organisation elsewhere, once that is confirmed', async t => {
  const repo = makeRepo(t)
  const words = ['retarget-org', 'acme', '--telemetry-repo', 'acme/elsewhere', ...REASON]
  t.match(await repo.run(...words), {
    code: 1,
    stderr: /redirects 4 entries of acme, 1 enabled for production/,
  })
  const { code, stdout } = await repo.run(...words, '--confirm-redirect')
  t.equal(code, 0)
  t.match(
    stdout,
    /^redirected the telemetry of acme\n {2}before {5}acme\/telemetry\n {2}after {6}acme\/elsewhere\n/,
  )
  t.equal(repo.document().orgs.acme?.telemetry_repo, 'acme/elsewhere')
  t.match((await repo.run('diff')).stdout, /^TELEMETRY_REDIRECT/)
})

t.test('and never to another organisation', async t => {
  const words = ['retarget-org', 'acme', '--telemetry', 'evil/t', '--confirm-redirect', ...REASON]
  t.match(await makeRepo(t).run(...words), { code: 1, stderr: /EDIT_CROSS_ORG_TELEMETRY/ })
})
