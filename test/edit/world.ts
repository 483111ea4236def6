// Lines carried out on a registry: what each does, and each way in which one does not follow from what was there.

import t from 'tap'
import type { Change } from '../../src/changelog/change.ts'
import { sameEntry, World } from '../../src/edit/world.ts'
import { edit, editAll, editWorld, frozen } from '../fixtures/edit-world.ts'
import { entryOf } from '../fixtures/registry-world.ts'

const own = (over: object, base = edit({ action: 'disable', repo: 'app' }).changes[0]!): Change =>
  ({ ...base, ...over }) as Change
const legacy = (over: object): Change =>
  ({
    ...{ timestamp: '2026-02-04T02:19:02Z', action: 'register', owner: 'acme', repo: 'new' },
    ...{ process: 'infra-cli', schema_version: '2.0', ...over },
  }) as Change

function objections(change: Change): string[] {
  return new World(editWorld()).apply(change).map(({ code }) => code)
}

t.test('a world that nothing was done to is its registry', async t => {
  t.strictSame(new World(frozen(editWorld())).document(), editWorld())
})

t.test('a line does what the mutation did', async t => {
  const { document, changes } = editAll([
    { org: '9', repo: '__proto__', telemetryRepo: 't' },
    { action: 'disable', repo: 'app' },
    { action: 'enable', repo: 'old' },
    { action: 'unregister', repo: 'retired', confirmDelete: true },
    { action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true },
    { action: 'remove-org', org: 'hollow', confirmDelete: true },
  ])
  const world = new World(frozen(editWorld()))
  for (const change of changes) t.strictSame(world.apply(change), [], change.action)
  t.strictSame(world.document(), document)
})

t.test('a line that does not follow from what was there is objected to', async t => {
  const registered = edit().changes[0]!
  const retargeted = edit({ action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true }).changes[0]!
  const removed = edit({ action: 'remove-org', org: 'hollow', confirmDelete: true }).changes[0]!
  const app = editWorld().orgs.acme!.repos.app!
  const live = editWorld().orgs.acme!.repos.live!
  for (const [name, change, ...want] of [
    ['an entry that is there', own({ repo: 'app' }, registered), 'LOG_CONTRADICTS'],
    ['another spelling of the owner', own({ owner: 'ACME' }), 'LOG_CONTRADICTS'],
    ['another spelling of the repository', own({ repo: 'APP' }), 'LOG_CONTRADICTS'],
    ['another telemetry repository', own({ telemetry_repo: 'x' }, registered), 'LOG_CONTRADICTS'],
    ['an unknown owner', own({ owner: 'nobody' }), 'LOG_CONTRADICTS'],
    ['an unknown repository', own({ repo: 'nothing' }), 'LOG_CONTRADICTS'],
    ['another entry before', own({ previous: { ...app, reason: 'x' } }), 'LOG_WRONG_PREVIOUS'],
    ['what is so already', own({ action: 'enable' }), 'LOG_CONTRADICTS'],
    [
      'production taken out at once',
      own({ action: 'unregister', repo: 'live', previous: live }),
      'LOG_FORBIDDEN',
    ],
    ['a redirect of nobody', own({ owner: 'nobody' }, retargeted), 'LOG_CONTRADICTS'],
    ['a redirect to the same', own({ telemetry_repo: 'telemetry' }, retargeted), 'LOG_CONTRADICTS'],
    [
      'a redirect from elsewhere',
      own({ previous: { telemetry_repo: 'acme/x' } }, retargeted),
      'LOG_WRONG_PREVIOUS',
    ],
    [
      'an organisation that is not empty',
      own({ owner: 'acme', previous: { telemetry_repo: 'acme/telemetry' } }, removed),
      'LOG_FORBIDDEN',
    ],
    ['no context', legacy({ telemetry_repo: 't' }), 'LOG_UNDETERMINED'],
    ['no telemetry', legacy({ owner: 'initech', context: 'sandbox' }), 'LOG_UNDETERMINED'],
  ] as const) {
    t.strictSame(objections(change), want, name)
  }
})

t.test('a line of the field does what its tool did', async t => {
  const world = new World(editWorld())
  t.strictSame(
    world.apply(legacy({ context: 'production', telemetry_repo: 'ignored' })),
    [],
    'a telemetry that was ignored',
  )
  t.strictSame(
    world.apply(legacy({ action: 'disable', repo: 'app', context: 'production' })),
    [],
    'a context that was too',
  )
  t.strictSame(world.apply(legacy({ action: 'unregister', repo: 'live' })), [], 'production, in one step')
  const { acme } = world.document().orgs
  t.equal(acme!.telemetry_repo, 'acme/telemetry')
  t.strictSame(acme!.repos.new, entryOf({ context: 'production', reason: '' }))
  t.strictSame(
    acme!.repos.app,
    entryOf({ state: 'disabled', reason: '' }),
    'a reason that was not given was blanked',
  )
})

t.test('two entries are the same in whatever order their keys stand', async t => {
  const { state, context, process, reason } = entryOf()
  t.ok(sameEntry(entryOf(), { reason, process, context, state }))
  for (const over of [
    { state: 'disabled' },
    { context: 'production' },
    { process: 'x' },
    { reason: 'x' },
  ] as const) {
    t.notOk(sameEntry(entryOf(), entryOf(over)))
  }
})
