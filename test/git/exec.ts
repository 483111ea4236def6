// The one door to git: arguments are arguments, a failure has a code, and nothing waits for ever.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { runGit } from '../../src/git/exec.ts'

/** Puts a program of the name `git` before the real one, or nothing at all in its place; returns a folder to stand in. */
function fakeGit(t: Test, script: string | null): string {
  const bin = t.testdir({ bin: {} })
  if (script !== null) {
    writeFileSync(join(bin, 'bin/git'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, 'bin/git'), 0o755)
  }
  const path = process.env.PATH
  t.teardown(() => {
    process.env.PATH = path
  })
  process.env.PATH = script === null ? join(bin, 'bin') : `${join(bin, 'bin')}${delimiter}${path}`
  return bin
}

t.test('git', async t => {
  t.test('returns the bytes that it printed', async t => {
    t.match((await runGit(t.testdir(), ['--version'])).toString(), /^git version \d/)
  })
  t.test('gets its arguments as they are, and is told not to write when it is asked', async t => {
    const cwd = fakeGit(t, 'for word; do printf "<%s>" "$word"; done')
    const said = await runGit(cwd, ['a b', '$(id)', ';', "'"])
    t.equal(said.toString(), "<--no-optional-locks><a b><$(id)><;><'>")
  })
  t.test('stands where it is told', async t => {
    const dir = fakeGit(t, 'pwd')
    mkdirSync(join(dir, 'c'), { recursive: true })
    t.match((await runGit(join(dir, 'c'), [])).toString(), /\/c\n$/)
  })
  t.test('that says no is told with what it said', async t => {
    const cwd = fakeGit(t, 'echo "fatal: because" >&2; exit 128')
    await t.rejects(runGit(cwd, ['x']), {
      name: 'GitError',
      code: 'GIT_FAILED',
      message: 'git x: fatal: because',
    })
  })
  t.test('that says nothing is told all the same', async t => {
    const cwd = fakeGit(t, 'exit 1')
    await t.rejects(runGit(cwd, ['x']), { code: 'GIT_FAILED', message: /^git x: ./ })
  })
  t.test('that does not answer is ended', async t => {
    const cwd = fakeGit(t, 'exec sleep 60')
    await t.rejects(runGit(cwd, ['x'], 100), {
      code: 'GIT_TIMEOUT',
      message: /no answer within 100 ms/,
    })
  })
  t.test('that is not there is told apart', async t => {
    const cwd = fakeGit(t, null)
    await t.rejects(runGit(cwd, ['x']), { code: 'GIT_MISSING' })
  })
})
