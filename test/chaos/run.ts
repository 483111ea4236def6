// The long doses: the same test files as `npm test` runs, with `CHAOS` set, one after the other so that no dose
// disturbs another. Fails when one misses its target; says loudly what this machine cannot do; at the full dose,
// writes the figures to docs/reliability.md.
//
//   npm run chaos [name…]     CHAOS_SCALE=0.1: a tenth of each dose, and nothing written

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, release, type } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const doses: Readonly<Record<string, string>> = {
  live: 'test/live/live.ts',
  updates: 'test/integration/updates.ts',
  reloads: 'test/integration/reloads.ts',
  'reload-at-size': 'test/integration/reload-at-size.ts',
  threads: 'test/integration/threads.ts',
  restarts: 'test/integration/restarts.ts',
  events: 'test/integration/events.ts',
  service: 'test/integration/service.ts',
  pin: 'test/integration/pin.ts',
  lists: 'test/integration/lists-at-size.ts',
  'crash-points': 'test/chaos/crash-points.ts',
  'mutation-points': 'test/chaos/mutation-points.ts',
  mutations: 'test/integration/mutations.ts',
  racers: 'test/publish/racers.ts',
  'disk-full': 'test/publish/disk-full.ts',
  conformance: 'test/integration/conformance.ts',
  'mesh-points': 'test/publish/mesh-points.ts',
  client: 'test/client/model.ts',
  page: 'test/integration/page.ts',
}

interface Figures {
  readonly name: string
  readonly values: Readonly<Record<string, string | number>>
}

interface Outcome {
  readonly code: number | null
  readonly figures: readonly Figures[]
  /** What the machine could not do. */
  readonly untested: readonly string[]
  readonly seconds: number
}

const root = new URL('../../', import.meta.url)
const page = new URL('docs/reliability.md', root)
const scale = Number(process.env.CHAOS_SCALE ?? '1')

const names = process.argv.slice(2)
const unknown = names.filter(name => !Object.hasOwn(doses, name))
if (unknown.length > 0 || !(scale > 0 && scale <= 1)) {
  process.stderr.write(`npm run chaos [${Object.keys(doses).join(' | ')}…], with 0 < CHAOS_SCALE <= 1\n`)
  process.exitCode = 2
} else {
  for (const name of names.length === 0 ? Object.keys(doses) : names) {
    process.stdout.write(`\n${name}: ${doses[name]}\n`)
    const outcome = await run(doses[name]!)
    for (const what of outcome.untested) process.stdout.write(`  !!! ${what}\n`)
    if (outcome.code !== 0) {
      process.exitCode = 1
      process.stdout.write(`  MISSED ITS TARGET after ${outcome.seconds} s\n`)
      continue
    }
    process.stdout.write(`  held, in ${outcome.seconds} s\n`)
    if (scale === 1) writePage(name, renderOutcome(name, outcome))
  }
}

async function run(file: string): Promise<Outcome> {
  const began = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, root))], {
    cwd: fileURLToPath(root),
    env: { ...process.env, CHAOS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const figures: Figures[] = []
  const untested: string[] = []
  let failing = false
  for await (const line of createInterface({ input: child.stdout })) {
    const text = line.trim()
    // A failed assertion is shown with its explanation, until the next one that holds.
    if (text.startsWith('not ok')) failing = true
    else if (text.startsWith('ok ')) failing = false
    if (failing) process.stdout.write(`${line}\n`)
    if (text.includes('NOT TESTED')) untested.push(text.slice(text.indexOf('NOT TESTED')))
    if (!text.startsWith('# figures ')) continue
    const found = JSON.parse(text.slice('# figures '.length)) as Figures
    figures.push(found)
    process.stdout.write(`  ${renderFigures(found)}\n`)
  }
  const [code] = await closed
  return { code, figures, untested, seconds: Math.round((performance.now() - began) / 1000) }
}

function renderFigures({ name, values }: Figures): string {
  return `${name}: ${Object.entries(values)
    .map(([what, value]) => `${what} ${value}`)
    .join(' · ')}`
}

function renderOutcome(name: string, { figures, untested, seconds }: Outcome): string {
  const day = new Date().toISOString().slice(0, 10)
  const machine = `${availableParallelism()} CPUs, ${type()} ${release().split('-', 1)[0]}, Node ${process.version}`
  return [
    `\`npm run chaos ${name}\`, ${day}, ${machine}, ${seconds} s:`,
    '',
    ...(figures.length === 0 ? ['- held'] : figures.map(one => `- ${renderFigures(one)}`)),
    ...untested.map(what => `- **${what}**`),
  ].join('\n')
}

/** Puts the figures of one dose between its markers. */
function writePage(name: string, text: string): void {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const before = readFileSync(page, 'utf8')
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from === -1 || to < from)
    throw new Error(`docs/reliability.md: no place for ${name} (want ${begin} … ${end})`)
  writeFileSync(page, `${before.slice(0, from + begin.length)}\n${text}\n${before.slice(to)}`)
}
