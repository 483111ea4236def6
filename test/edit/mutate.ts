// The whole of a mutation: bytes, lines and document that belong together, and an input that is never touched.

import t from 'tap'
import { renderChange } from '../../src/changelog/change.ts'
import { blobSha } from '../../src/core/digest.ts'
import { planMutation } from '../../src/edit/mutate.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import { edit, editAll, editWorld, frozen, NOW, refused, requestOf } from '../fixtures/edit-world.ts'
import { bytesOf } from '../fixtures/registry-world.ts'

const everyAction = [
  {},
  { action: 'disable', repo: 'app' },
  { action: 'enable', repo: 'old' },
  { action: 'unregister', repo: 'app', confirmDelete: true },
  { action: 'retarget-org', telemetryRepo: 'tele-2', confirmRedirect: true },
  { action: 'remove-org', org: 'hollow', confirmDelete: true },
  { repo: 'app', reset: true },
] as const

t.test('bytes, lines and document of each action belong together', async t => {
  const base = frozen(editWorld())
  for (const over of everyAction) {
    const mutation = edit(over, base)
    t.strictSame(parseRegistry(mutation.bytes, 'after'), mutation.document)
    t.equal(mutation.changes[0]!.registry_before, blobSha(bytesOf(base)))
    t.equal(mutation.changes.at(-1)!.registry_after, blobSha(mutation.bytes))
    t.equal(mutation.lines, mutation.changes.map(renderChange).join(''))
    for (const { timestamp, process, schema_version } of mutation.changes) {
      t.strictSame([timestamp, process, schema_version], [NOW, 'infra-cli', '2.0'])
    }
    t.equal(mutation.document.generated_at, base.generated_at, 'what was written by hand at the top stays')
    t.equal(mutation.document.description, base.description)
  }
  t.strictSame(base, editWorld())
})

t.test('only what the line speaks of differs in the bytes', async t => {
  const before = bytesOf(editWorld()).toString().split('\n')
  const after = Buffer.from(edit({ action: 'disable', repo: 'app' }).bytes)
    .toString()
    .split('\n')
  const differing = after.flatMap((line, at) => (line === before[at] ? [] : [line.trim()]))
  t.strictSame(differing, ['"state": "disabled",', '"reason": "because a test says so"'])
})

t.test(
  'what an action does not take, a reason and the clock are judged before anything is looked up',
  async t => {
    t.equal(refused({ action: 'enable', org: 'nobody', context: 'sandbox' }), 'EDIT_NOT_APPLICABLE')
    t.equal(refused({ action: 'enable', org: 'nobody', reason: '' }), 'EDIT_BAD_REASON')
    t.equal(
      refused({ action: 'enable', org: 'nobody', lastTimestamp: '2027-01-01T00:00:00Z' }),
      'EDIT_CLOCK_BACKWARD',
    )
  },
)

t.test('there and back again is the same registry, under another reason', async t => {
  const { document } = editAll([
    { action: 'disable', repo: 'app' },
    { action: 'enable', repo: 'app', reason: 'the first' },
  ])
  t.strictSame(document, editWorld())
})

t.test('an action that is none is a fault of the caller', async t => {
  t.throws(() => planMutation(editWorld(), requestOf({ action: 'frob' as 'enable' })), TypeError)
})
