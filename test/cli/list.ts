// `infra list`: what is registered, narrowed as the service narrows it.

import t from 'tap'
import { renderTable } from '../../src/cli/list.ts'
import { makeRepo } from '../fixtures/repo-world.ts'

t.test('the whole text', async t => {
  const { code, stdout, stderr } = await makeRepo(t).run('list')
  t.strictSame([code, stderr], [0, ''])
  t.equal(
    stdout,
    `acme/app      enabled   sandbox     acme/telemetry    the first
acme/live     enabled   production  acme/telemetry    serves customers
acme/old      disabled  sandbox     acme/telemetry
acme/retired  disabled  production  acme/telemetry    a test
Globex/x.y_z  enabled   sandbox     Globex/telemetry  a test
5 registered
`,
  )
})

t.test('filters narrow it, together', async t => {
  const repo = makeRepo(t)
  const names = async (...words: string[]) =>
    (await repo.json('list', ...words)).items.map(
      ({ org, repo }: { org: string; repo: string }) => `${org}/${repo}`,
    )
  t.strictSame(await names('--org', 'GLOBEX'), ['Globex/x.y_z'])
  t.strictSame(await names('--state', 'disabled', '--context', 'production'), ['acme/retired'])
  t.strictSame(await names('--q', 'E/L'), ['acme/live'])
  t.strictSame(await names('--q', 'none'), [])
  t.match((await repo.run('list', '--org', 'none')).stdout, /^0 of 5 registered\n$/)
  t.match(await repo.run('list', '--state', 'ENABLED'), {
    code: 2,
    stderr: /Allowed choices are enabled, disabled/,
  })
})

t.test('a table is as wide as its widest cells', async t => {
  t.strictSame(
    renderTable([
      ['a', 'bb'],
      ['ccc', ''],
    ]),
    ['a    bb', 'ccc'],
  )
  t.strictSame(renderTable([]), [])
})
