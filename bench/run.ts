// `npm run bench`: takes every row side by side with its peer in one run, prints the table and writes it to
// docs/performance.md with the command and the machine. BENCH_ROUNDS and BENCH_SECONDS set the dose.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, has } from './machine.ts'
import { meshPlan } from './rows/mesh-plan.ts'
import { mutation } from './rows/mutation.ts'
import { ready } from './rows/ready.ts'
import { runRegistry } from './rows/run-registry.ts'
import { throughput } from './rows/throughput.ts'

export interface Row {
  readonly name: string
  readonly ours: string
  readonly peer: string
  readonly ratio: string
  readonly target: string
  readonly met: boolean
}

const DOCUMENT = join(import.meta.dirname, '../docs/performance.md')
const BEGIN = '<!-- figures: written by `npm run bench` -->'
const END = '<!-- end of figures -->'

const dose = {
  rounds: Number(process.env.BENCH_ROUNDS ?? 9),
  seconds: Number(process.env.BENCH_SECONDS ?? 3),
}

const rows = [
  ...(await throughput(dose)),
  ...(await ready(dose)),
  ...(await mutation(dose)),
  ...meshPlan(dose),
  ...(await runRegistry(dose)),
]
const table = render(rows)
process.stdout.write(`${table}\n`)
if (!has('taskset'))
  process.stdout.write('not pinned: there is no taskset here, so server and load share their cores\n')

const text = readFileSync(DOCUMENT, 'utf8')
const before = text.slice(0, text.indexOf(BEGIN))
const after = text.slice(text.indexOf(END))
writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${table}\n${after}`)
process.exitCode = rows.every(row => row.met) ? 0 : 1

function render(all: readonly Row[]): string {
  const cells = all.map(row => [
    row.name,
    row.ours,
    row.peer,
    row.ratio,
    row.target,
    row.met ? 'yes' : '**no**',
  ])
  const head = ['row', 'ours', 'peer', 'ratio', 'to reach', 'reached']
  const lines = [head, head.map(() => '---'), ...cells].map(row => `| ${row.join(' | ')} |`)
  const date = new Date().toISOString().slice(0, 10)
  const how = `${date}, ${dose.rounds} rounds of ${dose.seconds} s, medians; server on one core, load on another`
  return `${describeMachine()}\n\n${how}\n\n${lines.join('\n')}\n`
}
