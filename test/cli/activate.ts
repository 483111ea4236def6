// `infra activate`, as it is read.

import t from 'tap'
import { infraHere, makeHome, pointerEntry, seal, sealAndPin, treeOf } from '../fixtures/home-world.ts'

t.test('the whole text', async t => {
  const home = makeHome(t)
  const one = await seal(home)
  const two = await seal(home)
  const activate = (...words: string[]) =>
    infraHere(['activate', '--home', home.path, '--reason', 'a test', ...words])
  t.strictSame(await activate(one.runId), {
    code: 0,
    stderr: '',
    stdout: `activated ${one.runId} (serial 1)\n  ROOT_SHA256  ${one.root}\n  nothing was active\n`,
  })
  t.strictSame(await activate(two.runId, '--dry-run'), {
    code: 0,
    stderr: '',
    stdout: `would activate ${two.runId} (serial 2)\n  ROOT_SHA256  ${two.root}\n  was ${one.runId} (serial 1)\n`,
  })
  t.strictSame(await activate(one.runId), {
    code: 0,
    stderr: '',
    stdout: `${one.runId} is active already (serial 1); nothing to do\n`,
  })
})

t.test('the whole document', async t => {
  const home = makeHome(t)
  const one = await sealAndPin(home)
  const two = await seal(home)
  const { stdout } = await infraHere(['activate', two.runId, '--home', home.path, '--reason', 'x', '--json'])
  t.strictSame(JSON.parse(stdout), {
    changed: true,
    before: { run_id: one.runId, root_sha256: one.root, serial: 1 },
    after: { run_id: two.runId, root_sha256: two.root, serial: 2 },
    dry_run: false,
  })
})

t.test('a reason is one line', async t => {
  const home = makeHome(t)
  const { runId } = await seal(home)
  const before = treeOf(home.top)
  for (const reason of ['', '  ', 'a\nb', 'a\u001b[31m', 'x'.repeat(1001), '\ud800']) {
    const { code, stdout } = await infraHere(['activate', runId, '--home', home.path, '--reason', reason])
    t.strictSame([code, stdout], [2, ''], JSON.stringify(reason).slice(0, 20))
  }
  t.strictSame(treeOf(home.top), before)
  const reason = 'Zürich, because "it" \\ is so'
  t.match(await infraHere(['activate', runId, '--home', home.path, '--reason', reason]), { code: 0 })
  t.equal(pointerEntry(home).notes, reason)
})

t.test('--expect', async t => {
  const home = makeHome(t)
  const one = await sealAndPin(home)
  const two = await seal(home)
  const activate = (expect: string) =>
    infraHere(['activate', two.runId, '--home', home.path, '--reason', 'x', '--expect', expect])
  for (const bad of ['', 'abc', 'None', one.root.toUpperCase(), `${one.root} `]) {
    t.match(await activate(bad), { code: 2, stderr: /want 64 lower-case hexadecimal digits, or none/ })
  }
  for (const other of ['none', two.root]) {
    t.match(await activate(other), { code: 4, stdout: '', stderr: /PUBLISH_CONFLICT.*infra status/ })
  }
  t.match(await activate(one.root), { code: 0 })
})
