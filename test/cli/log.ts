// `infra log`: who did what and why, of everything or of one entry.

import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { makeRepo } from '../fixtures/repo-world.ts'

t.test('the whole text, and what it is narrowed to', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('log'), { code: 0, stdout: 'no change is logged\n' })
  await repo.run('register', 'acme/new', '--context', 'sandbox', '--reason', 'one')
  await repo.run('disable', 'acme/app', '--reason', 'two')
  await repo.run('retarget-org', 'acme', '--telemetry', 'other', '--confirm-redirect', '--reason', 'three')
  const at = '2026-08-09T12:00:00Z'
  const lines = [
    `${at}  register      acme/new  sandbox        one`,
    `${at}  disable       acme/app                 two`,
    `${at}  retarget-org  acme      -> acme/other  three`,
  ]
  t.strictSame(await repo.run('log'), { code: 0, stderr: '', stdout: `${lines.join('\n')}\n` })
  const told = async (...words: string[]) =>
    (await repo.json('log', ...words)).lines.map(({ line }: { line: number }) => line)
  t.strictSame(await told('ACME/new'), [1, 3], 'what happens to the organisation happens to its entries')
  t.strictSame(await told('acme'), [1, 2, 3])
  t.strictSame(await told('Globex'), [])
  t.strictSame(await told('--ref', 'HEAD'), [])
  t.match(await repo.run('log', 'a/b/c'), { code: 2, stderr: /USAGE_BAD_TARGET/ })
  t.strictSame((await repo.json('log')).lines[0], { line: 1, ...repo.lines()[0] })
})

t.test('a log that is not sound is refused, with every fault', async t => {
  const repo = makeRepo(t)
  writeFileSync(repo.changelog, `${readFileSync(repo.changelog, 'utf8')}\n{}\n`)
  const { code, stderr } = await repo.run('log')
  t.equal(code, 1)
  t.match(stderr, /jsonl:1:1 error LOG_BLANK_LINE/)
  t.match(stderr, /jsonl:2:1 error LOG_MISSING_KEY/)
})
