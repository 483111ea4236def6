// The history of an entry against the plain oracle: the whole log, parsed, filtered and turned round.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Change } from '../../src/changelog/change.ts'
import { parseChangelog } from '../../src/changelog/changelog.ts'
import { compileHistory } from '../../src/changelog/compiled-history.ts'
import { type History, openHistory } from '../../src/changelog/history.ts'
import { EditError } from '../../src/edit/error.ts'
import { planMutation } from '../../src/edit/mutate.ts'
import { editAll, editWorld, logOf, requests } from '../fixtures/edit-world.ts'
import { runs } from '../fixtures/registry-world.ts'

const historyOf = (log: Uint8Array): History => openHistory(compileHistory(log, 'log.jsonl'))
const ALL = { limit: 1_000_000 }

const { changes } = editAll([
  { action: 'disable', repo: 'app' },
  { action: 'enable', repo: 'app' },
  { action: 'retarget-org', repo: undefined, telemetryRepo: 'tele-2', confirmRedirect: true },
  { action: 'disable', repo: 'app' },
])

t.test('an entry has its own lines and those of its organisation, newest first', async t => {
  const history = historyOf(logOf(changes))
  t.strictSame([history.length, history.fault], [4, undefined])
  for (const [org, repo] of [
    ['acme', 'app'],
    ['ACME', 'App'],
  ] as const) {
    const { lines, before } = history.of(org, repo, ALL)
    t.strictSame(
      lines,
      [4, 3, 2, 1].map(line => ({ line, change: changes[line - 1], fault: undefined })),
    )
    t.equal(before, undefined)
  }
  t.strictSame(
    history.of('acme', 'live', ALL).lines.map(({ line }) => line),
    [3],
  )
  for (const [org, repo] of [
    ['acme2', 'app'],
    ['', ''],
    ['acme","repo":"app', ''],
    ['\u0161cme', 'app'],
    ['a'.repeat(500), 'b'.repeat(500)],
  ] as const) {
    t.strictSame(history.of(org, repo, ALL), { lines: [], before: undefined }, `${org}/${repo}`)
  }
})

t.test('stretches together are the whole, with no line twice', async t => {
  const history = historyOf(logOf(changes))
  for (const limit of [1, 2, 3, 4]) {
    const seen: number[] = []
    for (let before: number | undefined; ; ) {
      const page = history.of('acme', 'app', { limit, ...(before !== undefined && { before }) })
      seen.push(...page.lines.map(({ line }) => line))
      if (page.before === undefined) break
      before = page.before
    }
    t.strictSame(seen, [4, 3, 2, 1], `${limit} at a time`)
  }
})

t.test('an empty log is a log', async t => {
  const history = historyOf(Buffer.alloc(0))
  t.strictSame([history.length, history.fault], [0, undefined])
  t.strictSame(history.of('acme', 'app', ALL).lines, [])
})

t.test('a line that breaks the grammar is shown as one, and hides no other', async t => {
  const text = logOf(changes).toString().split('\n')
  text[1] = text[1]!.replace('infra-cli', 'somebody')
  const { lines } = historyOf(Buffer.from(text.join('\n'))).of('acme', 'app', ALL)
  t.match(lines[2], { line: 2, change: undefined, fault: { code: 'LOG_BAD_VALUE' } })
  t.strictSame(
    lines.filter(({ change }) => change !== undefined).map(({ line }) => line),
    [4, 3, 1],
  )
})

t.test('a history is that of the parsed log, for every log of accepted requests', async t => {
  fc.assert(
    fc.property(fc.array(requests, { maxLength: 30 }), wanted => {
      let document = editWorld()
      const all: Change[] = []
      for (const request of wanted) {
        try {
          const mutation = planMutation(document, request)
          document = mutation.document
          all.push(...mutation.changes)
        } catch (error) {
          if (!(error instanceof EditError)) throw error
        }
      }
      const log = logOf(all)
      const parsed = parseChangelog(log, 'log')
      const history = historyOf(log)
      for (const org of ['acme', 'Globex', 'new-org', '7', 'constructor', 'hollow']) {
        for (const repo of ['app', 'LIVE', 'old', '10', '__proto__', 'toString', 'x.y_z', 'nowhere']) {
          const mine = parsed.filter(
            ({ change }) =>
              change.owner.toLowerCase() === org.toLowerCase() &&
              (!('repo' in change) || change.repo.toLowerCase() === repo.toLowerCase()),
          )
          assert.deepEqual(
            history.of(org, repo, ALL).lines.map(({ line, change }) => ({ line, change })),
            mine.reverse(),
          )
        }
      }
    }),
    runs(60),
  )
  t.pass()
})
