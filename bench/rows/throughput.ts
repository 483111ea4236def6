// `/resolve` against a bare Fastify route and bare `node:http`, each answering a body of the same size; and against a
// bare Fastify route that sends our headers too, which tells what they cost. The peers take
// turns in every round, and the figure is the median of the rounds' ratios.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generator, load, type Sample } from '../load.ts'
import { median } from '../machine.ts'
import { writeRegistry } from '../registries.ts'
import type { Row } from '../run.ts'
import { type Server, type Shape, startPeer, startService } from '../servers.ts'

const PATH = '/resolve/org-3/repo-7'
/** The least ratio against each peer; `null` for the one that only explains. */
const TARGETS: Readonly<Record<string, number | null>> = {
  'bare-fastify': 0.9,
  'bare-http': 0.8,
  'same-headers': null,
}

/** The same program twice is two speeds, a few per cent apart: where its memory and its compiled code came to lie. */
const LIVES = 3

const WARM_UP_S = 2

interface Dose {
  readonly rounds: number
  readonly seconds: number
}

type Samples = Map<string, readonly Sample[]>

/** Measures the throughput rows. */
export async function throughput({ rounds, seconds }: Dose): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  const file = join(folder, 'registry.json')
  const samples: Samples = new Map()
  try {
    writeRegistry(file, 1_000)
    let bytes = 0
    for (let life = 0; life < LIVES; life++) {
      bytes = await measure(file, { rounds: Math.ceil(rounds / LIVES), seconds }, samples)
    }
    return rows(samples, bytes)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Starts all servers, warms them up, adds their samples of `rounds` rounds; returns the length of an answer. */
async function measure(file: string, { rounds, seconds }: Dose, samples: Samples): Promise<number> {
  const servers: Server[] = []
  try {
    const service = await startService(file)
    servers.push(service)
    const shape = await shapeOf(`${service.url}${PATH}`)
    for (const name of Object.keys(TARGETS)) servers.push(await startPeer(name, shape))
    for (const server of servers) load(server, PATH, WARM_UP_S)
    for (let round = 0; round < rounds; round++) {
      for (const server of rotate(servers, round)) {
        const sample = load(server, PATH, seconds)
        samples.set(server.name, [...(samples.get(server.name) ?? []), sample])
      }
    }
    return shape.bytes
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** The headers that an answer from a registry has beyond those of any answer. */
const PROVENANCE = ['infra-registry-revision', 'infra-schema-version', 'etag', 'cache-control']

async function shapeOf(url: string): Promise<Shape> {
  const response = await fetch(url)
  const headers = Object.fromEntries(PROVENANCE.map(name => [name, response.headers.get(name)!]))
  return { bytes: (await response.text()).length, headers }
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
      target: target === null ? '–' : `≥ ${target.toFixed(2)}`,
      met: ratio >= (target ?? 0) && failed === 0,
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
