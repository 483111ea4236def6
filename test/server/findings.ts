import t from 'tap'
import {
  invalidFullName,
  orgNotRegistered,
  repoDisabled,
  repoNotRegistered,
} from '../../src/server/findings.ts'

const entry = {
  org: 'Acme-Works',
  repo: 'old',
  state: 'disabled',
  context: 'production',
  telemetry_repo: 'Acme-Works/telemetry',
  process: 'infra-cli',
  reason: 'no longer used',
} as const

t.test('each refusal has its code and names the thing', async t => {
  t.strictSame(orgNotRegistered('nobody'), {
    code: 'org_not_registered',
    detail: 'organisation "nobody" is not in the registry',
  })
  t.strictSame(repoNotRegistered('Acme-Works', 'nothing'), {
    code: 'repo_not_registered',
    detail: 'repository "Acme-Works/nothing" is not in the registry',
  })
  t.strictSame(repoDisabled(entry), {
    code: 'repo_disabled',
    detail: 'repository "Acme-Works/old" is disabled: no longer used',
  })
  t.match(repoDisabled({ ...entry, reason: '' }).detail, '(no reason given)', 'says that there is no reason')
})

t.test('a name from the query is quoted and clipped', async t => {
  t.strictSame(invalidFullName('repo', 'a\r\nb'), {
    code: 'invalid_name',
    detail: 'repo is "a\\r\\nb" (want <organisation>/<repository>)',
  })
  t.ok(invalidFullName('repo', 'x'.repeat(9_000)).detail.length < 200)
})
