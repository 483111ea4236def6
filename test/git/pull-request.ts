// What gh tells of a pull request, read strictly: what is missing or of another kind is never taken for a pass.

import t from 'tap'
import { parsePullRequest } from '../../src/git/pull-request.ts'

const good = {
  ...{ number: 7, title: 'a title', url: 'https://x', state: 'OPEN', isDraft: false },
  ...{ isCrossRepository: false, baseRefName: 'main', headRefName: 'infra/one', mergeable: 'MERGEABLE' },
  ...{ headRefOid: 'a'.repeat(40), changedFiles: 1, files: [{ path: 'x', additions: 1 }] },
  statusCheckRollup: [{ name: 'ci', status: 'COMPLETED', conclusion: 'SUCCESS' }],
}

t.test('a good one', async t => {
  t.strictSame(parsePullRequest(good, 7), {
    ...{ number: 7, title: 'a title', url: 'https://x', state: 'OPEN', isDraft: false },
    ...{ isCrossRepository: false, base: 'main', head: 'infra/one', headCommit: 'a'.repeat(40) },
    ...{ mergeable: 'MERGEABLE', checks: [{ name: 'ci', verdict: 'passed' }], files: ['x'], fileCount: 1 },
  })
})

t.test('a member that is missing or of another kind', async t => {
  for (const key of Object.keys(good)) {
    for (const value of [undefined, null, {}, 1.5]) {
      if (key === 'statusCheckRollup' && (value === undefined || value === null)) continue
      if (key === 'changedFiles' && value === 1.5) continue
      const said = { ...good, [key]: value }
      t.throws(() => parsePullRequest(said, 7), { code: 'GH_BAD_ANSWER' }, `${key} ${value}`)
    }
  }
  for (const said of [null, undefined, 1, 'x', [], { ...good, number: 8 }, { ...good, headRefOid: '--x' }]) {
    t.throws(() => parsePullRequest(said, 7), { code: 'GH_BAD_ANSWER' })
  }
})

t.test('a check has passed only where that is said', async t => {
  const verdict = (check: object) => parsePullRequest({ ...good, statusCheckRollup: [check] }, 7).checks[0]
  const run = (status: unknown, conclusion: unknown) => verdict({ name: 'a', status, conclusion })?.verdict
  for (const conclusion of ['SUCCESS', 'NEUTRAL', 'SKIPPED']) t.equal(run('COMPLETED', conclusion), 'passed')
  for (const conclusion of ['FAILURE', 'CANCELLED', 'TIMED_OUT', 'ACTION_REQUIRED', 'STALE', '', null, 'x']) {
    t.equal(run('COMPLETED', conclusion), 'failed', String(conclusion))
  }
  for (const status of ['QUEUED', 'IN_PROGRESS', 'WAITING', undefined]) t.equal(run(status, ''), 'pending')
  t.equal(run('IN_PROGRESS', 'SUCCESS'), 'pending')
  const status = (state: string) => verdict({ context: 'b', state })
  t.strictSame(status('SUCCESS'), { name: 'b', verdict: 'passed' })
  for (const state of ['PENDING', 'EXPECTED']) t.equal(status(state)?.verdict, 'pending')
  for (const state of ['FAILURE', 'ERROR', 'x']) t.equal(status(state)?.verdict, 'failed')
  t.strictSame(verdict({}), { name: 'unnamed', verdict: 'pending' })
  t.throws(() => verdict([] as never) && verdict(null as never), { code: 'GH_BAD_ANSWER' })
})
