// `npm run bench`: takes every row side by side with its peers in one run, prints the table and writes it to
// docs/performance.md with the machine. `npm run bench <row…>` takes some, and writes nothing: figures of several runs
// in one table would be no comparison. BENCH_ROUNDS and BENCH_SECONDS set the dose.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, describePinning } from './machine.ts'
import { type Dose, Missing, notRun, type Row } from './row.ts'
import { lookUp } from './rows/look-up.ts'
import { meshPlan } from './rows/mesh-plan.ts'
import { mutation } from './rows/mutation.ts'
import { ready } from './rows/ready.ts'
import { reload } from './rows/reload.ts'
import { runRegistry } from './rows/run-registry.ts'
import { size } from './rows/size.ts'
import { threads } from './rows/threads.ts'
import { today } from './rows/today.ts'
import { update } from './rows/update.ts'

const ROWS: Readonly<Record<string, (dose: Dose) => Promise<readonly Row[]>>> = {
  'look-up': lookUp,
  size,
  threads,
  today,
  reload,
  ready,
  update,
  mutation,
  'mesh-plan': meshPlan,
  'run-registry': runRegistry,
}

const DOCUMENT = join(import.meta.dirname, '../docs/performance.md')
const BEGIN = '<!-- figures: written by `npm run bench` -->'
const END = '<!-- end of figures -->'

const dose: Dose = {
  rounds: Number(process.env.BENCH_ROUNDS ?? 9),
  seconds: Number(process.env.BENCH_SECONDS ?? 3),
}

process.setMaxListeners(0)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

const names = process.argv.slice(2)
if (names.some(name => !Object.hasOwn(ROWS, name))) {
  process.stderr.write(`npm run bench [${Object.keys(ROWS).join(' | ')}…]\n`)
  process.exitCode = 2
} else {
  const rows: Row[] = []
  for (const name of names.length === 0 ? Object.keys(ROWS) : names) {
    process.stderr.write(`${name} …\n`)
    rows.push(...(await take(name)))
  }
  const table = render(rows)
  process.stdout.write(`${table}\n`)
  if (names.length === 0) write(table)
  process.exitCode = rows.some(row => row.met === false) ? 1 : 0
}

/** Takes one row. What the machine lacks for it is told in its place; so is a failure, which also fails the run. */
async function take(name: string): Promise<readonly Row[]> {
  try {
    return await ROWS[name]!(dose)
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error))
      .trim()
      .replaceAll(/\s*[\n|]\s*/g, '; ')
    return [{ ...notRun(name, '–', why), met: error instanceof Missing ? null : false }]
  }
}

function render(rows: readonly Row[]): string {
  const cells = rows.map(row => [row.name, row.ours, row.peer, row.ratio, row.target, reached(row)])
  const head = ['row', 'ours', 'peer', 'ratio', 'to reach', 'reached']
  const lines = [head, head.map(() => '---'), ...cells].map(row => `| ${row.join(' | ')} |`)
  const date = new Date().toISOString().slice(0, 10)
  const how = `${date}, ${dose.rounds} rounds of ${dose.seconds} s, medians; ${describePinning()}`
  return `${describeMachine()}\n\n${how}\n\n${lines.join('\n')}\n`
}

function reached({ met, notRun: why }: Row): string {
  if (why !== undefined) return `${met === false ? '**failed**' : 'not run'}: ${why}`
  return met === null ? '–' : met ? 'yes' : '**no**'
}

function write(table: string): void {
  const text = readFileSync(DOCUMENT, 'utf8')
  const before = text.slice(0, text.indexOf(BEGIN))
  const after = text.slice(text.indexOf(END))
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${table}\n${after}`)
}
