// Where telemetry goes: an enabled repository has a target, of its own organisation, and nothing else has one.

import t from 'tap'
import { frontWorld, say, sayProblem, spoil } from '../fixtures/client-world.ts'

t.test('each outcome', async t => {
  const front = await frontWorld(t)
  const { revision } = front.live.snapshot!.info
  const told = { revision, ageSeconds: 0, degraded: false }
  t.strictSame(await front.client.telemetryTarget('beta_CORP', 'ONE'), {
    ...{ outcome: 'registered', org: 'beta_corp', repo: 'one', telemetryRepo: 'beta_corp/telemetry' },
    ...told,
    stale: false,
  })
  t.match(await front.client.telemetryTarget('Acme-Works', 'old'), {
    ...{ outcome: 'disabled', detail: /is disabled: why old/, telemetryRepo: undefined },
    ...told,
  })
  t.match(await front.client.telemetryTarget('Acme-Works', 'nope'), {
    outcome: 'not-registered',
    missing: 'repository',
  })
  t.match(await front.client.telemetryTarget('nobody', 'nope'), {
    outcome: 'not-registered',
    missing: 'organisation',
  })
})

t.test('a target of another organisation, or of another repository, is not trusted', async t => {
  const front = await frontWorld(t)
  front.moods.push(
    spoil(({ text }) => ({ text: text.replace('beta_corp/telemetry', 'evil/telemetry') })),
    spoil(({ text }) => ({ text: text.replace('"repo":"one"', '"repo":"two"') })),
    spoil(({ text }) => ({ text: text.replace(/"revision":"\w{64}"/, `"revision":"${'f'.repeat(64)}"`) })),
  )
  t.match(await front.client.telemetryTarget('beta_corp', 'one'), { outcome: 'untrusted', code: 'bad_shape' })
  t.match(await front.client.telemetryTarget('beta_corp', 'one'), {
    outcome: 'untrusted',
    code: 'wrong_subject',
  })
  t.match(await front.client.telemetryTarget('beta_corp', 'one'), {
    outcome: 'untrusted',
    code: 'revision_mismatch',
  })
})

t.test('a 403 of somebody else disables nothing', async t => {
  const front = await frontWorld(t)
  const html = say(403, { 'content-type': 'text/html' })
  front.moods.push(html, sayProblem(403, 'repo_disabled'))
  t.match(await front.client.telemetryTarget('k', 'k'), { outcome: 'unavailable', code: 'refused' })
  t.match(
    await front.client.telemetryTarget('k', 'k'),
    { outcome: 'unavailable', code: 'refused' },
    'without our marks',
  )
})
