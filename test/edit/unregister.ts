// Taking a repository out: confirmed, and out of production first.

import t from 'tap'
import { edit, editWorld, refusalOf, refused } from '../fixtures/edit-world.ts'

const gone = { action: 'unregister', confirmDelete: true } as const

t.test('an entry goes, and what it was is kept in the line', async t => {
  for (const repo of ['app', 'old', 'retired']) {
    const { document, after, changes } = edit({ ...gone, repo })
    t.notOk(Object.hasOwn(document.orgs.acme!.repos, repo))
    t.equal(after, null)
    t.match(changes, [{ previous: editWorld().orgs.acme!.repos[repo]! }])
  }
})

t.test('it has to be confirmed', async t => {
  t.match(
    refusalOf(() => edit({ action: 'unregister', repo: 'app' })),
    {
      code: 'EDIT_UNCONFIRMED',
      remedy: /^infra unregister acme\/app --confirm-delete /,
    },
  )
})

t.test('an enabled production entry is disabled first, whatever is confirmed', async t => {
  t.equal(refused({ ...gone, repo: 'live' }), 'EDIT_PRODUCTION_ENABLED')
  const { document } = edit({ action: 'disable', repo: 'live' })
  t.equal(edit({ ...gone, repo: 'live' }, document).after, null)
})

t.test('an organisation without its last repository stays, and this is said', async t => {
  const { document, orgEmptied } = edit({ ...gone, org: 'Globex', repo: 'x.y_z' })
  t.strictSame(document.orgs.Globex, { telemetry_repo: 'Globex/telemetry', repos: {} })
  t.equal(orgEmptied, true)
  t.equal(edit({ ...gone, repo: 'app' }).orgEmptied, false)
})

t.test('only what is registered goes', async t => {
  t.equal(refused({ ...gone, repo: 'nothing' }), 'EDIT_REPO_NOT_REGISTERED')
  t.equal(refused({ ...gone, org: 'nobody' }), 'EDIT_ORG_NOT_REGISTERED')
  t.equal(refused({ ...gone, repo: 'App' }), 'EDIT_CASE_COLLISION')
})
