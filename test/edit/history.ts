// The field's own history: its changelogs are read or refused as they deserve, its pull requests pass or fail, and its
// registries come out of our mutations byte for byte. Without the folder beside the checkout nothing is checked.

import t, { type Test } from 'tap'
import { checkChangelog, parseChangelog } from '../../src/changelog/changelog.ts'
import { blobSha } from '../../src/core/digest.ts'
import { checkConsistency } from '../../src/edit/consistency.ts'
import { checkLogExtends } from '../../src/edit/extends.ts'
import { planMutation } from '../../src/edit/mutate.ts'
import { blobOf, replayLog } from '../../src/edit/replay.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import { linesOf, refusalOf, vectorsOf } from '../fixtures/edit-world.ts'
import { entryOf, orgOf } from '../fixtures/registry-world.ts'

const registries = vectorsOf('registry-history')
const logs = vectorsOf('changelog-history')

const BLOB_2 = '6e9fe1100d596250251ca7593c2dc1cecac496f4'
const BLOB_5 = '5d116400f7387a0d479c7ed9e1d53f9b0346b7dc'

if (registries === undefined || logs === undefined) {
  t.comment(
    'THE REAL REGISTRIES AND CHANGELOGS ARE NOT BESIDE THIS CHECKOUT: nothing of the field was checked',
  )
  t.pass('skipped', { skip: 'no vectors' })
} else {
  const bytesOf = (name: string): Buffer => registries.get(name)!
  const registry = (name: string): RegistryDocument => parseRegistry(bytesOf(name), name)
  const log = (name: string): Buffer => logs.get(name)!
  const sandbox = { org: 'garybayes', repo: 'ta-sandbox' }
  const at = (text: string): { now: Date } => ({ now: new Date(text) })
  const isFile = (t: Test, bytes: Uint8Array, name: string): void =>
    void t.ok(Buffer.from(bytes).equals(bytesOf(name)), `the bytes of registry ${name}`)

  t.test('the real changelogs', async t => {
    t.strictSame(checkChangelog(log('01'), '01'), [], 'an empty one is a log of no lines')
    for (const [name, count] of [
      ['05', 3],
      ['08', 4],
      ['10', 6],
    ] as const) {
      t.equal(parseChangelog(log(name), name).length, count, `${name} is read`)
    }
    const spread = checkChangelog(log('02'), '02')
    t.equal(
      new Set(spread.map(fault => fault.line)).size,
      11,
      'one object on eleven lines is refused at each',
    )
    t.strictSame([...new Set(spread.map(fault => fault.code))].sort(), ['LOG_NOT_JSON', 'LOG_TRAILING_TEXT'])
  })

  t.test('the real steps come out of our mutations byte for byte', async t => {
    const registered = planMutation(registry('03'), {
      ...{ action: 'register', ...sandbox, context: 'sandbox', telemetryRepo: 'task-assistant-telemetry' },
      ...{ reason: 'Phase 3.4 validation sandbox onboarding', ...at('2026-02-04T23:45:28Z') },
    })
    isFile(t, registered.bytes, '04')
    const disabled = planMutation(registered.document, {
      ...{ action: 'disable', ...sandbox, reason: 'Phase 3.4 validation sandbox disabled' },
      ...at('2026-02-05T14:33:16Z'),
    })
    t.equal(blobSha(disabled.bytes), BLOB_5)
    const enabled = planMutation(disabled.document, {
      ...{ action: 'enable', ...sandbox, reason: 'Phase 3.4 validation sandbox enable' },
      ...at('2026-02-05T18:02:59Z'),
    })
    isFile(t, enabled.bytes, '06')
    const gone = planMutation(disabled.document, {
      ...{ action: 'unregister', ...sandbox, reason: 'Phase 3.4 validation sandbox unregistered' },
      ...{ confirmDelete: true, ...at('2026-02-04T02:24:15Z') },
    })
    isFile(t, gone.bytes, '03')
    const changes = [registered, disabled, enabled].flatMap(mutation => mutation.changes)
    t.strictSame(checkConsistency(registry('03'), linesOf(changes), registry('06')), [])

    const theirs = log('10').toString().trimEnd().split('\n')
    const ours = [registered, disabled, enabled].map(mutation => mutation.lines)
    for (const [line, own] of [
      [3, 0],
      [4, 1],
      [5, 2],
    ] as const) {
      t.ok(
        ours[own]!.startsWith(theirs[line]!.slice(0, -1)),
        'our line is the real one, and then our three keys',
      )
    }
  })

  t.test(
    'the second registry, with its empty reason, is read and built on, but is not written anew',
    async t => {
      const org = 'automated-assistant-systems'
      const repo = { org, repo: 'task-assistant-sandbox' }
      const owner = orgOf(org, { [repo.repo]: entryOf({ reason: '' }) })
      const second = {
        ...registry('01'),
        orgs: { [org]: { ...owner, telemetry_repo: `${org}/task-assistant-telemetry` } },
      }
      t.equal(blobOf(second), BLOB_2)
      const request = {
        action: 'register',
        ...repo,
        context: 'sandbox',
        telemetryRepo: 'x',
        reason: '',
      } as const
      t.equal(
        refusalOf(() => planMutation(registry('01'), { ...request, ...at('2026-01-21T23:10:00Z') })).code,
        'EDIT_BAD_REASON',
      )

      const one = planMutation(second, {
        ...{ action: 'register', org, repo: 'task-assistant', context: 'production' },
        ...{ reason: 'Primary Task Assistant repo registered in infra v2', ...at('2026-01-29T02:00:00Z') },
      })
      const two = planMutation(one.document, {
        ...{ action: 'register', org: 'garybayes', repo: 'ta-marketplace-install-test', context: 'sandbox' },
        telemetryRepo: 'garybayes/task-assistant-telemetry',
        reason: 'Marketplace install sandbox for Phase 3.4 validation (infra v2)',
        ...at('2026-01-29T02:00:00Z'),
      })
      isFile(t, two.bytes, '03')
      t.ok(two.orgCreated)
    },
  )

  t.test('the real log replays to the real registry, and says what it leaves open', async t => {
    const lines = parseChangelog(log('10'), 'log')
    const replay = replayLog(registry('03'), lines)
    t.strictSame(replay.discrepancies, [])
    t.equal(replay.blob, blobSha(bytesOf('06')))
    t.strictSame(
      replay.undetermined.map(({ line }) => line),
      [1, 2, 3, 4, 5, 6],
    )
    const blobs = lines.map((_, at) => replayLog(registry('03'), lines.slice(0, at + 1)).blob)
    const [third, fourth, sixth] = ['03', '04', '06'].map(name => blobSha(bytesOf(name)))
    t.strictSame(blobs, [fourth, BLOB_5, third, fourth, BLOB_5, sixth], 'through every registry there was')
  })

  t.test('of the real pull requests', async t => {
    const lines = parseChangelog(log('10'), 'log')
    const disabled = replayLog(registry('04'), lines.slice(1, 2)).document
    const steps = [
      ['#46', registry('04'), 1, disabled],
      ['#47', disabled, 2, registry('03')],
      ['#49', registry('03'), 3, registry('04')],
      ['#50', registry('04'), 4, disabled],
      ['#55', disabled, 5, registry('06')],
    ] as const
    for (const [pull, before, line, after] of steps) {
      t.strictSame(checkConsistency(before, lines.slice(line, line + 1), after), [], `${pull} passes`)
    }
    t.strictSame(checkLogExtends(log('08'), log('10'), 'log'), [], '#50 and #55 only add')

    t.match(
      checkLogExtends(log('05'), log('08'), 'log'),
      [{ code: 'LOG_LINE_DELETED', line: 1 }],
      '#48 is refused',
    )
    const org = 'automated-assistant-systems'
    const second = {
      ...registry('01'),
      orgs: { [org]: orgOf(org, { 'task-assistant-sandbox': entryOf({ reason: '' }) }) },
    }
    t.strictSame(
      checkConsistency(registry('01'), parseChangelog(log('01'), 'log'), second).map(({ code }) => code),
      ['LOG_CHANGE_WITHOUT_LINE', 'LOG_CHANGE_WITHOUT_LINE'],
      '#8 is refused: an organisation and an entry, and an empty log',
    )
    t.strictSame(
      checkConsistency(registry('03'), [], registry('04')).map(({ code }) => code),
      ['LOG_CHANGE_WITHOUT_LINE'],
      '#21 is refused',
    )
  })
}
