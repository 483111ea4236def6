// The way to GitHub: arguments are arguments, a failure has a code, nothing waits for ever, and what is no answer is
// not taken for one.

import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { askGh, runGh } from '../../src/git/gh.ts'

/** Puts a program of the name `gh` on the PATH, or nothing at all; returns a folder to stand in. */
function fakeGh(t: Test, script: string | null): string {
  const dir = t.testdir({ bin: {} })
  const bin = join(dir, 'bin')
  if (script !== null) {
    writeFileSync(join(bin, 'gh'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, 'gh'), 0o755)
  }
  const path = process.env.PATH
  t.teardown(() => {
    process.env.PATH = path
  })
  process.env.PATH = script === null ? bin : `${bin}${delimiter}${path}`
  return dir
}

t.test('gh', async t => {
  t.test('gets its arguments and its input as they are', async t => {
    const cwd = fakeGh(t, 'for word; do printf "<%s>" "$word"; done; cat')
    t.equal(await runGh(cwd, ['a b', '$(id)', ';', "'"], { input: '$(id)\n' }), "<a b><$(id)><;><'>$(id)\n")
  })
  t.test('finds the end of its input when there is none', async t => {
    const cwd = fakeGh(t, 'cat; echo end')
    t.equal(await runGh(cwd, ['x']), 'end\n')
  })
  t.test('that does not read its input is heard all the same', async t => {
    const cwd = fakeGh(t, 'exec <&-; echo "no thanks" >&2; exit 1')
    await t.rejects(runGh(cwd, ['pr', 'x'], { input: 'x'.repeat(1 << 20) }), {
      code: 'GH_FAILED',
      message: 'gh pr x: no thanks',
    })
  })
  t.test('that is not there is told apart', async t => {
    await t.rejects(runGh(fakeGh(t, null), ['pr', 'view']), { name: 'GhError', code: 'GH_MISSING' })
  })
  t.test('that does not answer is ended, with all that it started', async t => {
    const cwd = fakeGh(t, 'sleep 60')
    const begun = performance.now()
    await t.rejects(runGh(cwd, ['pr', 'view', '1'], { deadlineMs: 100 }), {
      code: 'GH_TIMEOUT',
      message: 'gh pr view: no answer within 100 ms',
    })
    t.ok(performance.now() - begun < 10_000)
  })
})

t.test('askGh returns the document that it printed', async t => {
  t.strictSame(await askGh(fakeGh(t, `echo '[{"number":1}]'`), ['pr', 'list']), [{ number: 1 }])
  await t.rejects(askGh(fakeGh(t, 'echo no'), ['pr', 'list']), { code: 'GH_BAD_ANSWER' })
})
