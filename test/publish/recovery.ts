// What an interrupted change leaves of the log, and how that is mended; and what no recovery may ever touch.

import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { type Change, changePair, type Pair, planChange } from '../../src/publish/change.ts'
import { mend, mendedLog, planRecovery } from '../../src/publish/recovery.ts'
import { edit, editAll, editWorld, logOf } from '../fixtures/edit-world.ts'
import { type Home, homeAt, treeOf } from '../fixtures/home-world.ts'
import { bytesOf } from '../fixtures/registry-world.ts'

const OLD = bytesOf(editWorld())
const first = edit({})
const NEW = Buffer.from(first.bytes)
const LINE = Buffer.from(first.lines)
const change: Change = { registry: NEW, lines: LINE }
const legacy = Buffer.from(
  '{"timestamp":"2026-01-01T00:00:00Z","action":"disable","owner":"acme","repo":"old","process":"infra-cli","schema_version":"2.0"}\n',
)

function makePair(t: Test, registry: Uint8Array, changelog: Uint8Array): Home {
  const home = homeAt(t.testdir({ infra: { changelog: {} } }))
  writeFileSync(home.working, registry)
  writeFileSync(home.changelog, changelog)
  return home
}

const pairOf = (home: Home): string[] => [
  readFileSync(home.working, 'utf8'),
  readFileSync(home.changelog, 'utf8'),
]
/** The next change, which is none itself; returns what it mended. */
async function changeNothing(home: Home): Promise<string | null> {
  const same = ({ registry }: Pair): Change => ({ registry, lines: new Uint8Array() })
  return (await changePair(home.path, same)).recovered
}

const text = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString()

t.test('recovery', async t => {
  const reset = editAll([{ repo: 'app', reset: true }])
  const two = logOf(reset.changes)
  const after = bytesOf(reset.document)

  t.test('of a log cut at any byte leaves exactly the lines that are true', async t => {
    for (const [lines, next] of [
      [LINE, NEW],
      [two, after],
    ] as const) {
      const log = Buffer.concat([legacy, lines])
      for (let length = legacy.byteLength; length <= log.byteLength; length += 1) {
        const home = { log: log.subarray(0, length) }
        const plan = planRecovery(home.log, blobSha(OLD))
        t.equal(plan?.keep ?? length, legacy.byteLength, `old, ${length}`)
        if (length > legacy.byteLength && plan?.addEnd) t.fail(`${length} was completed`)
      }
      t.equal(planRecovery(log, blobSha(next)), undefined, 'the change was made')
    }
  })

  t.test('of a line that lacks only its end, where the change was made, adds the end', async t => {
    const home = makePair(t, NEW, Buffer.concat([legacy, LINE.subarray(0, -1)]))
    t.match(await changeNothing(home), /line end/)
    t.strictSame(pairOf(home), [text(NEW), text(legacy, LINE)])
    t.equal(await changeNothing(home), null, 'once')
  })

  t.test('of zeros, which a power loss leaves, cuts them off', async t => {
    for (const tail of [Buffer.alloc(300), Buffer.concat([LINE.subarray(0, 50), Buffer.alloc(100)])]) {
      const home = makePair(t, OLD, Buffer.concat([legacy, tail]))
      t.match(await changeNothing(home), /cut off/)
      t.strictSame(pairOf(home), [text(OLD), text(legacy)])
    }
  })

  t.test('never cuts what no interrupted change can have left', async t => {
    const later = edit(
      { action: 'disable', repo: 'new', now: new Date('2026-03-06T10:00:00Z') },
      first.document,
    )
    const refused: Record<string, Buffer> = {
      'a line of the field without its end': legacy.subarray(0, -1),
      'a note of somebody': Buffer.from('# to be continued'),
      'two changes of two commands, after the registry was set back': Buffer.concat([
        LINE,
        Buffer.from(later.lines),
      ]),
      'a line that leads from another registry': Buffer.from(later.lines),
      'the same without its end': Buffer.from(later.lines.trimEnd()),
    }
    for (const [what, log] of Object.entries(refused)) {
      const home = makePair(t, OLD, log)
      const before = treeOf(home.top)
      await t.rejects(
        changePair(home.path, () => change),
        { code: 'PUBLISH_LOG_DISAGREES' },
        what,
      )
      await t.rejects(
        planChange(home.path, () => change),
        { code: 'PUBLISH_LOG_DISAGREES' },
        what,
      )
      t.strictSame(treeOf(home.top), before)
    }
  })
})

t.test('the log as it will be is the log as it is, mended', async t => {
  for (const [registry, log] of [
    [OLD, Buffer.concat([legacy, LINE])],
    [NEW, Buffer.concat([legacy, LINE.subarray(0, -1)])],
  ] as const) {
    const home = makePair(t, registry, log)
    const recovery = planRecovery(log, blobSha(registry))
    const planned = mendedLog(log, recovery)
    mend(home.path, recovery)
    t.strictSame(readFileSync(home.changelog), Buffer.from(planned))
  }
  t.equal(mendedLog(legacy, undefined), legacy)
  t.throws(() => mend(t.testdir(), { keep: 0, addEnd: false, what: '' }), {
    ...{ code: 'PUBLISH_WRITE_FAILED', message: /nothing was changed/ },
  })
})
