// One line: its keys in their order, and what the field's own validator would say of what we write.

import t from 'tap'
import {
  CHANGE_KEYS,
  type Change,
  isOwn,
  OWN_KEYS,
  renderChange,
  WRITTEN_REASON_PATTERN,
} from '../../src/changelog/change.ts'
import { edit } from '../fixtures/edit-world.ts'

const changes = [
  edit(),
  edit({ action: 'disable', repo: 'app' }),
  edit({ action: 'enable', repo: 'old' }),
  edit({ action: 'unregister', repo: 'app', confirmDelete: true }),
  edit({ action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true }),
  edit({ action: 'remove-org', org: 'hollow', confirmDelete: true }),
].flatMap(mutation => mutation.changes)

t.test('a line is written in the order of its keys, whatever order it was made in', async t => {
  for (const change of changes) {
    const reversed = Object.fromEntries(Object.entries(change).reverse()) as typeof change
    t.equal(renderChange(reversed), renderChange(change))
    t.equal(renderChange(change), `${JSON.stringify(change)}\n`)
    const keys = Object.keys(change)
    t.strictSame(
      keys,
      CHANGE_KEYS.filter(key => keys.includes(key)),
    )
  }
  t.equal(
    renderChange(
      edit(
        { action: 'disable', repo: 'old', reason: 'é "q"' },
        edit({ action: 'enable', repo: 'old' }).document,
      ).changes[0]!,
    ),
    '{"timestamp":"2026-03-05T10:00:00Z","action":"disable","owner":"acme","repo":"old","reason":"é \\"q\\"",' +
      '"process":"infra-cli","schema_version":"2.0","previous":{"state":"enabled","context":"sandbox",' +
      '"process":"infra-cli","reason":"because a test says so"},' +
      '"registry_before":"d8263b4606f2dd7741dde0343aad48e0472f08dc",' +
      '"registry_after":"8e931aadba9e6ee37eb5d2b1ef2ed8c7350be93b"}\n',
  )
})

t.test('what the field checks in a line holds for ours', async t => {
  const four = changes.filter(change => !change.action.endsWith('-org'))
  t.equal(four.length, 4)
  for (const change of four) {
    const line = JSON.parse(renderChange(change))
    for (const key of ['timestamp', 'action', 'owner', 'repo']) t.ok(line[key])
    t.equal(line.process, 'infra-cli')
    t.equal(line.schema_version, '2.0')
    t.ok(['register', 'enable', 'disable', 'unregister'].includes(line.action))
    t.ok(line.context === undefined || ['sandbox', 'production'].includes(line.context))
    for (const key of ['telemetry_repo', 'reason']) {
      t.ok(line[key] === undefined || (typeof line[key] === 'string' && line[key] !== ''))
    }
  }
})

t.test('a line is ours by the three keys that are ours', async t => {
  for (const change of changes) {
    t.ok(isOwn(change))
    const rest = Object.fromEntries(
      Object.entries(change).filter(([key]) => !OWN_KEYS.some(own => own === key)),
    )
    t.notOk(isOwn(rest as Change))
  }
})

t.test('a reason that shows nothing is none', async t => {
  const pattern = new RegExp(WRITTEN_REASON_PATTERN)
  for (const text of ['a', ' a ', '.', '🦊', '\u200bx']) t.ok(pattern.test(text), encodeURIComponent(text))
  for (const text of ['', ' ', '\u00a0', '\u200b', '\u3164', '\ufeff', 'a\n'])
    t.notOk(pattern.test(text), encodeURIComponent(text))
})
