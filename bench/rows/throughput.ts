// `/resolve` against a bare Fastify route and bare `node:http`, each answering a body of the same size. The peers take
// turns in every round, and the figure is the median of the rounds' ratios.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generator, load, type Sample } from '../load.ts'
import { median } from '../machine.ts'
import { writeRegistry } from '../registries.ts'
import type { Row } from '../run.ts'
import { type Server, startPeer, startService } from '../servers.ts'

const PATH = '/resolve/org-3/repo-7'
const TARGETS: Readonly<Record<string, number>> = { 'bare-fastify': 0.9, 'bare-http': 0.8 }

/** Measures the throughput rows. */
export async function throughput({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  const servers: Server[] = []
  try {
    writeRegistry(join(folder, 'registry.json'), 1_000)
    const service = await startService(join(folder, 'registry.json'))
    servers.push(service)
    const bytes = (await (await fetch(`${service.url}${PATH}`)).text()).length
    for (const name of Object.keys(TARGETS)) servers.push(await startPeer(name, bytes))
    for (const server of servers) load(server, PATH, seconds) // warm-up

    const samples = new Map<string, Sample[]>(servers.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const server of rotate(servers, round)) samples.get(server.name)!.push(load(server, PATH, seconds))
    }
    return rows(samples, bytes)
  } finally {
    for (const server of servers) await server.stop()
    rmSync(folder, { recursive: true })
  }
}

function rows(samples: ReadonlyMap<string, readonly Sample[]>, bytes: number): Row[] {
  const own = samples.get('infra-resolver')!
  return Object.entries(TARGETS).map(([peer, target]) => {
    const other = samples.get(peer)!
    const ratio = median(own.map((sample, i) => sample.perSecond / other[i]!.perSecond))
    const cpu = median(own.map((sample, i) => other[i]!.cpuUs / sample.cpuUs))
    const failed = [...own, ...other].reduce((sum, sample) => sum + sample.failed, 0)
    return {
      name: `/resolve throughput against ${peer} (${bytes}-byte body, ${generator})`,
      ours: `${figure(own, 'perSecond')}/s, ${figure(own, 'cpuUs', 1)} µs`,
      peer: `${figure(other, 'perSecond')}/s, ${figure(other, 'cpuUs', 1)} µs`,
      ratio: `${ratio.toFixed(2)} (by processor time ${cpu.toFixed(2)})`,
      target: `≥ ${target.toFixed(2)}`,
      met: ratio >= target && failed === 0,
    }
  })
}

function figure(samples: readonly Sample[], key: 'perSecond' | 'cpuUs', digits = 0): string {
  return median(samples.map(sample => sample[key])).toFixed(digits)
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
