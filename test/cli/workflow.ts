// What the steps of the workflow share: which paths are the registry's, how changes are put in one line, how a word is
// quoted for a shell, and that nothing but the right word confirms.

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import type { Io } from '../../src/cli/report.ts'
import { confirm, ghCall, partOf, reasonOf, runOf, shellQuote, summarize } from '../../src/cli/workflow.ts'
import { editAll, linesOf } from '../fixtures/edit-world.ts'
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

t.test('a series of changes in one line', async t => {
  const one = linesOf(editAll([{ reason: 'why' }]).changes)
  t.equal(summarize(one), 'register acme/new')
  t.equal(reasonOf(one, 'x'), 'register acme/new: why')
  const { changes } = editAll([
    { repo: 'a' },
    { action: 'disable', repo: 'app' },
    { action: 'retarget-org', telemetryRepo: 'tel', confirmRedirect: true },
  ])
  t.equal(summarize(linesOf(changes)), '3 changes: register acme/a, disable acme/app, retarget-org acme')
  t.equal(reasonOf(linesOf(changes), 'x'), 'register acme/a; disable acme/app; retarget-org acme')
  t.equal(reasonOf([], 'otherwise'), 'otherwise')
  const many = linesOf(editAll(Array.from({ length: 90 }, (_, at) => ({ repo: `repo-${at}` }))).changes)
  t.ok(summarize(many).length <= 100 && summarize(many).endsWith('…'))
  t.equal(reasonOf(many, 'x').length, 1000)
  const long = linesOf(editAll([{ reason: 'x'.repeat(1000) }]).changes)
  t.equal(reasonOf(long, 'x').length, 1000)
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

t.test('ghCall waits as long as it is told', async t => {
  t.strictSame([ghCall({} as Io), ghCall({ ghDeadlineMs: 5 } as Io)], [{}, { deadlineMs: 5 }])
})
