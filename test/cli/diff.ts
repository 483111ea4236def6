// `infra diff`: what two registries say differently, wherever they lie, and an exit code for scripts.

import { writeFileSync } from 'node:fs'
import t from 'tap'
import { commitAll, sealAndPin } from '../fixtures/home-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('the working copy against the last commit, unless told otherwise', async t => {
  const repo = makeRepo(t)
  t.strictSame(await repo.run('diff'), { code: 0, stdout: 'no difference\n', stderr: '' })
  await repo.run('disable', 'acme/app', ...REASON)
  t.match(await repo.run('diff'), {
    code: 0,
    stdout: /^DISABLED {2}acme\/app {2}enabled sandbox "the first" -> /,
  })
  t.match(await repo.run('diff', 'HEAD'), { stdout: /^DISABLED/ })
  t.match(await repo.run('diff', 'HEAD', 'main'), { stdout: 'no difference\n' })
})

t.test('runs and commits, in any order', async t => {
  const repo = makeRepo(t)
  const { runId } = await sealAndPin(repo)
  commitAll(repo.top, 'sealed')
  await repo.run('disable', 'acme/live', ...REASON)
  commitAll(repo.top, 'a change')
  t.match(await repo.json('diff', runId, 'HEAD'), {
    from: runId,
    to: 'HEAD',
    risk: 'DISABLED',
    counts: { DISABLED: 1 },
  })
  t.match(await repo.json('diff', 'HEAD', runId), { risk: 'ENABLED' })
  t.match(await repo.json('diff', runId, 'main'), { risk: null, differences: [] })
})

t.test('formats and exit codes', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('diff', '--exit-code'), { code: 0 })
  t.match(await repo.run('diff', '--format', 'markdown'), { stdout: 'No difference.\n' })
  await repo.run('unregister', 'acme/app', '--confirm-delete', ...REASON)
  t.match(await repo.run('diff', '--exit-code'), { code: 1, stdout: /^REMOVED/, stderr: '' })
  t.match(await repo.run('diff', '--format', 'markdown'), {
    code: 0,
    stdout: /^1 `REMOVED`\n\n\| risk \| subject/,
  })
  t.strictSame(JSON.parse((await repo.run('diff', '--format', 'json')).stdout), await repo.json('diff'))
  t.match(await repo.run('diff', '--format', 'yaml'), { code: 2 })
  t.match(await repo.run('diff', 'nowhere'), { code: 1, stderr: /SOURCE_UNKNOWN_REF/ })
  writeFileSync(repo.working, '{}\n')
  t.match(await repo.run('diff', '--exit-code'), { code: 1, stderr: /unsupported_version/ })
})
