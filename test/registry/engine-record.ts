// The engines' record: each outcome, whole, and the guard that its readers have.

import t from 'tap'
import { buildEngineRecord, renderEngineRecord } from '../../src/registry/engine-record.ts'
import { bytesOf, registryOf, snapshotOf } from '../fixtures/registry-world.ts'

const snapshot = snapshotOf(bytesOf(registryOf()))
const recordOf = (org: string, repo: string) =>
  buildEngineRecord({ org, repo }, snapshot.resolve(org, repo), snapshot.info.blobSha)

const common = { dashboard: { enabled: false, public: false }, warnings: [], reasons: [], versionUsed: 'v2' }
const registrySha = snapshot.info.blobSha

t.test('an enabled repository, asked for in any case, is told in its own spelling', async t => {
  t.strictSame(recordOf('aCME', 'APP'), {
    ...common,
    orgOwner: 'Acme',
    targetRepoName: 'app',
    telemetryRepo: 'Acme/telemetry',
    repoContext: 'sandbox',
    repoState: 'enabled',
    dashboard: { enabled: true, public: false },
    registrySha,
    outcomeCode: 'INFRA_OK',
  })
})

t.test('a disabled repository is found, and has no dashboard', async t => {
  t.match(recordOf('globex', 'x.y_z'), {
    repoContext: 'production',
    repoState: 'disabled',
    dashboard: { enabled: false, public: false },
    outcomeCode: 'INFRA_OK',
  })
})

t.test('an unknown repository of a known organisation is routed, with a warning', async t => {
  t.strictSame(recordOf('acme', 'Nope'), {
    ...common,
    orgOwner: 'Acme',
    targetRepoName: 'Nope',
    telemetryRepo: 'Acme/telemetry',
    repoContext: 'unknown',
    repoState: 'absent',
    warnings: ['repo not explicitly registered in infra v2; using org-level telemetry routing'],
    registrySha,
    outcomeCode: 'INFRA_REPO_UNREGISTERED',
  })
})

t.test('an unknown organisation goes nowhere, with a reason', async t => {
  t.strictSame(recordOf('constructor', 'name'), {
    ...common,
    orgOwner: 'constructor',
    targetRepoName: 'name',
    telemetryRepo: '',
    repoContext: 'unknown',
    repoState: 'absent',
    reasons: ['repository not registered in infra v2'],
    registrySha,
    outcomeCode: 'INFRA_TELEMETRY_UNRESOLVABLE',
  })
})

t.test('every record has the eleven keys in one order, and never both `owner` and `repo`', async t => {
  const keys =
    'orgOwner targetRepoName telemetryRepo repoContext repoState dashboard warnings reasons versionUsed registrySha outcomeCode'
  for (const [org, repo] of [
    ['Acme', 'app'],
    ['Acme', 'old'],
    ['Acme', 'x'],
    ['x', 'x'],
  ] as const) {
    const record = recordOf(org, repo)
    t.equal(Object.keys(record).join(' '), keys)
    t.notOk('owner' in record || 'repo' in record)
    t.strictSame(Object.keys(record.dashboard), ['enabled', 'public'])
  }
})

t.test('a record is rendered as the engines write it', async t => {
  t.equal(
    renderEngineRecord(recordOf('Acme', 'app')),
    `{
  "orgOwner": "Acme",
  "targetRepoName": "app",
  "telemetryRepo": "Acme/telemetry",
  "repoContext": "sandbox",
  "repoState": "enabled",
  "dashboard": {
    "enabled": true,
    "public": false
  },
  "warnings": [],
  "reasons": [],
  "versionUsed": "v2",
  "registrySha": "${registrySha}",
  "outcomeCode": "INFRA_OK"
}
`,
  )
})
