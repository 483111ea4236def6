// `/resolve` over a million repositories against a thousand, each a sealed and pinned registry. One path again and
// again shows the index alone; many in turn also show what it costs that a large registry does not fit into any cache.

import { type Home, makeHome } from '../homes.ts'
import { type Ask, generator, load, type Sample } from '../load.ts'
import { has, median } from '../machine.ts'
import { pathOf } from '../registries.ts'
import { type Dose, notRun, type Row } from '../row.ts'
import { type Server, startService } from '../servers.ts'

const SMALL = 1_000
const LARGE = 1_000_000
const MIN_RATIO = 0.9
const LIVES = 3
const WARM_UP_S = 2

/** How many paths are asked for in turn, at most. */
const SPREAD = 65_536

interface Way {
  readonly title: string
  ask(repos: number): Ask
}

const WAYS: readonly Way[] = [
  { title: 'one path', ask: () => ({ paths: [pathOf(307)] }) },
  { title: 'many paths', ask: repos => ({ paths: spreadPaths(repos) }) },
]

/** Measures the throughput over a large registry against a small one. */
export async function size({ rounds, seconds }: Dose): Promise<Row[]> {
  const homes: Home[] = []
  try {
    for (const repos of [SMALL, LARGE]) homes.push(await makeHome(repos))
    const rows: Row[] = []
    for (const way of WAYS) rows.push(await compare(way, homes, { rounds, seconds }))
    return rows
  } finally {
    for (const home of homes) home.remove()
  }
}

async function compare({ title, ask }: Way, homes: readonly Home[], { rounds, seconds }: Dose): Promise<Row> {
  const asks = [ask(SMALL), ask(LARGE)]
  const count = Math.max(...asks.map(({ paths }) => paths.length))
  const name = `/resolve throughput, ${LARGE} repositories against ${SMALL}, ${count === 1 ? title : `${count} paths`}`
  const target = `≥ ${MIN_RATIO.toFixed(2)}`
  if (count > 1 && !has('wrk'))
    return notRun(name, target, `${generator} asks for one path only (Debian: wrk)`)
  const taken: [Sample[], Sample[]] = [[], []]
  for (let life = 0; life < LIVES; life++) {
    const servers: Server[] = []
    try {
      for (const home of homes) servers.push(await startService({ INFRA_HOME: home.path }))
      for (const [i, server] of servers.entries()) load(server, asks[i]!, WARM_UP_S)
      for (let round = 0; round < Math.ceil(rounds / LIVES); round++) {
        for (const i of round % 2 === 0 ? [0, 1] : [1, 0])
          taken[i as 0 | 1].push(load(servers[i]!, asks[i]!, seconds))
      }
    } finally {
      for (const server of servers) await server.stop()
    }
  }
  const [small, large] = taken
  const ratio = median(large.map((sample, i) => sample.perSecond / small[i]!.perSecond))
  const cpu = median(large.map((sample, i) => small[i]!.cpuUs / sample.cpuUs))
  const failed = [...small, ...large].reduce((sum, sample) => sum + sample.failed, 0)
  return {
    ...{ name, ours: figuresOf(large), peer: figuresOf(small), target },
    ratio: `${ratio.toFixed(2)} (by processor time ${cpu.toFixed(2)})`,
    met: ratio >= MIN_RATIO && failed === 0,
  }
}

/** Paths from all over a registry, in no order, the same ones each time. */
function spreadPaths(repos: number): string[] {
  const paths: string[] = []
  for (let i = 0, at = 0; i < Math.min(repos, SPREAD); i++) {
    paths.push(pathOf(at))
    // A step that shares no factor with the size comes by every entry before it comes by one again.
    at = (at + STEP) % repos
  }
  return paths
}

const STEP = 611_953

function figuresOf(samples: readonly Sample[]): string {
  const middle = (key: 'perSecond' | 'cpuUs', digits: number): string =>
    median(samples.map(sample => sample[key])).toFixed(digits)
  return `${middle('perSecond', 0)}/s, ${middle('cpuUs', 1)} µs`
}
