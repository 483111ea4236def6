// `infra check`: all gates, in each format, over each thing it can be given.

import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { annotate } from '../../src/cli/check.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'
import { commitAll, PROGRAM, sealAndPin } from '../fixtures/home-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

t.test('the whole text', async t => {
  const repo = makeRepo(t)
  const { runId } = await sealAndPin(repo)
  commitAll(repo.top, 'sealed')
  t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 0 })
  t.strictSame(await repo.run('check', '--against', 'main'), {
    code: 0,
    stdout: `ok      registry
ok      changelog
ok      log
ok      pin
ok      drift
    infra/telemetry-registry.v2.json:1:1 warning GATE_DRIFT differs from the pinned run ${runId} (next: infra finalize; after a rollback, undo it in the working copy first)
ok      against
all gates passed
`,
    stderr: '',
  })
  const text = readFileSync(repo.working, 'utf8')
  writeFileSync(repo.working, text.replace('"disabled"', '"off"'))
  const failed = await repo.run('check')
  t.equal(failed.code, 1)
  t.match(
    failed.stdout,
    /^FAILED {2}registry\n {4}infra\/telemetry-registry\.v2\.json:10:11 error bad_value /,
  )
  t.match(failed.stdout, /\n1 of 3 gates failed\n$/)
  t.equal(failed.stderr, '')
})

t.test('--strict wants a pin that agrees', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('check', '--strict'), { code: 1, stdout: /FAILED {2}pin/ })
  await sealAndPin(repo)
  t.match(await repo.run('check', '--strict'), { code: 0, stdout: /ok {6}drift\nall gates passed\n$/ })
})

t.test('formats', async t => {
  const repo = makeRepo(t)
  writeFileSync(repo.changelog, '\n')
  const json = await repo.json('check')
  t.match(json, {
    ok: false,
    gates: [
      { name: 'registry', ok: true },
      { name: 'changelog', faults: [{ line: 1 }] },
    ],
  })
  t.strictSame(JSON.parse((await repo.run('check', '--format', 'json')).stdout), json)
  t.strictSame(await repo.run('check', '--format', 'github'), {
    code: 1,
    stdout:
      '::error file=infra/changelog/infra-changelog.jsonl,line=1,col=1,title=LOG_BLANK_LINE::the line is blank (want one change)\n',
    stderr: '',
  })
})

t.test('an annotation is one command, whatever is in it', async t => {
  const fault: Diagnostic = {
    ...{
      severity: 'warning',
      code: 'A:B,C',
      message: '50%\r\n::error::x',
      file: 'a:b,c%.json',
      line: 1,
      column: 2,
    },
  }
  t.equal(
    annotate(fault),
    '::warning file=a%3Ab%2Cc%25.json,line=1,col=2,title=A%3AB%2CC::50%25%0D%0A::error::x',
  )
})

t.test('a file is judged by the rules alone', async t => {
  const repo = makeRepo(t)
  copyFileSync(repo.working, join(repo.top, 'copy.json'))
  writeFileSync(join(repo.top, 'log.jsonl'), '{}\n')
  t.match(await repo.run('check', 'copy.json'), { code: 0, stdout: 'ok      registry\nall gates passed\n' })
  t.match(await repo.run('check', 'log.jsonl'), {
    code: 1,
    stdout: /FAILED {2}changelog\n {4}log\.jsonl:1:1 error LOG_/,
  })
  t.match(await repo.run('check', 'none.json'), { code: 1, stderr: /SOURCE_MISSING/ })
  t.match(await repo.run('check', '.'), { code: 3, stderr: /SOURCE_UNREADABLE/ })
  for (const words of [['--index'], ['--ref', 'HEAD'], ['--against', 'main'], ['--strict']]) {
    t.match(await repo.run('check', 'copy.json', ...words), { code: 2, stderr: /USAGE_CONTRADICTION/ })
  }
  t.match(await repo.run('check', '--index', '--ref', 'HEAD'), { code: 2, stderr: /cannot be used with/ })
})

t.test('standard input is a file too', async t => {
  const repo = makeRepo(t)
  const check = (input: string | Buffer) =>
    spawnSync('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, PROGRAM, 'check', '-'], {
      ...{ input, encoding: 'utf8', cwd: repo.top },
    })
  t.match(check(readFileSync(repo.working)), { status: 0, stdout: 'ok      registry\nall gates passed\n' })
  t.match(check('{"schema_version":2.0}'), { status: 1, stdout: /<stdin>:1:2 error unsupported_version/ })
  t.match(check(''), { status: 1, stdout: /not_json/ })
})

t.test('a disk that fails is no verdict', async t => {
  const repo = makeRepo(t)
  if (process.getuid?.() === 0) return t.comment('NOT TESTED: root reads everything')
  chmodSync(repo.working, 0)
  t.match(await repo.run('check'), { code: 3, stdout: /SOURCE_UNREADABLE/ })
})

t.test('the index and a commit', async t => {
  const repo = makeRepo(t)
  writeFileSync(repo.working, '{}\n')
  repo.git('add', '--all')
  t.match(await repo.run('check', '--index'), { code: 1 })
  t.match(await repo.run('check', '--ref', 'HEAD', '--against', 'main'), { code: 0 })
  t.match(await repo.run('check', '--ref', 'nowhere'), { code: 1, stderr: /SOURCE_UNKNOWN_REF/ })
})
