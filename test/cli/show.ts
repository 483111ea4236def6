// `infra show`: the answer of the service, from whichever registry is asked.

import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { sealAndPin } from '../fixtures/home-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('the whole text', async t => {
  const repo = makeRepo(t)
  const { code, stdout, stderr } = await repo.run('show', 'ACME/Live')
  t.strictSame([code, stderr], [0, ''])
  t.equal(
    stdout,
    `acme/live
  state      enabled
  context    production
  telemetry  acme/telemetry
  reason     serves customers
  process    infra-cli
  registry   working copy, blob ${blobSha(readFileSync(repo.working))}
`,
  )
})

t.test('from the working copy, a commit or a sealed run', async t => {
  const repo = makeRepo(t)
  const { runId, root } = await sealAndPin(repo)
  repo.git('add', '--all')
  repo.git('commit', '--quiet', '--message', 'sealed')
  await repo.run('disable', 'acme/app', ...REASON)
  t.match(await repo.json('show', 'acme/app'), {
    state: 'disabled',
    registry: { run_id: null, revision: null },
  })
  t.match(await repo.json('show', 'acme/app', '--ref', 'HEAD'), { state: 'enabled' })
  t.match(await repo.json('show', 'acme/app', '--run', runId), {
    state: 'enabled',
    registry: { run_id: runId, revision: root, schema_version: '2.0' },
  })
  const before = repo.tree()
  for (const [words, code] of [
    [['--ref', 'nowhere'], 'SOURCE_UNKNOWN_REF'],
    [['--run', '../RUNS'], 'SOURCE_MISSING'],
    [['--run', 'nothing'], 'SEAL_FOLDER_MISSING'],
    [['--run', runId, '--ref', 'HEAD'], 'SOURCE_TWO_PLACES'],
  ] as const) {
    t.match(await repo.run('show', 'acme/app', ...words), { code: 1, stderr: new RegExp(code) })
  }
  t.strictSame(repo.tree(), before)
})

t.test('what is not there is told in the words of the service', async t => {
  const repo = makeRepo(t)
  const table: [name: string, code: string][] = [
    ['none/app', 'org_not_registered'],
    ['acme/none', 'repo_not_registered'],
    ['acme/toString', 'repo_not_registered'],
    ['acme', 'invalid_name'],
    ['acme/app/x', 'invalid_name'],
    ['\u212a/x', 'invalid_name'],
  ]
  for (const [name, code] of table) {
    t.match(await repo.run('show', name), { code: 1, stdout: '', stderr: new RegExp(code) }, name)
    t.match(await repo.json('show', name), { error: { code } })
  }
})

t.test('a registry that the rules refuse resolves nothing', async t => {
  const repo = makeRepo(t)
  writeFileSync(repo.working, readFileSync(repo.working, 'utf8').replace('"2.0"', '"3.0"'))
  t.match(await repo.run('show', 'acme/app'), { code: 1, stderr: /unsupported_version/ })
})
