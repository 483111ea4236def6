// Those who wait for a change, against the real program: none misses the last revision and none is woken for what it did
// not ask, however they come and go; ten thousand of them cost little; and none of them keeps the service from leaving.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { readStartScript } from '../../scripts/start-script.ts'
import { sha256 } from '../../src/core/digest.ts'
import { type EventStream, openEvents } from '../fixtures/event-stream.ts'
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
t.jobs = chaos ? 1 : 4
const how = { buffered: !chaos }

/** The parts of a registry that change one at a time, and what of them a watcher asks for. */
const PARTS = ['description', 'acme/api', 'acme/web', 'beta/one'] as const
const WATCHED: Readonly<Record<string, readonly string[]>> = {
  '/events': PARTS,
  '/events?org=ACME': ['acme/api', 'acme/web'],
  '/events?org=beta': ['beta/one'],
  '/events?repo=acme/api': ['acme/api'],
  '/events?repo=acme/web': ['acme/web'],
  '/events?org=nobody': [],
}

t.test('watchers that come and go while the registry is reloaded', { ...how }, async t => {
  const reloads = dose('EVENT_RELOADS', 25, 1_000)
  const perPath = dose('EVENT_WATCHERS', 3, 10)
  const file = place(t, textOf([0, 0, 0, 0]))
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '50' } })
  await service.serves(textOf([0, 0, 0, 0]))

  const history: number[][] = [[0, 0, 0, 0]]
  const places = new Map([[sha256(textOf([0, 0, 0, 0])), 0]])
  const watchers = Object.keys(WATCHED).flatMap(path =>
    Array.from({ length: perPath }, () => new Watcher(t, service, path, history, places)),
  )
  await Promise.all(watchers.map(watcher => watcher.come()))
  const pollers = ['/registry', '/resolve/acme/api'].map(path => startPoller(service, path, places))

  const seed = Math.floor(Math.random() * 2 ** 31)
  t.comment(`seed ${seed}`)
  const random = randomFrom(seed)
  const lags: number[] = []
  for (let n = 1; n <= reloads; n++) {
    const counts = [...history.at(-1)!]
    // Now and then what was changed last is undone, and whoever missed both has missed nothing.
    if (random() < 0.1 && n > 2) counts.splice(0, 4, ...history.at(-2)!)
    else counts[Math.floor(random() * 4)]! += 1
    // No revision comes twice, but for the one that is undone: the description tells the others apart.
    const text = textOf(counts)
    const revision = sha256(text)
    history.push(counts)
    places.set(revision, n)
    const came = watchers.filter(() => random() < 0.2).map(watcher => watcher.comeAndGo())
    const from = service.lines.length
    replace(file, text)
    const swapped = await service.logged(line => line.revision === revision, 10_000, from)
    const [all] = watchers
    if (n % 10 === 0) {
      await all!.knows(revision)
      lags.push(performance.timeOrigin + performance.now() - Number(swapped.time))
    }
    await Promise.all(came)
  }
  const last = history.at(-1)!
  await Promise.all(watchers.map(watcher => watcher.come()))
  const missed = watchers.filter(watcher => !watcher.isAt(last))
  await Promise.all(missed.map(watcher => watcher.until(last)))
  t.pass('everybody knows the last state of what was asked for')
  await Promise.all(pollers.map(poller => poller.until(sha256(textOf(last)))))
  const polls = await Promise.all(pollers.map(poller => poller.stop()))

  t.strictSame(
    watchers.flatMap(({ faults }) => faults),
    [],
    'nobody was woken for what was not asked for, nor told of what was long gone',
  )
  const sum = (of: (watcher: Watcher) => number): number =>
    watchers.reduce((all, watcher) => all + of(watcher), 0)
  const visits = sum(watcher => watcher.visits)
  t.ok(visits > (reloads * watchers.length) / 10, `the dose: ${visits} visits`)
  t.ok(sum(watcher => watcher.events) > reloads, `the dose: ${sum(watcher => watcher.events)} events`)
  t.ok(
    polls.every(({ answers, failures }) => answers > reloads / 10 && failures.length === 0),
    JSON.stringify(polls),
  )
  figures(t, 'watchers that come and go', {
    reloads,
    watchers: watchers.length,
    'came back': visits - watchers.length,
    events: sum(watcher => watcher.events),
    'missed the last': 0,
    'woken for nothing': 0,
    'answers to long polls': polls.reduce((all, { answers }) => all + answers, 0),
    'ms from swap to event, median': round(quantile(lags, 0.5)),
  })
})

/** Prints, as a JSON line at each SIGWINCH, what the process costs, after a collection; then begins to measure anew. */
const monitor = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads'
  import { monitorEventLoopDelay } from 'node:perf_hooks'
  if (isMainThread) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    process.on('SIGWINCH', () => {
      const { user, system } = process.cpuUsage()
      const loop = { loopP99Ms: delay.percentile(99) / 1e6, loopMaxMs: delay.max / 1e6 }
      gc()
      const { rss, heapUsed } = process.memoryUsage()
      process.stderr.write(JSON.stringify({ cpuMs: (user + system) / 1e3, rssMb: rss / 1e6, heapMb: heapUsed / 1e6, ...loop }) + '\\n')
      setTimeout(() => { delay.reset(); delay.enable(); process.stderr.write('{}\\n') }, 50)
    })
  }`)}`

interface Cost {
  readonly cpuMs: number
  readonly rssMb: number
  readonly heapMb: number
  readonly loopP99Ms: number
  readonly loopMaxMs: number
}

t.test('idle watchers cost little, and are told soon', { ...how }, async t => {
  const count = dose('IDLE_WATCHERS', 500, 10_000)
  const rounds = dose('EVENT_ROUNDS', 3, 20)
  const file = place(t, registryText(0))
  const { env, execArgv } = readStartScript()
  const service = await startService(t, {
    env: { ...env, INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '500' },
    execArgv: [...execArgv, '--expose-gc', '--import', monitor],
  })
  await service.serves(registryText(0))
  const idleMs = dose('IDLE_MS', 500, 60_000)
  const started = await costOf(service)
  await pause(Math.min(idleMs, 10_000))
  const before = await costOf(service)
  const clients = await openClients(t, service, count)
  const open = await costOf(service)
  await pause(idleMs)
  const idle = await costOf(service)

  const load = startLoad(service)
  const spans: { whole: number; spread: number }[] = []
  for (let n = 1; n <= rounds; n++) {
    const revision = sha256(registryText(n))
    await clients.expect(revision)
    const from = service.lines.length
    replace(file, registryText(n))
    const { time } = await service.logged(line => line.revision === revision, 10_000, from)
    const { first, last, closed } = await clients.told(revision)
    if (closed > 0) t.fail(`${closed} were cut`)
    spans.push({ whole: last - Number(time), spread: last - first })
  }
  const result = await load.stop()
  const busy = await costOf(service)
  const leaving = performance.now()
  const { code } = await service.stop()
  const exitMs = performance.now() - leaving

  t.equal(code, 0)
  t.ok(exitMs < 5_000, `left within ${Math.round(exitMs)} ms`)
  t.strictSame(result.failures, [], '/resolve is answered meanwhile')
  t.ok(result.latencies.length > rounds * 20, `the dose: ${result.latencies.length} answers`)
  const memoryKb = ((open.rssMb - before.rssMb) / count) * 1_000
  const heapKb = ((open.heapMb - before.heapMb) / count) * 1_000
  const aloneCpu = ((before.cpuMs - started.cpuMs) / Math.min(idleMs, 10_000)) * 100
  const idleCpu = ((idle.cpuMs - open.cpuMs) / idleMs) * 100
  // Of a few, the cost of each is lost in what the process does anyway.
  if (chaos && count >= 5_000) {
    t.ok(memoryKb < 40, `${round(memoryKb)} kB of memory each`)
    t.ok(idleCpu - aloneCpu < 5, `${round(idleCpu - aloneCpu)} % of a core`)
    t.ok(Math.max(...spans.map(({ whole }) => whole)) < 1_500, 'all are told within 1.5 s')
    t.ok(busy.loopP99Ms < 25, `event-loop delay p99 ${round(busy.loopP99Ms)} ms`)
  }
  figures(t, 'idle watchers', {
    watchers: count,
    'kB of memory each': round(memoryKb),
    'of it heap': round(heapKb),
    'idle for s': idleMs / 1_000,
    '% of a core while idle': round(idleCpu),
    'without watchers': round(aloneCpu),
    'loop delay p99 ms while idle': round(idle.loopP99Ms),
    rounds,
    'ms from swap until all were told, median': round(
      quantile(
        spans.map(({ whole }) => whole),
        0.5,
      ),
    ),
    max: round(Math.max(...spans.map(({ whole }) => whole))),
    'ms from first to last, median': round(
      quantile(
        spans.map(({ spread }) => spread),
        0.5,
      ),
    ),
    'loop delay p99 ms meanwhile': round(busy.loopP99Ms),
    'max ms': round(busy.loopMaxMs),
    'answers of /resolve meanwhile': result.latencies.length,
    'p99 ms': round(quantile(result.latencies, 0.99)),
    'exit ms': Math.round(exitMs),
  })
})

t.test('nobody who waits keeps the service from leaving', { ...how }, async t => {
  const file = place(t, registryText(0))
  // Long enough that what is asked meanwhile is answered on a busy machine too.
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_DRAIN_MS: '2000' } })
  await service.serves(registryText(0))
  const streams = await Promise.all(Array.from({ length: 20 }, () => openEvents(t, `${service.url}/events`)))
  for (const stream of streams) await stream.next()
  // One that does not read.
  streams[0]!.pause()
  const { headers } = await service.get('/registry')
  const agent = new Agent()
  t.teardown(() => agent.destroy())
  const polls = Array.from({ length: 20 }, () =>
    fetchFrom(`${service.url}/registry?wait=60s`, agent, { 'if-none-match': headers.etag! }),
  )
  // Answered behind them on the same loop, so that they are waiting by then.
  await service.get('/livez')
  const began = performance.now()
  service.child.kill('SIGTERM')
  await service.logged(({ msg }) => msg === 'stopping')
  t.equal((await service.get('/readyz')).status, 503)
  t.equal((await service.get('/events')).status, 204, 'nobody new is taken in')
  t.strictSame(
    (await Promise.all(polls)).map(({ status }) => status),
    Array(20).fill(304),
    'every poll is answered',
  )
  await Promise.all(streams.slice(1).map(stream => stream.ended))
  t.strictSame(await service.ended, { code: 0, signal: null })
  const exitMs = performance.now() - began
  t.ok(exitMs < 5_000, `gone after ${Math.round(exitMs)} ms`)
})

t.test('a stream outlives every limit that cuts the slow and the silent', { ...how }, async t => {
  const file = place(t, registryText(0))
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file } })
  await service.serves(registryText(0))
  const stream = await openEvents(t, `${service.url}/events`)
  await stream.next()
  const began = performance.now()
  const cut = [
    '',
    `GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: `,
    'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n',
  ].map(async bytes => {
    const socket = connect(service.port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write(bytes)
    await once(socket, 'close')
    return performance.now() - began
  })
  const times = await Promise.all(cut)
  t.ok(Math.max(...times) > 5_000, `the last was cut after ${Math.round(Math.max(...times))} ms`)
  replace(file, registryText(1))
  t.equal((await stream.next()).id, sha256(registryText(1)), 'and the stream goes on')
})

/** Somebody who watches one thing, goes, and comes back with the last id; every event is held to what it is about. */
class Watcher {
  readonly faults: string[] = []
  visits = 0
  events = 0
  readonly #t: Test
  readonly #url: string
  readonly #path: string
  readonly #history: readonly (readonly number[])[]
  readonly #places: ReadonlyMap<string, number>
  #stream: EventStream | undefined
  #id: string | undefined
  #known: readonly number[] | undefined
  #checked = 0

  constructor(
    t: Test,
    { url }: Service,
    path: string,
    history: readonly (readonly number[])[],
    places: ReadonlyMap<string, number>,
  ) {
    this.#t = t
    this.#url = url
    this.#path = path
    this.#history = history
    this.#places = places
  }

  /** Opens a stream, unless one is open. */
  async come(): Promise<void> {
    if (this.#stream !== undefined) return
    this.visits += 1
    this.#checked = 0
    const headers: Record<string, string> = this.#id === undefined ? {} : { 'last-event-id': this.#id }
    // A test remembers every teardown; these are closed by whoever comes and goes.
    this.#stream = await openEvents(
      { teardown: end => this.#t.teardown(end) },
      this.#url + this.#path,
      headers,
    )
  }

  async comeAndGo(): Promise<void> {
    if (this.#stream === undefined) return this.come()
    this.#check()
    this.#stream.close()
    this.#stream = undefined
  }

  /** Whether what was told last is the `state` of what is watched. */
  isAt(state: readonly number[]): boolean {
    this.#check()
    return this.#known !== undefined && this.#part(this.#known) === this.#part(state)
  }

  async until(state: readonly number[]): Promise<void> {
    await this.#stream!.until(() => this.isAt(state), 10_000)
  }

  async knows(revision: string): Promise<void> {
    await this.come()
    await this.until(this.#history[this.#places.get(revision)!]!)
  }

  #part(state: readonly number[]): string {
    return WATCHED[this.#path]!.map(part => state[PARTS.indexOf(part as (typeof PARTS)[number])]).join()
  }

  #check(): void {
    const events = this.#stream?.events ?? []
    for (; this.#checked < events.length; this.#checked++) {
      const { id, data } = events[this.#checked]!
      const place = this.#places.get(data.revision)
      if (place === undefined) {
        this.faults.push(`${this.#path}: a revision that never was: ${data.revision}`)
        continue
      }
      const state = this.#history[place]!
      if (this.#known !== undefined && this.#part(state) === this.#part(this.#known))
        this.faults.push(`${this.#path}: woken for nothing by ${place}`)
      this.#known = state
      this.#id = id
      this.events += 1
    }
  }
}

/** Asks for `path` again and again with the last entity tag, each time willing to wait. */
function startPoller(service: Service, path: string, places: ReadonlyMap<string, number>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const result = { answers: 0, notModified: 0, failures: [] as string[] }
  let revision: string | undefined
  let running = true
  const poll = async (): Promise<void> => {
    let etag = '"none"'
    while (running) {
      const { status, headers, json } = await fetchFrom(`${service.url}${path}?wait=1s`, agent, {
        'if-none-match': etag,
      })
      if (status === 304) result.notModified += 1
      else if (status === 200) {
        result.answers += 1
        if (headers.etag === etag) result.failures.push('200 with the tag that was known')
        etag = headers.etag!
        revision = (json.registry ?? json).revision as string
        if (!places.has(revision)) result.failures.push(`a revision that never was: ${revision}`)
      } else result.failures.push(`${status}`)
    }
  }
  const all = poll()
  return {
    async until(want: string): Promise<void> {
      const deadline = performance.now() + 10_000
      while (revision !== want) {
        if (performance.now() > deadline) throw new Error(`${path} stays at ${revision} (want ${want})`)
        await pause(10)
      }
    },
    async stop() {
      running = false
      await all
      agent.destroy()
      return result
    },
  }
}

interface Told {
  readonly first: number
  readonly last: number
  readonly closed: number
}

async function openClients(t: Test, { port }: Service, count: number) {
  const program = fileURLToPath(new URL('../fixtures/event-clients.ts', import.meta.url))
  const paths = ['/events', '/events?repo=acme/api']
  const child: ChildProcess = spawn(
    '/usr/bin/env',
    ['-u', 'NODE_OPTIONS', process.execPath, program, String(port), String(count), ...paths],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async (member: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the clients ended before they said ${member}`)
      const fields = JSON.parse(value) as Record<string, unknown>
      if (Object.hasOwn(fields, 'error')) throw new Error(`a client: ${fields.error}`)
      if (Object.hasOwn(fields, member)) return fields
    }
  }
  await next('open')
  return {
    async expect(revision: string): Promise<void> {
      child.stdin!.write(`${revision}\n`)
      await next('expecting')
    },
    async told(revision: string): Promise<Told> {
      const told = await next('told')
      if (told.told !== revision) throw new Error(`told ${told.told} (want ${revision})`)
      return told as unknown as Told
    },
  }
}

/** What the service costs, since it was asked last. */
async function costOf(service: Service): Promise<Cost> {
  const seen = service.stderr.length
  process.kill(service.child.pid!, 'SIGWINCH')
  for (;;) {
    const lines = service.stderr.slice(seen).split('\n')
    if (lines.length > 2) return JSON.parse(lines[0]!) as Cost
    await pause(10)
  }
}

/** Four clients that ask for one repository without a pause. */
function startLoad({ url }: Service) {
  const result = { latencies: [] as number[], failures: [] as string[] }
  let running = true
  const ask = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (running) {
      const began = performance.now()
      const status = await statusOf(`${url}/resolve/acme/api`, agent)
      result.latencies.push(performance.now() - began)
      if (status !== 200) result.failures.push(String(status))
    }
    agent.destroy()
  }
  const all = Array.from({ length: 4 }, ask)
  return {
    async stop() {
      running = false
      await Promise.all(all)
      return result
    },
  }
}

function statusOf(url: string, agent: Agent): Promise<number | string> {
  return new Promise(resolve => {
    get(url, { agent }, response => {
      response.resume().on('end', () => resolve(response.statusCode!))
    }).on('error', error => resolve(error.message))
  })
}

/** A registry whose four parts have been changed so many times. */
function textOf([description, api, web, one]: readonly number[]): string {
  const org = (name: string, repos: Record<string, number>) => ({
    telemetry_repo: `${name}/telemetry`,
    repos: Object.fromEntries(
      Object.entries(repos).map(([repo, n]) => [
        repo,
        { state: 'enabled', context: 'production', process: 'infra-cli', reason: `change ${n}` },
      ]),
    ),
  })
  const document = {
    schema_version: '2.0',
    generated_at: '2026-01-21T00:00:00Z',
    description: `change ${description}`,
    orgs: { acme: org('acme', { api: api!, web: web! }), beta: org('beta', { one: one! }) },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** A small generator of numbers from 0 to 1, so that a run can be run again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

function place(t: Test, text: string): string {
  const file = join(t.testdir({}), 'registry.json')
  writeFileSync(file, text)
  return file
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
