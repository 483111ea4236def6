// Two serving threads against one, over one registry. Server and load may use every core, since two threads need two;
// so the share of the machine that the generator takes for itself is part of the figure.

import { makeHome } from '../homes.ts'
import { cores, load, type Sample } from '../load.ts'
import { median } from '../machine.ts'
import { pathOf } from '../registries.ts'
import type { Dose, Row } from '../row.ts'
import { type Server, startService } from '../servers.ts'

const REPOS = 1_000
const LIVES = 3
const WARM_UP_S = 2

/** Measures what a second serving thread adds. */
export async function threads({ rounds, seconds }: Dose): Promise<Row[]> {
  const home = await makeHome(REPOS)
  const taken: [one: Sample[], two: Sample[]] = [[], []]
  const ask = { paths: [pathOf(307)] }
  try {
    for (let life = 0; life < LIVES; life++) {
      const servers: Server[] = []
      try {
        for (const count of [1, 2]) {
          const settings = { INFRA_HOME: home.path, INFRA_THREADS: String(count) }
          servers.push(await startService(settings, { spread: true }))
        }
        for (const server of servers) load(server, ask, WARM_UP_S, { spread: true })
        for (let round = 0; round < Math.ceil(rounds / LIVES); round++) {
          for (const i of round % 2 === 0 ? [0, 1] : [1, 0])
            taken[i as 0 | 1].push(load(servers[i]!, ask, seconds, { spread: true }))
        }
      } finally {
        for (const server of servers) await server.stop()
      }
    }
  } finally {
    home.remove()
  }
  return [rowOf(taken)]
}

function rowOf([one, two]: readonly [readonly Sample[], readonly Sample[]]): Row {
  const ratio = median(two.map((sample, i) => sample.perSecond / one[i]!.perSecond))
  const failed = [...one, ...two].reduce((sum, sample) => sum + sample.failed, 0)
  return {
    name: `/resolve throughput, two threads against one, on ${cores} cores with the generator`,
    ours: figuresOf(two),
    peer: figuresOf(one),
    ratio: ratio.toFixed(2),
    target: '–',
    met: failed === 0 ? null : false,
  }
}

function figuresOf(samples: readonly Sample[]): string {
  const perSecond = median(samples.map(sample => sample.perSecond))
  const share = median(samples.map(sample => sample.generatorShare / cores))
  const generator = Number.isNaN(share) ? 'unknown' : `${Math.round(share * 100)} %`
  return `${perSecond.toFixed(0)}/s, generator ${generator} of the machine`
}
