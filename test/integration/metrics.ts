// `/metrics` of the real program: what it is good for is that it moves when something happens, and that an alert comes
// of it. Each phase is driven from outside and looked at as Prometheus would.

import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { LOAD_CODES } from '../../src/live/load-result.ts'
import { PROBLEMS } from '../../src/server/problems.ts'
import { checkHistograms, readExposition, readValueOf, type Sample } from '../fixtures/exposition.ts'
import { alertsOver, noPromtool, promtool } from '../fixtures/promtool.ts'
import { registryText, type Service, startService } from '../fixtures/service.ts'

const rules = resolve(import.meta.dirname, '../../docs/alerts.yml')
const good = registryText(1)
const better = registryText(2)
const violation = good.replace('"state": "enabled"', '"state": "maybe"')

/** Every label there is, and what it may say. */
const LABELS: Readonly<Record<string, RegExp>> = {
  version: /^\d+\.\d+\.\d+$/,
  node: /^\d+\.\d+\.\d+$/,
  environment: /^(?:prod|dev)$/,
  root_sha256: /^[0-9a-f]{64}$/,
  schema_version: /^2\.0$/,
  state: /^(?:none|ok|degraded|unavailable|enabled|disabled)$/,
  context: /^(?:sandbox|production)$/,
  result: /^(?:activated|unchanged|refused)$/,
  code: new RegExp(`^(?:${[...LOAD_CODES, ...Object.keys(PROBLEMS)].join('|')})$`),
  outcome: /^(?:enabled|disabled|repo_not_registered|org_not_registered|unavailable)$/,
  transport: /^(?:sse|poll)$/,
  route: /^(?:other|waiting|\/[a-z-]*(?:\/:[a-z]+)*)$/,
  status: /^[2-5]xx$/,
  le: /^(?:[\d.]+|\+Inf)$/,
}

/** Takes one look at the metrics, and holds it to all that is always true. */
async function scrape(t: Test, service: Service): Promise<Sample[]> {
  const { status, headers, text } = await service.get('/metrics')
  t.equal(status, 200)
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const samples = readExposition(text)
  t.ok(checkHistograms(samples) >= 3)
  for (const { name, labels } of samples) {
    for (const [label, value] of labels)
      if (LABELS[label]?.test(value) !== true) t.fail(`${name}: ${label} is ${value}`)
  }
  t.notMatch(text.toLowerCase(), /acme|api-sandbox|retired|unheard/, 'no name of a registry or a request')
  if (!noPromtool) t.strictSame(promtool(['check', 'metrics'], text), { code: 0, said: '' })
  return samples
}

/** Throws where what can only grow has shrunk. */
function checkGrowth(before: readonly Sample[], after: readonly Sample[]): number {
  const grows = /_(?:total|bucket|count|sum)$/
  const id = ({ name, labels }: Sample): string => JSON.stringify([name, [...labels]])
  const now = new Map(after.map(sample => [id(sample), sample.value]))
  const growing = before.filter(({ name }) => grows.test(name))
  for (const sample of growing) {
    const value = now.get(id(sample))
    if (value === undefined || value < sample.value)
      throw new Error(`${id(sample)}: ${sample.value}, then ${value}`)
  }
  return growing.length
}

function place(t: Test, content: string | null): string {
  const file = join(t.testdir(), 'registry.json')
  if (content !== null) writeFileSync(file, content)
  return file
}

t.test('good, refused, good again', async t => {
  const file = place(t, good)
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '50' } })
  await service.serves(good)
  const began = Date.now() / 1000
  const first = await scrape(t, service)
  t.equal(readValueOf(first, 'infra_active_info', { root_sha256: sha256(good) }), 1)
  t.equal(readValueOf(first, 'infra_state', { state: 'ok' }), 1)
  t.equal(readValueOf(first, 'infra_entries', { state: 'disabled', context: 'production' }), 1)
  t.equal(readValueOf(first, 'infra_loads_total', { result: 'activated' }), 1)
  t.ok(
    Math.abs(readValueOf(first, 'infra_last_load_success_timestamp_seconds') - began) < 30,
    'a time in seconds',
  )
  t.ok(Math.abs(readValueOf(first, 'infra_activation_timestamp_seconds') - began) < 30)
  t.ok(began - readValueOf(first, 'process_start_time_seconds') < 60)
  t.ok(readValueOf(first, 'process_resident_memory_bytes') > 2e7)
  t.ok(readValueOf(first, 'nodejs_heap_size_used_bytes') > 1e6)
  t.ok(readValueOf(first, 'process_cpu_seconds_total') > 0.05)

  for (const [path, times] of [
    ['/resolve/acme/api', 3],
    ['/telemetry-target/acme/api-sandbox', 2],
    ['/infra-resolution/acme/retired', 1],
    ['/resolve/acme/unheard', 4],
    ['/telemetry-target?repo=unheard/of', 2],
    ['/unheard-of', 5],
    ['/repos?unheard', 1],
  ] as const)
    for (let n = 0; n < times; n += 1) await service.get(path)
  const second = await scrape(t, service)
  const grown = (name: string, labels: Record<string, string>) =>
    readValueOf(second, name, labels) - readValueOf(first, name, labels)
  for (const [outcome, count] of [
    ['enabled', 5],
    ['disabled', 1],
    ['repo_not_registered', 4],
    ['org_not_registered', 2],
    ['unavailable', 0],
  ] as const)
    t.equal(grown('infra_resolutions_total', { outcome }), count, outcome)
  for (const [code, count] of [
    ['repo_not_registered', 4],
    ['org_not_registered', 2],
    ['route_not_found', 5],
    ['invalid_query', 1],
    ['internal', 0],
  ] as const)
    t.equal(grown('infra_problems_total', { code }), count, code)
  const requests = (route: string, status: string) =>
    readValueOf(second, 'http_request_duration_seconds_count', { route, status })
  t.equal(requests('/resolve/:org/:repo', '2xx'), 3)
  t.equal(requests('/resolve/:org/:repo', '4xx'), 4)
  t.equal(requests('/telemetry-target', '4xx'), 2)
  t.equal(requests('/repos', '4xx'), 1)
  t.equal(requests('other', '4xx'), 5)
  t.equal(requests('/metrics', '2xx'), 1, 'the look before this one')

  writeFileSync(file, violation)
  await service.until('/status', ({ json }) => json.refusals.registry_invalid >= 1)
  const third = await scrape(t, service)
  await service.until('/status', ({ json }) => json.refusals.registry_invalid >= 4)
  const fourth = await scrape(t, service)
  for (const [name, labels, value] of [
    ['infra_state', { state: 'ok' }, 0],
    ['infra_state', { state: 'degraded' }, 1],
    ['infra_active_info', { root_sha256: sha256(good) }, 1],
    ['infra_loads_total', { result: 'activated' }, 1],
  ] as const)
    t.equal(readValueOf(fourth, name, labels), value, `${name} ${JSON.stringify(labels)}`)
  const refused = (samples: readonly Sample[]) =>
    readValueOf(samples, 'infra_load_refusals_total', { code: 'registry_invalid' })
  t.equal(refused(second), 0)
  t.ok(refused(fourth) >= 4 && refused(fourth) > refused(third))
  t.equal(refused(fourth), readValueOf(fourth, 'infra_loads_total', { result: 'refused' }))
  t.equal(refused(fourth), readValueOf(fourth, 'infra_load_duration_seconds_count', { result: 'refused' }))
  const attempt = (samples: readonly Sample[]) =>
    readValueOf(samples, 'infra_last_load_attempt_timestamp_seconds')
  const success = (samples: readonly Sample[]) =>
    readValueOf(samples, 'infra_last_load_success_timestamp_seconds')
  t.ok(attempt(fourth) > attempt(third), 'it goes on looking')
  t.equal(success(fourth), success(third), 'and the last success is when it was')

  writeFileSync(file, better)
  await service.serves(better)
  const fifth = await scrape(t, service)
  t.equal(readValueOf(fifth, 'infra_state', { state: 'ok' }), 1)
  t.equal(readValueOf(fifth, 'infra_loads_total', { result: 'activated' }), 2)
  t.equal(readValueOf(fifth, 'infra_active_info'), 1, 'one registry is active')
  t.equal(readValueOf(fifth, 'infra_active_info', { root_sha256: sha256(better) }), 1)
  t.ok(success(fifth) > success(fourth))
  t.ok(
    readValueOf(fifth, 'infra_state_since_timestamp_seconds') >
      readValueOf(fourth, 'infra_state_since_timestamp_seconds'),
  )

  for (const [before, after] of [
    [first, second],
    [second, third],
    [third, fourth],
    [fourth, fifth],
  ] as const)
    t.ok(checkGrowth(before, after) > 80, 'no counter has fallen')

  t.test('and the alerts follow', { skip: noPromtool }, async t => {
    t.match(alertsOver(t, rules, [first, second], []), { code: 0 }, 'none while all is well')
    t.match(alertsOver(t, rules, [second, fourth], ['InfraRegistryDegraded']), { code: 0 })
    t.match(alertsOver(t, rules, [fourth, fifth], []), { code: 0 }, 'and none when it is over')
    t.match(alertsOver(t, rules, [second, fourth], []), { code: 1 }, 'a wrong claim is refused')
  })
})

t.test('not what was pinned', async t => {
  const file = place(t, good)
  const env = { INFRA_REGISTRY_FILE: file, INFRA_REGISTRY_SHA256: sha256(good), INFRA_POLL_MS: '50' }
  const service = await startService(t, { env })
  await service.serves(good)
  const before = await scrape(t, service)
  writeFileSync(file, better)
  await service.until('/status', ({ json }) => json.refusals.seal_invalid >= 2)
  const after = await scrape(t, service)
  t.ok(readValueOf(after, 'infra_load_refusals_total', { code: 'seal_invalid' }) >= 2)
  t.test('calls somebody', { skip: noPromtool }, async t => {
    const alerts = ['InfraRegistryDegraded', 'InfraRegistryNotTrusted']
    t.match(alertsOver(t, rules, [before, after], alerts), { code: 0 })
  })
})

t.test('nothing to serve', async t => {
  const file = place(t, null)
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '50' } })
  await service.until('/status', ({ json }) => json.last_error !== null)
  const before = await scrape(t, service)
  for (const path of ['/resolve/acme/api', '/telemetry-target/acme/api', '/repos']) await service.get(path)
  const after = await scrape(t, service)
  t.equal(readValueOf(after, 'infra_state', { state: 'unavailable' }), 1)
  t.equal(readValueOf(after, 'infra_resolutions_total', { outcome: 'unavailable' }), 2)
  t.equal(readValueOf(after, 'infra_problems_total', { code: 'registry_not_loaded' }), 3)
  t.equal(readValueOf(after, 'infra_last_load_success_timestamp_seconds'), 0)
  t.notOk(after.some(({ name }) => name === 'infra_entries' || name === 'infra_active_info'))
  t.test('calls somebody', { skip: noPromtool }, async t => {
    t.match(alertsOver(t, rules, [before, after], ['InfraRegistryUnavailable']), { code: 0 })
  })
  writeFileSync(file, good)
  await service.serves(good)
  t.equal(readValueOf(await scrape(t, service), 'infra_state', { state: 'ok' }), 1)
  rmSync(file)
})
