// The two acts on an organisation: redirecting its telemetry, and removing it when it is empty.

import t from 'tap'
import { edit, editWorld, refusalOf, refused } from '../fixtures/edit-world.ts'

const redirect = { action: 'retarget-org', telemetryRepo: 'tele-2', confirmRedirect: true } as const
const removal = { action: 'remove-org', org: 'hollow', confirmDelete: true } as const

t.test('a redirect changes the one field, keeps the place, and remembers where telemetry went', async t => {
  for (const telemetryRepo of ['tele-2', 'acme/tele-2']) {
    const { document, changes, before, after } = edit({ ...redirect, telemetryRepo })
    t.equal(document.orgs.acme!.telemetry_repo, 'acme/tele-2')
    t.strictSame(document.orgs.acme!.repos, editWorld().orgs.acme!.repos)
    t.strictSame(Object.keys(document.orgs), Object.keys(editWorld().orgs))
    t.match(changes, [
      { owner: 'acme', telemetry_repo: 'tele-2', previous: { telemetry_repo: 'acme/telemetry' } },
    ])
    t.notOk('repo' in changes[0]!)
    t.strictSame([before, after], [{ telemetry_repo: 'acme/telemetry' }, { telemetry_repo: 'acme/tele-2' }])
  }
})

t.test('a redirect of entries has to be confirmed, and says how many there are', async t => {
  t.match(
    refusalOf(() => edit({ ...redirect, confirmRedirect: false })),
    {
      code: 'EDIT_UNCONFIRMED',
      message: /4 entries of acme, 1 enabled for production, from acme\/telemetry to acme\/tele-2/,
    },
  )
  t.match(
    refusalOf(() => edit({ ...redirect, org: 'Globex', confirmRedirect: false })),
    { message: /1 entry of Globex/ },
  )
  t.equal(
    edit({ ...redirect, org: 'hollow', confirmRedirect: false }).document.orgs.hollow!.telemetry_repo,
    'hollow/tele-2',
  )
})

t.test('a redirect goes to another repository of the organisation that is not registered itself', async t => {
  t.equal(refused({ ...redirect, telemetryRepo: undefined }), 'EDIT_TELEMETRY_MISSING')
  t.equal(refused({ ...redirect, telemetryRepo: 'telemetry' }), 'EDIT_TELEMETRY_UNCHANGED')
  t.equal(refused({ ...redirect, telemetryRepo: 'Telemetry' }), 'EDIT_TELEMETRY_UNCHANGED')
  t.equal(refused({ ...redirect, telemetryRepo: 'evil/t' }), 'EDIT_CROSS_ORG_TELEMETRY')
  t.equal(refused({ ...redirect, telemetryRepo: 'App' }), 'EDIT_TELEMETRY_SELF')
  t.equal(refused({ ...redirect, org: 'nobody' }), 'EDIT_ORG_NOT_REGISTERED')
  t.equal(refused({ ...redirect, org: 'ACME' }), 'EDIT_CASE_COLLISION')
})

t.test('an empty organisation is removed, once confirmed', async t => {
  const { document, changes, after } = edit(removal)
  t.notOk(Object.hasOwn(document.orgs, 'hollow'))
  t.equal(after, null)
  t.match(changes, [
    { action: 'remove-org', owner: 'hollow', previous: { telemetry_repo: 'hollow/telemetry' } },
  ])
  t.notOk('telemetry_repo' in changes[0]!)
  t.equal(refused({ ...removal, confirmDelete: false }), 'EDIT_UNCONFIRMED')
})

t.test('an organisation with repositories is not removed, and some are named', async t => {
  t.match(
    refusalOf(() => edit({ ...removal, org: 'acme' })),
    {
      code: 'EDIT_ORG_NOT_EMPTY',
      message: /4 entries: app, live, old, …/,
      remedy: /^infra unregister acme\/app /,
    },
  )
  t.match(
    refusalOf(() => edit({ ...removal, org: 'Globex' })),
    { message: /1 entry: x\.y_z \(/ },
  )
  t.equal(refused({ ...removal, org: 'nobody' }), 'EDIT_ORG_NOT_REGISTERED')
})
