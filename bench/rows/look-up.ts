// `/resolve` against servers that do less, and against servers that others would ask for the same: bare `node:http` and
// bare Fastify, which answer a constant of the same size, and with our headers; nginx over files; etcd; OPA. All take
// turns in every round, and the figure is the median of the rounds' ratios.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ask, generator, load, type Sample } from '../load.ts'
import { has, median } from '../machine.ts'
import { pathOf, writeRegistry } from '../registries.ts'
import { type Dose, notRun, type Row } from '../row.ts'
import { type Server, startPeer, startService } from '../servers.ts'
import { etcd } from '../stores/etcd.ts'
import { nginx } from '../stores/nginx.ts'
import { opa } from '../stores/opa.ts'
import type { Content, Store } from '../stores/store.ts'

const REPOS = 1_000
const PATH = pathOf(307)

/** The least ratio against each peer of ours; `null` for what only explains. */
const PEERS: Readonly<Record<string, number | null>> = {
  'bare-fastify': 0.9,
  'bare-http': 0.8,
  'same-headers': null,
}

/** And against the servers of others. */
const STORES: readonly (readonly [store: Store, target: number | null])[] = [
  [nginx, null],
  [etcd, 5],
  [opa, 3],
]

/** The same program twice is two speeds, a few per cent apart: where its memory and its compiled code came to lie. */
const LIVES = 3

const WARM_UP_S = 2

/** A server and what it is asked. */
interface Asked {
  readonly server: Server
  readonly ask: Ask
}

type Samples = Map<string, Sample[]>

/** Measures the throughput of look-ups. */
export async function lookUp({ rounds, seconds }: Dose): Promise<Row[]> {
  const samples: Samples = new Map()
  let bytes = 0
  for (let life = 0; life < LIVES; life++) {
    const folder = mkdtempSync(join(tmpdir(), 'infra-bench-'))
    try {
      bytes = await measure(folder, { rounds: Math.ceil(rounds / LIVES), seconds }, samples)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const title = (peer: string): string => `/resolve throughput against ${peer}`
  const rows = Object.entries(PEERS).map(([peer, target]) =>
    compare(`${title(peer)} (${bytes}-byte body, ${generator})`, samples, peer, target),
  )
  for (const [{ program, from }, target] of STORES) {
    if (samples.has(program)) rows.push(compare(title(program), samples, program, target))
    else rows.push(notRun(title(program), targetText(target), `no \`${program}\` on the path (${from})`))
  }
  return rows
}

/** Starts all servers, warms them up, adds their samples of `rounds` rounds; returns the length of an answer. */
async function measure(folder: string, { rounds, seconds }: Dose, samples: Samples): Promise<number> {
  const all: Asked[] = []
  try {
    const file = join(folder, 'registry.json')
    writeRegistry(file, REPOS)
    const service = await startService({ INFRA_REGISTRY_FILE: file })
    all.push({ server: service, ask: { paths: [PATH] } })
    const { bytes, settings } = await shapeOf(`${service.url}${PATH}`)
    for (const name of Object.keys(PEERS))
      all.push({ server: await startPeer(name, settings), ask: { paths: [PATH] } })
    const answers = await readAnswers(service)
    for (const [store] of STORES) {
      if (!has(store.program)) continue
      const content = { file, answers, folder: join(folder, store.program) }
      mkdirSync(content.folder)
      const server = await store.start(content)
      all.push({ server, ask: store.ask(PATH) })
      await checkStore(server, store, content)
    }
    for (const { server, ask } of all) load(server, ask, WARM_UP_S)
    for (let round = 0; round < rounds; round++) {
      for (const { server, ask } of rotate(all, round)) {
        const sample = load(server, ask, seconds)
        samples.set(server.name, [...(samples.get(server.name) ?? []), sample])
      }
    }
    return bytes
  } finally {
    for (const { server } of all) await server.stop()
  }
}

/** The headers that an answer from a registry has beyond those of any answer. */
const PROVENANCE = ['infra-registry-revision', 'infra-schema-version', 'etag', 'cache-control']

/** What an answer is like, and what makes a peer answer so. */
async function shapeOf(url: string): Promise<{ bytes: number; settings: Record<string, string> }> {
  const response = await fetch(url)
  const headers = Object.fromEntries(PROVENANCE.map(name => [name, response.headers.get(name)!]))
  const bytes = (await response.text()).length
  return { bytes, settings: { BODY_BYTES: String(bytes), HEADERS: JSON.stringify(headers) } }
}

async function readAnswers(service: Server): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>()
  for (let i = 0; i < REPOS; i++) {
    const path = pathOf(i)
    answers.set(path, await (await fetch(`${service.url}${path}`)).text())
  }
  return answers
}

/** A store that answers quickly that it has nothing is no peer. */
async function checkStore(server: Server, store: Store, content: Content): Promise<void> {
  const { paths, body } = store.ask(PATH)
  const headers = { 'content-type': 'application/json' }
  const init = body === undefined ? {} : { method: 'POST', body, headers }
  const text = await (await fetch(`${server.url}${paths[0]}`, init)).text()
  if (!store.holds(text, PATH, content)) throw new Error(`${store.program}: answered ${text}`)
}

function compare(
  name: string,
  samples: ReadonlyMap<string, readonly Sample[]>,
  peer: string,
  target: number | null,
): Row {
  const own = samples.get('infra-resolver')!
  const other = samples.get(peer)!
  const ratio = median(own.map((sample, i) => sample.perSecond / other[i]!.perSecond))
  const cpu = median(own.map((sample, i) => other[i]!.cpuUs / sample.cpuUs))
  const failed = [...own, ...other].reduce((sum, sample) => sum + sample.failed, 0)
  return {
    name,
    ours: figuresOf(own),
    peer: figuresOf(other),
    ratio: `${ratio.toFixed(2)} (by processor time ${cpu.toFixed(2)})${failed > 0 ? `, ${failed} failed` : ''}`,
    target: targetText(target),
    met: target === null && failed === 0 ? null : ratio >= (target ?? 0) && failed === 0,
  }
}

function targetText(target: number | null): string {
  return target === null ? '–' : `≥ ${target.toFixed(2)}`
}

function figuresOf(samples: readonly Sample[]): string {
  const middle = (key: 'perSecond' | 'cpuUs', digits: number): string =>
    median(samples.map(sample => sample[key])).toFixed(digits)
  return `${middle('perSecond', 0)}/s, ${middle('cpuUs', 1)} µs`
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
