// Enabling and disabling: what changes, what stays, and that doing nothing is refused.

import t from 'tap'
import { edit, editWorld, refusalOf, refused } from '../fixtures/edit-world.ts'

t.test('a switch changes state and reason, and keeps context and place', async t => {
  for (const [action, repo, state] of [
    ['disable', 'live', 'disabled'],
    ['enable', 'old', 'enabled'],
  ] as const) {
    const { document, before, after, changes, orgEmptied } = edit({ action, repo })
    const was = editWorld().orgs.acme!.repos[repo]!
    t.strictSame(before, was)
    t.strictSame(after, { ...was, state, reason: 'because a test says so' })
    t.strictSame(Object.keys(document.orgs.acme!.repos), Object.keys(editWorld().orgs.acme!.repos))
    t.match(changes, [{ action, previous: was }], 'the old reason is kept in the line')
    t.notOk('context' in changes[0]!)
    t.equal(orgEmptied, false)
  }
})

t.test('an entry keeps the order of its keys', async t => {
  const world = editWorld()
  const { state, context, process, reason } = world.orgs.acme!.repos.app!
  world.orgs.acme!.repos.app = { reason, process, context, state }
  const { document } = edit({ action: 'disable', repo: 'app' }, world)
  t.strictSame(Object.keys(document.orgs.acme!.repos.app!), ['reason', 'process', 'context', 'state'])
})

t.test('a switch that stands there already is refused', async t => {
  t.match(
    refusalOf(() => edit({ action: 'disable', repo: 'old' })),
    {
      code: 'EDIT_ALREADY_DISABLED',
      remedy: 'infra show acme/old',
    },
  )
  t.equal(refused({ action: 'enable', repo: 'app' }), 'EDIT_ALREADY_ENABLED')
})

t.test('only a registered repository, in its own spelling, is switched', async t => {
  for (const action of ['enable', 'disable'] as const) {
    t.equal(refused({ action, repo: 'nothing' }), 'EDIT_REPO_NOT_REGISTERED')
    t.equal(refused({ action, org: 'nobody', repo: 'app' }), 'EDIT_ORG_NOT_REGISTERED')
    t.equal(refused({ action, repo: 'APP' }), 'EDIT_CASE_COLLISION')
  }
})
