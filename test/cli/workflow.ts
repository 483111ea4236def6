// What the steps of the workflow share: which paths are the registry's, how a word is quoted for a shell, and that nothing but the right word confirms.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Io } from '../../src/cli/report.ts'
import {
  confirm,
  findCleanPlace,
  ghCall,
  partOf,
  readChanges,
  runOf,
  shellQuote,
} from '../../src/cli/workflow.ts'
import { makeGhWorld } from '../fixtures/gh-world.ts'
import { writeDeep } from '../fixtures/home-world.ts'
import { runs } from '../fixtures/registry-world.ts'

const place = { home: '/x/infra', top: '/x', prefix: 'infra', branch: 'b', defaultBranch: 'main' }
const RUN = '2026-01-02__030405__seal_telemetry_registry'

t.test('partOf knows the registry’s own files, and no others', async t => {
  t.equal(partOf(place, 'infra/telemetry-registry.v2.json'), 'registry')
  t.equal(partOf(place, 'infra/changelog/infra-changelog.jsonl'), 'changelog')
  t.equal(partOf(place, 'infra/registry/ACTIVE_REGISTRY_POINTERS_v0_1.json'), 'pointer')
  t.equal(partOf(place, `infra/.codex/RUNS/${RUN}/a/b.json`), 'run')
  t.equal(runOf(place, `infra/.codex/RUNS/${RUN}/run.json`), RUN)
  const foreign = ['telemetry-registry.v2.json', 'infra/x', 'infra/.codex/RUNS/x', `infra/.codex/RUNS/${RUN}`]
  for (const path of [...foreign, 'infra/.codex/RUNS/../x/y', 'infra/.codex/RUNS2/x/y', 'INFRA/x', '']) {
    t.equal(partOf(place, path), null, path)
  }
})

t.test('shellQuote', async t => {
  t.strictSame(['a/b-1', 'a b', "it's", '', '$x', 'ä'].map(shellQuote), [
    'a/b-1',
    "'a b'",
    "'it'\\''s'",
    "''",
    "'$x'",
    "'ä'",
  ])
  const word = fc.string({ unit: 'binary', minLength: 0, maxLength: 20 })
  const words = fc.array(
    word.filter(text => !text.includes('\0') && text.isWellFormed()),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(words, list => {
      const said = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${list.map(shellQuote).join(' ')}`])
      return said.toString() === `${list.join('\0')}\0`
    }),
    runs(30),
  )
})

t.test('confirm', async t => {
  const io = (answer?: string | null) =>
    (answer === undefined ? {} : { ask: async () => answer }) as unknown as Io
  const what = { what: 'this', want: 'merge 7', value: '7' }
  await confirm(io('  merge 7 '), { ...what, given: undefined })
  await confirm(io(null), { ...what, given: '7' })
  for (const answer of [undefined, null, '', 'y', 'merge', 'Merge 7', 'merge 70']) {
    await t.rejects(
      confirm(io(answer), { ...what, given: undefined }),
      { code: 'FLOW_UNCONFIRMED' },
      `${answer}`,
    )
  }
  await t.rejects(confirm(io('merge 7'), { ...what, given: 'merge 7' }), { code: 'FLOW_UNCONFIRMED' })
  await t.rejects(confirm(io('\u001b[2J'), { ...what, given: undefined }), {
    message: /^"\\u001b\[2J" was typed/,
  })
})

t.test('readChanges leaves out what a writer that died left behind, unless somebody staged it', async t => {
  const world = await makeGhWorld(t)
  const place = { home: world.home.path, top: world.top, prefix: 'infra', branch: 'b', defaultBranch: 'main' }
  const left = ['infra/.codex/STAGING/x', 'infra/.codex/LOCK']
  for (const path of left) writeDeep(join(world.top, path), 'x')
  writeFileSync(join(world.top, '.git/info/exclude'), '')
  t.strictSame(await readChanges(place), [])
  writeFileSync(join(world.top, 'infra/other'), 'x')
  t.match(await readChanges(place), [{ path: 'infra/other' }])
  world.git('add', '--force', ...left)
  t.strictSame((await readChanges(place)).map(({ path }) => path).sort(), [...left, 'infra/other'].sort())
})

t.test('ghCall waits as long as it is told', async t => {
  t.strictSame([ghCall({} as Io), ghCall({ ghDeadlineMs: 5 } as Io)], [{}, { deadlineMs: 5 }])
})

t.test('findCleanPlace wants a branch with nothing under way and nothing uncommitted', async t => {
  const { top, git } = await makeGhWorld(t, 'main', 'pushed')
  const find = () => findCleanPlace({ cwd: top, env: {} } as Io, undefined)
  t.match(await find(), { branch: 'infra/one', defaultBranch: 'main', prefix: 'infra' })
  writeFileSync(join(top, 'x'), '')
  await t.rejects(find(), { code: 'FLOW_NOT_CLEAN' })
  writeFileSync(join(top, '.git/MERGE_HEAD'), '')
  await t.rejects(find(), { code: 'FLOW_BUSY' })
  writeFileSync(join(top, '.git/HEAD'), git('rev-parse', 'HEAD'))
  await t.rejects(find(), { code: 'FLOW_DETACHED' })
})
