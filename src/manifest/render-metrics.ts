// The live picture in the text format of Prometheus (version 0.0.4). Each service has one series for every state, so
// that a state that is over reads 0 and not "unknown".

import type { Picture, Row } from './picture.ts'
import { printable } from './printable.ts'
import { PROBE_STATES } from './probe-state.ts'

type Labels = readonly (readonly [name: string, value: string])[]
type Sample = readonly [labels: Labels, value: number]

/** Renders the picture as one exposition, with the last line end. */
export function renderMetrics({ time, rows }: Picture): string {
  const each = (read: (row: Row) => number | null): Sample[] =>
    rows.flatMap(row => {
      const value = read(row)
      return value === null ? [] : [[labelsOf(row), value] as const]
    })
  return [
    metric(
      'infra_mesh_service_up',
      'Whether the service serves: 1 if it is ready or degraded.',
      each(({ up }) => Number(up)),
    ),
    metric(
      'infra_mesh_service_state',
      'The state of the service: 1 for the one that it is in, 0 for every other.',
      rows.flatMap(row =>
        Object.keys(PROBE_STATES).map(
          state => [[...labelsOf(row), ['state', state]], Number(row.state === state)] as const,
        ),
      ),
    ),
    metric(
      'infra_mesh_service_since_timestamp_seconds',
      'Since when the service is in its state.',
      each(({ since }) => Date.parse(since) / 1_000),
    ),
    metric(
      'infra_mesh_service_info',
      'The version that the service says it is; always 1.',
      rows
        .filter(({ version }) => version !== null)
        .map(row => [[...labelsOf(row), ['version', row.version ?? '']], 1]),
    ),
    metric(
      'infra_mesh_probe_duration_seconds',
      'How long the whole answer of the service took.',
      each(({ latencyMs }) => (latencyMs === null ? null : latencyMs / 1_000)),
    ),
    metric('infra_mesh_probe_timestamp_seconds', 'When the services were asked.', [
      [[], Date.parse(time) / 1_000],
    ]),
  ].join('')
}

function labelsOf({ service, environment, host, port }: Row): Labels {
  return [
    ['service', service],
    ['environment', environment ?? ''],
    ['host', host],
    ['port', String(port)],
  ]
}

/** Every metric is a gauge. One without samples is left out: a header alone says nothing. */
function metric(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const lines = samples.map(([labels, value]) => `${name}${renderLabels(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
}

function renderLabels(labels: Labels): string {
  if (labels.length === 0) return ''
  return `{${labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`
}

/** The format escapes three characters; whatever else moves a terminal is made printable before. */
function escapeLabel(value: string): string {
  return printable(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
