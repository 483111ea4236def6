// The live picture for people, as a table, and for programs, as one JSON document. Names come from files that others
// write and versions from whoever answered: nothing is printed that a terminal could obey.

import type { Picture, Row } from './picture.ts'
import { printable } from './printable.ts'
import { PROBE_STATES, type ProbeState } from './probe-state.ts'

const COLUMNS = ['SERVICE', 'ENVIRONMENT', 'HOST', 'PORT', 'STATE', 'VERSION', 'LATENCY', 'SINCE'] as const
const RIGHT: readonly string[] = ['PORT', 'LATENCY']
const STATE = COLUMNS.indexOf('STATE')
const MAX_CELL = 48

const GREEN = '\u001b[32m'
const YELLOW = '\u001b[33m'
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

/** Renders the picture as lines: the table, why each service that is not ready is not, and the sum. */
export function renderTable(picture: Picture, { colour }: { readonly colour: boolean }): string {
  const { rows } = picture
  const table = [[...COLUMNS], ...rows.map(cellsOf)]
  const widths = COLUMNS.map((_, column) => Math.max(...table.map(cells => cells[column]!.length)))
  const lines = table.map((cells, line) =>
    cells
      .map((cell, column) => {
        const width = widths[column]!
        const padded = RIGHT.includes(COLUMNS[column]!) ? cell.padStart(width) : cell.padEnd(width)
        const row = rows[line - 1]
        return colour && column === STATE && row !== undefined ? paint(row.state, padded) : padded
      })
      .join('  ')
      .trimEnd(),
  )
  const reasons = rows
    .filter(({ state, detail }) => state !== 'ready' && detail !== null)
    .map(({ service, detail }) => `  ${printable(service, MAX_CELL)}: ${detail}`)
  return [...lines, ...(reasons.length === 0 ? [] : ['', ...reasons]), '', renderSum(rows)].join('\n')
}

/** Renders the sum of a picture on one line: how many are up, and how many are in each state. */
function renderSum(rows: readonly Row[]): string {
  const up = rows.filter(row => row.up).length
  const states = (Object.keys(PROBE_STATES) as ProbeState[])
    .map(state => [rows.filter(row => row.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${state}`)
  return `${up} of ${rows.length} up: ${states.join(', ')}`
}

/** Builds the document of a picture for programs. */
export function buildPictureDocument({ time, rows }: Picture) {
  const up = rows.filter(row => row.up).length
  return {
    ...{ time, all_up: up === rows.length, up, total: rows.length },
    services: rows.map(({ latencyMs, sinceFrom, detail, since, ...row }) => ({
      ...row,
      latency_ms: latencyMs === null ? null : Math.round(latencyMs * 10) / 10,
      ...{ since, since_from: sinceFrom, detail },
    })),
  }
}

function cellsOf({ service, environment, host, port, state, version, latencyMs, since }: Row): string[] {
  return [
    printable(service, MAX_CELL),
    environment === null ? '-' : printable(environment, MAX_CELL),
    printable(host, MAX_CELL),
    String(port),
    state,
    version ?? '-',
    latencyMs === null ? '-' : `${Math.max(1, Math.round(latencyMs))} ms`,
    since.replace(/\.\d+Z$/, 'Z'),
  ]
}

function paint(state: ProbeState, cell: string): string {
  const colour = state === 'ready' ? GREEN : PROBE_STATES[state].up ? YELLOW : RED
  return `${colour}${cell}${PLAIN}`
}
