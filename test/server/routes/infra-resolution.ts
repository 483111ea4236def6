import t from 'tap'
import { world } from '../../fixtures/server-world.ts'

const record = (members: object) => `${JSON.stringify(members, null, 2)}\n`

t.test('the record of the engines, byte for byte', async t => {
  const { get, live } = await world(t)
  const rest = { versionUsed: 'v2', registrySha: live.snapshot!.info.blobSha }
  t.test('of an enabled repository', async t => {
    const { text, headers } = await get('/infra-resolution/acme-works/APP')
    t.equal(
      text,
      record({
        orgOwner: 'Acme-Works',
        targetRepoName: 'app',
        telemetryRepo: 'Acme-Works/telemetry',
        repoContext: 'production',
        repoState: 'enabled',
        dashboard: { enabled: true, public: false },
        warnings: [],
        reasons: [],
        ...rest,
        outcomeCode: 'INFRA_OK',
      }),
    )
    t.equal(headers['content-type'], 'application/json; charset=utf-8')
  })
  t.test('of a disabled one', async t => {
    t.match((await get('/infra-resolution/Acme-Works/silent')).json, {
      repoState: 'disabled',
      repoContext: 'sandbox',
      dashboard: { enabled: false, public: false },
      outcomeCode: 'INFRA_OK',
    })
  })
  t.test('of one that is not registered', async t => {
    t.equal(
      (await get('/infra-resolution/acme-works/Nope')).text,
      record({
        orgOwner: 'Acme-Works',
        targetRepoName: 'Nope',
        telemetryRepo: 'Acme-Works/telemetry',
        repoContext: 'unknown',
        repoState: 'absent',
        dashboard: { enabled: false, public: false },
        warnings: ['repo not explicitly registered in infra v2; using org-level telemetry routing'],
        reasons: [],
        ...rest,
        outcomeCode: 'INFRA_REPO_UNREGISTERED',
      }),
    )
  })
  t.test('of one whose organisation is not', async t => {
    t.equal(
      (await get('/infra-resolution/Nobody/Nope')).text,
      record({
        orgOwner: 'Nobody',
        targetRepoName: 'Nope',
        telemetryRepo: '',
        repoContext: 'unknown',
        repoState: 'absent',
        dashboard: { enabled: false, public: false },
        warnings: [],
        reasons: ['repository not registered in infra v2'],
        ...rest,
        outcomeCode: 'INFRA_TELEMETRY_UNRESOLVABLE',
      }),
    )
  })
  t.test('is never made without a registry', async t => {
    live.snapshot = undefined
    for (const name of ['Acme-Works/app', 'Nobody/Nope']) {
      const { status, text } = await get(`/infra-resolution/${name}`)
      t.equal(status, 503)
      t.notMatch(text, 'INFRA_')
    }
  })
})
