// The exposition, read back by a strict reader of the format.

import fc from 'fast-check'
import t from 'tap'
import { buildPicture } from '../../src/manifest/picture.ts'
import { printable } from '../../src/manifest/printable.ts'
import { PROBE_STATES } from '../../src/manifest/probe-state.ts'
import { renderMetrics } from '../../src/manifest/render-metrics.ts'
import { readExposition } from '../fixtures/exposition.ts'
import { FINDINGS, findingOf, NOW, PICTURE } from '../fixtures/picture-world.ts'

t.test('the whole text of one service', async t => {
  const found = findingOf('press', 'degraded', { version: '1.4.0', since: NOW.toISOString(), latencyMs: 2.5 })
  t.equal(
    renderMetrics(buildPicture([found], NOW)),
    `# HELP infra_mesh_service_up Whether the service serves: 1 if it is ready or degraded.
# TYPE infra_mesh_service_up gauge
infra_mesh_service_up{service="press",environment="prod",host="lime",port="8080"} 1
# HELP infra_mesh_service_state The state of the service: 1 for the one that it is in, 0 for every other.
# TYPE infra_mesh_service_state gauge
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="ready"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="degraded"} 1
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="not_ready"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="wrong_identity"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="not_health"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="too_large"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="protocol_error"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="hanging"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="stopped"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="unreachable"} 0
infra_mesh_service_state{service="press",environment="prod",host="lime",port="8080",state="no_address"} 0
# HELP infra_mesh_service_since_timestamp_seconds Since when the service is in its state.
# TYPE infra_mesh_service_since_timestamp_seconds gauge
infra_mesh_service_since_timestamp_seconds{service="press",environment="prod",host="lime",port="8080"} 1772443800.25
# HELP infra_mesh_service_info The version that the service says it is; always 1.
# TYPE infra_mesh_service_info gauge
infra_mesh_service_info{service="press",environment="prod",host="lime",port="8080",version="1.4.0"} 1
# HELP infra_mesh_probe_duration_seconds How long the whole answer of the service took.
# TYPE infra_mesh_probe_duration_seconds gauge
infra_mesh_probe_duration_seconds{service="press",environment="prod",host="lime",port="8080"} 0.0025
# HELP infra_mesh_probe_timestamp_seconds When the services were asked.
# TYPE infra_mesh_probe_timestamp_seconds gauge
infra_mesh_probe_timestamp_seconds 1772443800.25
`,
  )
})

t.test('each service has a series for every state, one of them 1', async t => {
  const samples = readExposition(renderMetrics(PICTURE))
  const states = samples.filter(({ name }) => name === 'infra_mesh_service_state')
  t.equal(states.length, FINDINGS.length * Object.keys(PROBE_STATES).length)
  const on = states
    .filter(({ value }) => value === 1)
    .map(({ labels }) => [labels.get('service'), labels.get('state')])
  t.strictSame(
    on,
    PICTURE.rows.map(({ service, state }) => [service, state]),
  )
  const up = samples.filter(({ name, value }) => name === 'infra_mesh_service_up' && value === 1)
  t.strictSame(
    up.map(({ labels }) => labels.get('service')),
    ['press', 'still'],
  )
})

t.test('what is not known has no series', async t => {
  const of = (name: string) => readExposition(renderMetrics(PICTURE)).filter(sample => sample.name === name)
  t.equal(of('infra_mesh_probe_duration_seconds').length, 3)
  t.equal(of('infra_mesh_service_info').length, 3)
  t.match(of('infra_mesh_probe_timestamp_seconds'), [{ value: NOW.getTime() / 1_000 }])
  t.notMatch(renderMetrics(buildPicture([findingOf('a', 'stopped')], NOW)), 'infra_mesh_service_info')
})

t.test('any name can stand in a label, and comes back', async () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('\\', '"', '\n', '\\n', '{},='),
  )
  fc.assert(
    fc.property(name, name, (service, host) => {
      const target = { service, host, port: 1, address: null, declared: { name: null, environment: null } }
      const samples = readExposition(renderMetrics(buildPicture([findingOf('', 'stopped', { target })], NOW)))
      const { labels } = samples[0]!
      return labels.get('service') === printable(service) && labels.get('host') === printable(host)
    }),
    { numRuns: 30 },
  )
})

t.test('the reader refuses what the format does not allow', async t => {
  const type = '# TYPE a gauge\n'
  t.equal(readExposition(`${type}a{b="c\\\\\\"\\n"} 1\n`)[0]!.labels.get('b'), 'c\\"\n')
  for (const text of [
    ...[`${type}a 1`, 'a 1\n', `${type}a\n`, `${type}a x\n`, `${type}a{b=c} 1\n`, `${type}a{b="c} 1\n`],
    ...[`${type}a{b="\\x"} 1\n`, `${type}a 1\na 1\n`, `${type}a{b="1",b="2"} 1\n`, `${type}9 1\n`],
    ...[`${type}${type}`, '# TYPE a thing\n', `${type}a 1\n# HELP a late\n`, `${type}a{b="\n"} 1\n`],
  ]) {
    t.throws(() => readExposition(text), JSON.stringify(text))
  }
})
