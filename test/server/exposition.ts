import t from 'tap'
import { FORMATS, readMetrics, renderExposition } from '../../src/server/exposition.ts'
import { createMeters, openMeters } from '../../src/server/meters.ts'
import { PROBLEMS } from '../../src/server/problems.ts'
import type { Parts } from '../../src/server/server.ts'
import { checkHistograms, readExposition, readValueOf } from '../fixtures/exposition.ts'
import { FakeLive, registryText, snapshotOf } from '../fixtures/server-world.ts'

function partsOf(registry: string | null = registryText()) {
  const live = new FakeLive(registry === null ? undefined : snapshotOf(registry))
  const meters = openMeters(createMeters(2), 1)
  const service = { name: 'infra-resolver', version: '1.2.3', environment: 'test' }
  const parts = { live, meters, service } as unknown as Parts
  const read = async () => readExposition(await renderExposition(parts, FORMATS[0]))
  return { live, meters, parts, read }
}

t.test('what is known of the registry', async t => {
  const { live, read } = partsOf()
  const samples = await read()
  const value = (name: string, labels = {}) => readValueOf(samples, name, labels)
  const { revision } = live.snapshot!.info
  t.equal(
    value('infra_build_info', { version: '1.2.3', environment: 'test', node: process.versions.node }),
    1,
  )
  t.equal(value('infra_active_info', { root_sha256: revision, schema_version: '2.0' }), 1)
  t.equal(value('infra_activation_timestamp_seconds'), Date.parse('2026-03-02T09:00:01Z') / 1000)
  t.equal(value('infra_state_since_timestamp_seconds'), Date.parse('2026-03-02T09:00:02Z') / 1000)
  t.equal(value('infra_last_load_attempt_timestamp_seconds'), Date.parse('2026-03-02T09:00:03Z') / 1000)
  t.equal(value('infra_last_load_success_timestamp_seconds'), Date.parse('2026-03-02T09:00:03Z') / 1000)
  t.equal(value('infra_entries', { state: 'enabled', context: 'production' }), 4)
  t.equal(value('infra_entries', { state: 'enabled', context: 'sandbox' }), 2)
  t.equal(value('infra_entries', { state: 'disabled', context: 'production' }), 1)
  t.equal(value('infra_entries', { state: 'disabled', context: 'sandbox' }), 1)
  t.equal(value('infra_orgs'), 3)
  t.equal(value('infra_loads_total', { result: 'activated' }), 1)
  t.equal(value('infra_loads_total', { result: 'unchanged' }), 2)
})

t.test('each state has its series, and one of them is 1', async t => {
  const { live, read } = partsOf()
  const states = async (name: string) =>
    Object.fromEntries(
      (await read())
        .filter(sample => sample.name === name)
        .map(({ labels, value }) => [labels.get('state'), value]),
    )
  t.strictSame(await states('infra_state'), { ok: 1, degraded: 0, unavailable: 0 })
  t.strictSame(await states('infra_watch_state'), { ok: 1, degraded: 0 })
  t.strictSame(await states('infra_pin_memory_state'), { none: 1, ok: 0, degraded: 0 })
  live.memory = 'degraded'
  t.strictSame(await states('infra_pin_memory_state'), { none: 0, ok: 0, degraded: 1 })
  live.fail('seal_invalid')
  live.watch = 'degraded'
  t.strictSame(await states('infra_state'), { ok: 0, degraded: 1, unavailable: 0 })
  t.strictSame(await states('infra_watch_state'), { ok: 0, degraded: 1 })
  t.equal(readValueOf(await read(), 'infra_load_refusals_total', { code: 'seal_invalid' }), 3)
  live.snapshot = undefined
  t.strictSame(await states('infra_state'), { ok: 0, degraded: 0, unavailable: 1 })
})

t.test('of a registry that is not there nothing is said', async t => {
  const { read } = partsOf(null)
  const samples = await read()
  for (const name of [
    'infra_active_info',
    'infra_activation_timestamp_seconds',
    'infra_entries',
    'infra_orgs',
  ])
    t.notOk(
      samples.some(sample => sample.name === name),
      name,
    )
  t.equal(readValueOf(samples, 'infra_last_load_success_timestamp_seconds'), 0)
})

t.test('whatever can be counted is there before it was', async t => {
  const { parts, read } = partsOf()
  const samples = await read()
  for (const code of Object.keys(PROBLEMS)) t.equal(readValueOf(samples, 'infra_problems_total', { code }), 0)
  for (const metric of readMetrics(parts)) {
    if (metric.type === 'counter') t.not(metric.values.length, 0, metric.name)
    t.match(metric.help, /^[A-Z].+\.$/, metric.help)
  }
})

t.test('how it stands with the threads, also with the only one', async t => {
  const { parts, read } = partsOf()
  const threads = async () => {
    const samples = await read()
    const names = ['infra_threads_wanted', 'infra_threads_serving', 'infra_threads_replaced_total']
    return names.map(name => readValueOf(samples, name))
  }
  t.strictSame(await threads(), [1, 1, 0])
  Object.assign(parts, { threads: () => ({ wanted: 3, serving: 2, replaced: 4 }) })
  t.strictSame(await threads(), [3, 2, 4])
})

t.test('every histogram is one', async t => {
  const { meters, read } = partsOf()
  for (const seconds of [0.001, 0.02, 0.02, 3, 60]) meters.route('/repos').observe(200, seconds)
  const samples = await read()
  t.equal(checkHistograms(samples), 3 + 1, 'of loads by how they ended, and of one route')
  const bucket = (le: string) =>
    readValueOf(samples, 'http_request_duration_seconds_bucket', { route: '/repos', status: '2xx', le })
  t.strictSame(['0.005', '0.025', '2.5', '5', '+Inf'].map(bucket), [1, 3, 3, 4, 5])
  t.equal(readValueOf(samples, 'http_request_duration_seconds_sum'), 63.041)
})

t.test('OpenMetrics names a counter without its ending, and ends', async t => {
  const { parts } = partsOf()
  const text = await renderExposition(parts, FORMATS[1])
  t.match(text, /\n# EOF\n$/)
  t.match(text, /\n# TYPE infra_loads counter\ninfra_loads_total\{result="activated"\} 1\n/)
  t.equal(
    await renderExposition(parts, FORMATS[1]).then(again => again.split('\n').length),
    text.split('\n').length,
  )
})
