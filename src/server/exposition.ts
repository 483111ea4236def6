// Every metric of the service: its name, what it means, and where its values come from. They are read when somebody
// asks; prom-client renders them. No label is taken from a registry or from a request.

import type { Gauge, Registry as PromRegistry } from 'prom-client'
// @ts-expect-error: this file of the package has no types of its own. The whole package is sixty milliseconds to load,
// of which this file is one tenth; nothing else of it is used (docs/decisions/metrics.md).
import BareRegistry from 'prom-client/lib/registry.js'
import type { ThreadCounts } from '../live/edition.ts'
import { LOAD_CODES } from '../live/load-result.ts'
import type { LiveStatus } from '../live/status.ts'
import type { Counts } from '../registry/snapshot.ts'
import { LOAD_BOUNDS, LOAD_ENDS, type Meters } from './meters.ts'
import { DURATION_BOUNDS, type Durations } from './route-meter.ts'
import type { Parts } from './server.ts'

const Registry = BareRegistry as new (format: Format) => PromRegistry<Format>

/** The formats that can be asked for; the first is what everybody gets who does not ask. */
export const FORMATS = [
  'text/plain; version=0.0.4; charset=utf-8',
  'application/openmetrics-text; version=1.0.0; charset=utf-8',
] as const
export type Format = (typeof FORMATS)[number]

type Labels = Readonly<Record<string, string>>

interface Sample {
  readonly labels: Labels
  readonly value: number
  /** Of a histogram: the name with its ending. */
  readonly metricName?: string
}

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly values: readonly Sample[]
}

/** Renders every metric as it is now. */
export async function renderExposition(parts: Parts, format: Format): Promise<string> {
  const registry = new Registry(format)
  for (const metric of readMetrics(parts)) {
    // A metric as prom-client asks for it; it takes the ending off the name of a counter where the format wants that.
    const given = { ...metric, get: async () => ({ ...metric, name: given.name }) }
    registry.registerMetric(given as unknown as Gauge)
  }
  return registry.metrics()
}

/** Reads every metric, in the order in which they are shown. */
export function readMetrics({ live, service, meters, threads }: Parts): Metric[] {
  const counts = meters.read()
  const snapshot = live.current()
  return [
    gauge('infra_build_info', 'What runs; always 1.', [
      [{ version: service.version, node: process.versions.node, environment: service.environment }, 1],
    ]),
    ...statusMetrics(live.status()),
    gauge(
      'infra_entries',
      'Repositories of the served registry; no series while none is served.',
      snapshot === undefined ? [] : entriesOf(snapshot.counts),
    ),
    gauge(
      'infra_orgs',
      'Organisations of the served registry; no series while none is served.',
      snapshot === undefined ? [] : [[{}, snapshot.orgCount]],
    ),
    histogram(
      'infra_load_duration_seconds',
      'Time of a look at the disk, by how it ended.',
      LOAD_BOUNDS,
      counts.loads.map(({ result, ...durations }) => [{ result }, durations]),
    ),
    ...requestMetrics(counts),
    ...threadMetrics(threads?.() ?? ALONE),
    ...processMetrics(counts),
  ]
}

/** What the status knows: which registry, since when, and how the looks at the disk went. */
function statusMetrics(status: LiveStatus): Metric[] {
  const { active, state, watch, memory, loads, refusals } = status
  return [
    gauge(
      'infra_active_info',
      'The registry that is served; no series while none is.',
      active === null ? [] : [[{ root_sha256: active.revision, schema_version: active.schemaVersion }, 1]],
    ),
    gauge(
      'infra_activation_timestamp_seconds',
      'When the served registry was made the active one; no series while none is served.',
      active === null ? [] : [[{}, seconds(active.activatedAt)]],
    ),
    gauge(
      'infra_state',
      'The state of the service: 1 for the one that it is in, 0 for every other.',
      oneOf('state', ['ok', 'degraded', 'unavailable'], state),
    ),
    gauge('infra_state_since_timestamp_seconds', 'Since when the service is in its state.', [
      [{}, seconds(status.since)],
    ]),
    gauge(
      'infra_watch_state',
      'The state of the watcher that hurries looks at the disk: 1 for the one that it is in.',
      oneOf('state', ['ok', 'degraded'], watch),
    ),
    gauge(
      'infra_pin_memory_state',
      'Whether the last good pin is kept for the next start: 1 for the state that it is in.',
      oneOf('state', ['none', 'ok', 'degraded'], memory),
    ),
    gauge('infra_last_load_attempt_timestamp_seconds', 'When the disk was last looked at; 0 for never.', [
      [{}, seconds(status.lastCheck)],
    ]),
    gauge(
      'infra_last_load_success_timestamp_seconds',
      'When what is served was last found to be what lies on disk; 0 for never.',
      [[{}, seconds(status.lastSuccess)]],
    ),
    counter(
      'infra_loads_total',
      'Looks at the disk, by how they ended.',
      LOAD_ENDS.map(result => [{ result }, loads[result]]),
    ),
    counter(
      'infra_load_refusals_total',
      'Looks at the disk that found what may not be served, by code.',
      LOAD_CODES.map(code => [{ code }, refusals[code] ?? 0]),
    ),
  ]
}

type Read = ReturnType<Meters['read']>

/** What was asked, and how it was answered. */
function requestMetrics(counts: Read): Metric[] {
  return [
    counter(
      'infra_resolutions_total',
      'Questions for one repository, by outcome.',
      counts.outcomes.map(([outcome, value]) => [{ outcome }, value]),
    ),
    counter(
      'infra_problems_total',
      'Problems that were answered, by code.',
      counts.problems.map(([code, value]) => [{ code }, value]),
    ),
    gauge(
      'infra_watchers',
      'Callers that are waiting for a change, by transport.',
      counts.watching.map(([transport, value]) => [{ transport }, value]),
    ),
    counter('infra_notifications_total', 'Watchers that were told of a change.', [[{}, counts.notified]]),
    histogram(
      'http_request_duration_seconds',
      'Time to make an answer, by route and class of status; a series begins with its first answer.',
      DURATION_BOUNDS,
      counts.routes.flatMap(({ route, classes }) =>
        classes.flatMap((durations, n) =>
          durations.count === 0 ? [] : [[{ route, status: `${n + 2}xx` }, durations] as const],
        ),
      ),
    ),
  ]
}

/** How it stands with the threads where the main one serves. */
const ALONE: ThreadCounts = { wanted: 1, serving: 1, replaced: 0 }

/** How it stands with the threads that serve. */
function threadMetrics({ wanted, serving, replaced }: ThreadCounts): Metric[] {
  return [
    gauge('infra_threads_wanted', 'Threads that are to serve.', [[{}, wanted]]),
    gauge('infra_threads_serving', 'Threads that serve.', [[{}, serving]]),
    counter('infra_threads_replaced_total', 'Threads that were started for one that had crashed or hung.', [
      [{}, replaced],
    ]),
  ]
}

/** What the process needs, under the names that everybody knows them by. */
function processMetrics(counts: Read): Metric[] {
  const { user, system } = process.cpuUsage()
  return [
    gauge(
      'nodejs_eventloop_lag_mean_seconds',
      'Mean delay of the event loop over the last 15 seconds, in the serving thread where it is longest.',
      [[{}, counts.lagMeanS]],
    ),
    gauge(
      'nodejs_eventloop_lag_max_seconds',
      'Longest delay of the event loop in the last 15 seconds, in any serving thread.',
      [[{}, counts.lagMaxS]],
    ),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use, of all serving threads.', [
      [{}, counts.heapUsedBytes],
    ]),
    gauge('process_resident_memory_bytes', 'Resident memory, as of the last second.', [
      [{}, counts.residentBytes],
    ]),
    counter('process_cpu_seconds_total', 'Processor time of the process.', [[{}, (user + system) / 1e6]]),
    gauge('process_start_time_seconds', 'When the process was started.', [[{}, counts.startedS]]),
  ]
}

type Values = readonly (readonly [labels: Labels, value: number])[]

const plain =
  (type: Metric['type']) =>
  (name: string, help: string, values: Values): Metric => ({
    name,
    type,
    help,
    values: values.map(([labels, value]) => ({ labels, value })),
  })
const gauge = plain('gauge')
const counter = plain('counter')

function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  series: readonly (readonly [labels: Labels, durations: Durations & { readonly sumS: number }])[],
): Metric {
  const values = series.flatMap(([labels, { cumulative, count, sumS }]) => [
    ...cumulative.map((value, n) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(bounds[n] ?? '+Inf') },
      value,
    })),
    { metricName: `${name}_sum`, labels, value: sumS },
    { metricName: `${name}_count`, labels, value: count },
  ])
  return { name, type: 'histogram', help, values }
}

function oneOf(label: string, states: readonly string[], current: string): Values {
  return states.map(state => [{ [label]: state }, Number(state === current)])
}

function entriesOf({ enabled, disabled }: Counts): Values {
  return Object.entries({ enabled, disabled }).flatMap(([state, byContext]) =>
    Object.entries(byContext).map(([context, value]) => [{ state, context }, value] as const),
  )
}

function seconds(time: string | null): number {
  return time === null ? 0 : Date.parse(time) / 1000
}
