// `infra verify`: every fault of every folder, what was wanted and what was got, and it changes nothing.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { damage, editEntry, infraHere, makeHome, seal, sealAndPin, treeOf } from '../fixtures/home-world.ts'
import { sealFiles, writeFolder } from '../fixtures/seal-world.ts'

t.test('the whole text', async t => {
  const home = makeHome(t)
  const one = await sealAndPin(home)
  const two = await seal(home)
  damage(home, two.runId, 'infra-changelog_snapshot.jsonl')
  const before = treeOf(home.top)
  const { code, stdout, stderr } = await infraHere(['verify', '--home', home.path])
  const [, want, got] = /want ([0-9a-f]{64}), got ([0-9a-f]{64})/.exec(stdout) ?? []
  t.not(want, got)
  t.strictSame([code, stderr], [1, ''])
  t.equal(
    stdout,
    `valid    ${one.runId}  ${one.root}
INVALID  ${two.runId}
    infra-changelog_snapshot.jsonl: SEAL_DIGEST_MISMATCH sha256 (want ${want}, got ${got})
valid    registry/ACTIVE_REGISTRY_POINTERS_v0_1.json
valid    pin telemetry_registry  ${one.root}
3 valid, 1 invalid
`,
  )
  t.strictSame(treeOf(home.top), before)
})

t.test('folders that are named', async t => {
  const home = makeHome(t)
  const { runId, root } = await seal(home)
  const verify = (...words: string[]) => infraHere(['verify', ...words], { cwd: home.runs })
  t.match(await verify(runId), { code: 0, stdout: `valid    ${runId}  ${root}\n1 valid, 0 invalid\n` })
  t.match(await verify(runId, 'nothing'), { code: 1, stdout: /nothing\n +\.: SEAL_FOLDER_MISSING/ })
  t.test('may hold a copy of a run of another name', async t => {
    const { cpSync } = await import('node:fs')
    cpSync(join(home.runs, runId), join(home.runs, 'copy'), { recursive: true })
    t.match(await verify('copy'), { code: 1, stdout: /SEAL_RUN_ID_MISMATCH/ })
    t.match(await verify('copy', '--run-id', runId), { code: 0 })
  })
  t.test('are held to the rules of what they hold', async t => {
    writeFolder(join(home.runs, 'broken'), sealFiles({ runId: 'broken' }))
    const { code, stdout } = await verify('broken', '--json')
    t.equal(code, 1)
    t.match(JSON.parse(stdout), {
      valid: false,
      verdicts: [
        {
          path: 'broken',
          valid: false,
          readable: true,
          root_sha256: /^[0-9a-f]{64}$/,
          faults: [/:1:1 error/],
        },
      ],
    })
  })
  t.test('are shown with what a terminal obeys in quotes', async t => {
    const name = 'a\u001b[31mb'
    mkdirSync(join(home.runs, name))
    const { stdout } = await verify(name)
    t.match(stdout, 'INVALID  "a\\u001b[31mb"\n')
    t.notMatch(stdout, '\u001b')
  })
  t.test('get their remarks, valid or not', async t => {
    const files = sealFiles({
      runId: 'crlf',
      payload: { x: '' },
      list: text => text.replaceAll('\n', '\r\n'),
    })
    writeFolder(join(home.runs, 'crlf'), files)
    t.match(await verify('crlf'), { code: 0, stdout: /^ {4}warning: MANIFEST\.sha256: SEAL_LIST_CRLF/m })
  })
})

t.test('a home', async t => {
  t.test('without runs and pins has no fault', async t => {
    t.match(await infraHere(['verify', '--home', makeHome(t).path]), {
      code: 0,
      stdout: '0 valid, 0 invalid\n',
    })
  })
  t.test('with a broken pointer is invalid', async t => {
    const home = makeHome(t)
    await seal(home)
    writeFileSync(home.pointer, '{')
    t.match(await infraHere(['verify', '--home', home.path]), { code: 1, stdout: /POINTER_NOT_JSON/ })
  })
  t.test('with a pin to a run that is gone is invalid', async t => {
    const home = makeHome(t)
    const { runId } = await sealAndPin(home)
    rmSync(join(home.runs, runId), { recursive: true })
    t.match(await infraHere(['verify', '--home', home.path]), { code: 1, stdout: /POINTER_RUN_MISSING/ })
  })
  t.test('with a pin that is unknown or withdrawn is valid: it serves nothing', async t => {
    const home = makeHome(t)
    await sealAndPin(home)
    editEntry(home, entry => {
      entry.active_ref_known = false
    })
    const { code, stdout } = await infraHere(['verify', '--home', home.path])
    t.equal(code, 0)
    t.notMatch(stdout, 'pin telemetry_registry')
  })
})

t.test('what cannot be read is no verdict: it exits 3', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  const fs = await import('node:fs')
  const readSync = () => {
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
  }
  const { runCli } = await t.mockImport<typeof import('../../src/cli/program.ts')>(
    '../../src/cli/program.ts',
    {
      'node:fs': { ...fs, readSync },
    },
  )
  let out = ''
  const io = {
    out: (text: string) => (out += text),
    err: () => {},
    env: {},
    cwd: '/',
    now: () => new Date(0),
  }
  t.equal(await runCli(['verify', join(home.runs, runId), '--json'], '0', io), 3)
  t.match(JSON.parse(out), { verdicts: [{ valid: false, readable: false }] })
  out = ''
  t.equal(await runCli(['verify', '--home', home.path, '--json'], '0', io), 3)
  t.equal(await runCli(['activate', runId, '--reason', 'x', '--home', home.path], '0', io), 3)
})
