// Registering: into a new organisation and an old one, beside what is there and never over it; and the reset of a
// sandbox, in two lines that any reader of the log understands.

import t from 'tap'
import { telemetryName } from '../../src/edit/step.ts'
import { edit, editWorld, refusalOf, refused } from '../fixtures/edit-world.ts'
import { entryOf, orgOf, registryOf } from '../fixtures/registry-world.ts'

t.test('a repository goes last into its organisation, enabled', async t => {
  const { document, before, after, orgCreated } = edit()
  t.strictSame(Object.keys(document.orgs.acme!.repos).at(-1), 'new')
  t.strictSame(after, entryOf({ reason: 'because a test says so' }))
  t.equal(before, null)
  t.equal(orgCreated, false)
})

t.test(
  'a first repository brings its organisation, last, with the telemetry repository that is named',
  async t => {
    for (const telemetryRepo of ['tele', 'initech/tele']) {
      const { document, orgCreated } = edit({ org: 'initech', telemetryRepo })
      t.equal(Object.keys(document.orgs).at(-1), 'initech')
      t.equal(document.orgs.initech!.telemetry_repo, 'initech/tele')
      t.equal(orgCreated, true)
    }
    t.equal(refused({ org: 'initech' }), 'EDIT_TELEMETRY_MISSING')
  },
)

t.test(
  'names that are whole numbers stand where JSON puts them, and still are what the line says',
  async t => {
    const { document, bytes } = edit({ org: '42', repo: '7', telemetryRepo: 't' })
    t.equal(Object.keys(document.orgs)[0], '42')
    t.strictSame(JSON.parse(Buffer.from(bytes).toString()), document)
  },
)

t.test('the telemetry repository of an organisation does not change in passing', async t => {
  for (const telemetryRepo of [undefined, 'telemetry', 'acme/telemetry']) {
    const { changes, document } = edit({ telemetryRepo })
    t.match(changes, [{ telemetry_repo: 'telemetry' }], 'the line names it either way')
    t.equal(telemetryName(document.orgs.acme!), 'telemetry')
  }
  const refusal = refusalOf(() => edit({ telemetryRepo: 'acme/other' }))
  t.match(
    refusal,
    { code: 'EDIT_TELEMETRY_MISMATCH', message: /acme\/telemetry.*acme\/other/ },
    'both are named',
  )
  t.match(refusal.remedy, /^infra retarget-org acme --telemetry-repo acme\/other /)
  t.equal(refused({ telemetryRepo: 'Telemetry' }), 'EDIT_CASE_COLLISION')
  t.equal(refused({ telemetryRepo: 'evil/telemetry' }), 'EDIT_CROSS_ORG_TELEMETRY')
})

t.test('a telemetry repository is not registered', async t => {
  t.equal(refused({ repo: 'telemetry' }), 'EDIT_TELEMETRY_SELF')
  t.equal(refused({ repo: 'TELEMETRY' }), 'EDIT_TELEMETRY_SELF')
  t.equal(refused({ org: 'initech', repo: 'x', telemetryRepo: 'x' }), 'EDIT_TELEMETRY_SELF')
})

t.test('what is registered already is shown and refused, with what may be done', async t => {
  for (const [repo, shown, remedy] of [
    ['app', /enabled, sandbox, reason "the first"/, /^infra register acme\/app --reset --context sandbox /],
    ['live', /enabled, production, reason "serves customers"/, /^infra show acme\/live$/],
    ['old', /disabled, sandbox, reason ""/, /^infra enable acme\/old /],
    ['retired', /disabled, production/, /^infra enable acme\/retired /],
  ] as const) {
    t.match(
      refusalOf(() => edit({ repo })),
      { code: 'EDIT_ALREADY_REGISTERED', message: shown, remedy },
    )
  }
})

t.test(
  'another spelling of an organisation or a repository is refused by the name that is registered',
  async t => {
    const world = registryOf({ garybayes: orgOf('garybayes', { 'ta-sandbox': entryOf() }) })
    const over = { org: 'GaryBayes', repo: 'ta-sandbox', telemetryRepo: 'GaryBayes/telemetry' }
    t.match(
      refusalOf(() => edit(over, world)),
      { code: 'EDIT_CASE_COLLISION', message: /want garybayes, got GaryBayes/ },
    )
    t.match(
      refusalOf(() => edit({ org: 'garybayes', repo: 'TA-Sandbox' }, world)),
      {
        code: 'EDIT_CASE_COLLISION',
        message: /want ta-sandbox, got TA-Sandbox/,
      },
    )
  },
)

t.test(
  'a reset takes a sandbox out and registers it anew, in two lines of one moment and one reason',
  async t => {
    for (const repo of ['app', 'old']) {
      const { changes, document, before, after } = edit({ repo, reset: true, context: 'production' })
      const old = editWorld().orgs.acme!.repos[repo]!
      t.match(changes, [
        { action: 'unregister', repo, previous: old },
        { action: 'register', repo, previous: null, context: 'production' },
      ])
      t.equal(changes[0]!.timestamp, changes[1]!.timestamp)
      t.equal(changes[0]!.registry_after, changes[1]!.registry_before)
      t.strictSame(before, old)
      t.strictSame(after, entryOf({ context: 'production', reason: 'because a test says so' }))
      t.equal(
        Object.keys(document.orgs.acme!.repos).at(-1),
        repo,
        'it goes last, as the two steps would leave it',
      )
    }
    t.match(
      edit({ org: 'Globex', repo: 'x.y_z', reset: true }),
      { orgCreated: false, orgEmptied: false },
      'of an only entry',
    )
  },
)

t.test('nothing but a sandbox is reset', async t => {
  t.equal(refused({ reset: true }), 'EDIT_REPO_NOT_REGISTERED')
  t.equal(refused({ org: 'nobody', telemetryRepo: 't', reset: true }), 'EDIT_REPO_NOT_REGISTERED')
  for (const [repo, remedy] of [
    ['live', /^infra disable /],
    ['retired', /^infra unregister .* --confirm-delete /],
  ] as const) {
    t.match(
      refusalOf(() => edit({ repo, reset: true })),
      { code: 'EDIT_PRODUCTION_IMMUTABLE', remedy },
    )
  }
  t.equal(refused({ repo: 'app', reset: true, telemetryRepo: 'other' }), 'EDIT_TELEMETRY_MISMATCH')
})
