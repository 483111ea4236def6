// `infra register`, as it is typed and read.

import t from 'tap'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('adds an entry, and with it an organisation that is new', async t => {
  const repo = makeRepo(t)
  const words = ['register', 'initech/tps', '--context', 'production', '--telemetry-repo', 'initech/tel']
  const { code, stdout } = await repo.run(...words, '--reason', 'reports')
  t.equal(code, 0)
  t.match(
    stdout,
    /^registered initech\/tps\n {2}before {5}not registered\n {2}after {6}enabled, production, "reports"\n/,
  )
  t.match(stdout, 'telemetry  initech/tel (initech is new here)')
  t.strictSame(repo.document().orgs.initech, {
    telemetry_repo: 'initech/tel',
    repos: { tps: { state: 'enabled', context: 'production', process: 'infra-cli', reason: 'reports' } },
  })
})

t.test('--reset gives a sandbox a new start, in two lines of one moment', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('register', 'acme/old', '--context', 'production', '--reset', ...REASON), {
    code: 0,
    stdout: /^reset acme\/old/,
  })
  const lines = repo.lines()
  t.strictSame(
    lines.map(({ action }) => action),
    ['unregister', 'register'],
  )
  t.equal(lines[0].timestamp, lines[1].timestamp)
  t.match(repo.document().orgs.acme?.repos.old, { state: 'enabled', context: 'production' })
})

t.test('names that every object answers to are names', async t => {
  const repo = makeRepo(t)
  for (const name of ['acme/__proto__', 'constructor/toString']) {
    const words = ['register', name, '--context', 'sandbox', '--telemetry', 'telemetry']
    t.match(await repo.run(...words, ...REASON), { code: 0 }, name)
    t.match(await repo.run('show', name), { code: 0 })
  }
  t.match(await repo.run('check', '--against', 'main'), { code: 0 })
})
