// Two instances behind a balancer, restarted in turn while clients keep asking over kept connections: nobody is to
// notice. And clients that are slow or silent, whom the others are not to notice either.

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  chaos,
  dose,
  fetchFrom,
  figures,
  pause,
  quantile,
  registryText,
  type Service,
  startService,
} from '../fixtures/service.ts'

t.setTimeout(0)
// A dose that is measured has the machine to itself.
t.jobs = chaos ? 1 : 2
/** Copied for each test: the runner keeps what it finds in it, and two that share one show one outcome. */
const how = { buffered: !chaos }

/** How often the balancer asks for readiness: well within the time that a leaving instance still answers. */
const CHECK_MS = 50

/** Where other tests run as well, the balancer itself may come to look only after the time that is the default. */
const UNHURRIED = chaos ? {} : { INFRA_DRAIN_MS: '1500' }

const text = registryText(1)

/** What a load balancer does: asks each instance whether it is ready, and sends requests to those that are. */
class Balancer {
  readonly #ready = new Map<Service, boolean>()
  readonly #agent = new Agent({ keepAlive: true })
  #next = 0
  #running = true
  #checking: Promise<void> = Promise.resolve()

  constructor() {
    this.#checking = this.#check()
  }

  /** Takes an instance in, and waits until it has been found ready. */
  async add(service: Service): Promise<void> {
    this.#ready.set(service, false)
    while (this.#ready.get(service) !== true) await pause(CHECK_MS / 2)
  }

  remove(service: Service): void {
    this.#ready.delete(service)
  }

  pick(): Service {
    const ready = [...this.#ready].filter(([, is]) => is)
    if (ready.length === 0) throw new Error('no instance is ready')
    this.#next += 1
    return ready[this.#next % ready.length]![0]
  }

  async stop(): Promise<void> {
    this.#running = false
    await this.#checking
    this.#agent.destroy()
  }

  async #check(): Promise<void> {
    while (this.#running) {
      for (const service of this.#ready.keys()) {
        const ready = await fetchFrom(`${service.url}/readyz`, this.#agent).then(
          ({ status }) => status === 200,
          () => false,
        )
        if (this.#ready.has(service)) this.#ready.set(service, ready)
      }
      await pause(CHECK_MS)
    }
  }
}

const restartsOf = (threads: number): number =>
  threads === 1 ? dose('RESTARTS', 2, 40) : dose('THREAD_RESTARTS', 1, 20)

for (const threads of [1, 2]) {
  t.test(`rolling restarts under keep-alive load, threads: ${threads}`, { ...how }, t => restart(t, threads))
}

async function restart(t: Test, threads: number): Promise<void> {
  const restarts = restartsOf(threads)
  const clients = dose('CLIENTS', 20, 50)
  const file = place(t)
  const env = { INFRA_REGISTRY_FILE: file, INFRA_THREADS: String(threads), ...UNHURRIED }
  const start = () => startService(t, { env })
  const balancer = new Balancer()
  t.teardown(() => balancer.stop())
  const instances = [await start(), await start()]
  for (const service of instances) await balancer.add(service)
  const load = startLoad(clients, () => balancer.pick())

  const exits: number[] = []
  for (let n = 0; n < restarts; n++) {
    const leaving = instances[n % 2]!
    const before = load.result.answers
    const began = performance.now()
    leaving.child.kill('SIGTERM')
    const ended = await leaving.ended
    exits.push(performance.now() - began)
    t.strictSame(ended, { code: 0, signal: null })
    t.ok(exits.at(-1)! < 5_000, `gone after ${exits.at(-1)!.toFixed(0)} ms`)
    t.ok(load.result.answers > before + 100, 'clients were at it')
    balancer.remove(leaving)
    const next = await start()
    instances[n % 2] = next
    await balancer.add(next)
  }
  const result = await load.stop()
  t.strictSame(result.failures, [], 'no failed request')
  t.equal(exits.length, restarts)
  t.ok(result.answers > restarts * 500, `the dose: ${result.answers} answers`)
  t.ok(result.closes >= restarts, `the dose: ${result.closes} connections were told to close`)
  figures(t, threads === 1 ? 'restarts' : `restarts of ${threads} threads`, {
    restarts,
    clients,
    answers: result.answers,
    failed: result.failures.length,
    'exit ms': `${Math.round(Math.min(...exits))}–${Math.round(Math.max(...exits))}`,
    'exit codes': 'all 0',
  })
}

t.test('slow and silent sockets are cut within 6 s, while others see no error', { ...how }, async t => {
  const sockets = dose('SLOW_SOCKETS', 30, 500)
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: place(t) } })
  await service.serves(text)
  const load = startLoad(dose('CLIENTS', 20, 50), () => service)
  const kinds = ['header', 'body', 'silent'] as const
  const cuts = await Promise.all(
    Array.from({ length: sockets }, (_, i) => dripUntilCut(service.port, kinds[i % kinds.length]!)),
  )
  const result = await load.stop()
  t.strictSame(result.failures, [], 'others see no error')
  t.ok(result.answers > 1_000, `the dose: ${result.answers} answers to others`)
  const worst: Record<string, number> = {}
  for (const kind of kinds) {
    const times = cuts.filter(cut => cut.kind === kind)
    worst[kind] = Math.max(...times.map(({ afterMs }) => afterMs))
    t.ok(worst[kind] < 6_000, `${kind}: ${times.length} cut, the last after ${worst[kind].toFixed(0)} ms`)
  }
  // A body that nobody reads may be answered at once; then the connection is not kept for the rest of it.
  const statuses = Object.groupBy(cuts, ({ kind, status }) => `${kind} ${status ?? 'no answer'}`)
  for (const [what, those] of Object.entries(statuses)) t.comment(`${what}: ${those?.length}`)
  t.ok(
    cuts.every(({ status }) => status === undefined || status === 200 || (status >= 400 && status < 500)),
    'answered with what the client did wrong, if at all',
  )
  figures(t, 'slow sockets', {
    sockets,
    'cut within ms': `header ${Math.round(worst.header!)}, body ${Math.round(worst.body!)}, silent ${Math.round(worst.silent!)}`,
    'answers to others': result.answers,
    failed: result.failures.length,
    'p99 ms of others': Math.round(quantile(result.latencies, 0.99) * 10) / 10,
  })
})

/** Clients that ask whoever `pick` names, each over connections of its own that it keeps; nothing is tried twice. */
function startLoad(clients: number, pick: () => Service) {
  const result = { answers: 0, failures: [] as string[], closes: 0, latencies: [] as number[] }
  let running = true
  const ask = async (): Promise<void> => {
    // The agent keeps a connection unless the answer says `Connection: close`.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (running) {
      const began = performance.now()
      try {
        const { status, headers, text } = await fetchFrom(`${pick().url}/resolve/acme/api`, agent)
        result.latencies.push(performance.now() - began)
        result.answers += 1
        if (headers.connection === 'close') result.closes += 1
        if (status !== 200) result.failures.push(`${status} ${text}`)
      } catch (error) {
        result.failures.push(String(error))
      }
    }
    agent.destroy()
  }
  const all = Array.from({ length: clients }, ask)
  return {
    result,
    async stop() {
      running = false
      await Promise.all(all)
      return result
    },
  }
}

/** Opens a socket that never completes a request, and waits until the service has had enough. */
async function dripUntilCut(port: number, kind: 'header' | 'body' | 'silent') {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const began = performance.now()
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  // ECONNRESET and EPIPE are ways of being cut.
  socket.on('error', () => {})
  if (kind === 'header') socket.write('GET /resolve/acme/api HTTP/1.1\r\nhost: x\r\nx-slow: ')
  if (kind === 'body')
    socket.write('GET /resolve/acme/api HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n')
  const drip = kind === 'silent' ? undefined : setInterval(() => socket.write('x'), 250)
  const closed = once(socket, 'close')
  await Promise.race([closed, pause(20_000)])
  const afterMs = performance.now() - began
  clearInterval(drip)
  socket.destroy()
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
  return { kind, afterMs, status: status === undefined ? undefined : Number(status) }
}

function place(t: Test): string {
  const file = join(t.testdir({}), 'registry.json')
  writeFileSync(file, text)
  return file
}
