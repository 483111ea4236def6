// Several serving threads, seen from outside: one port, one registry, one log. Which thread has answered is read from
// the log line of a refused request; nothing in an answer tells.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { readExposition, readValueOf } from '../fixtures/exposition.ts'
import {
  type Answer,
  chaos,
  dose,
  fetchFrom,
  figures,
  pause,
  quantile,
  registryText,
  runProgram,
  type Service,
  startService,
} from '../fixtures/service.ts'

t.setTimeout(0)
// A dose that is measured has the machine to itself.
t.jobs = chaos ? 1 : 2
/** Copied for each test: the runner keeps what it finds in it, and two that share one show one outcome. */
const how = { buffered: !chaos }

/** So many connections that all of them with one of two threads happens once in a million runs. */
const CONNECTIONS = 21

/** The rights that the image gives to the program. */
const PERMISSIONS = ['--permission', '--allow-fs-read=*', '--allow-net', '--allow-worker']

/** Keeps thread 1 from its messages most of the time: it is not to be found out by what it has not read yet. */
const busy = `data:text/javascript,${encodeURIComponent(`
  import { workerData } from 'node:worker_threads'
  if (workerData?.thread === 1) setInterval(() => {
    for (const end = performance.now() + 20; performance.now() < end; );
  }, 25).unref()
`)}`

t.test('reloads under load: what /status has shown is what every thread answers', { ...how }, async t => {
  const reloads = dose('THREAD_RELOADS', 50, 5_000)
  const file = place(t, registryText(0))
  const service = await startService(t, {
    env: { INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '50', INFRA_THREADS: '2' },
    execArgv: [...PERMISSIONS, '--import', busy],
  })
  await service.serves(registryText(0))
  const rounds = new Map([[sha256(registryText(0)), 0]])
  const load = await startLoad(t, service, rounds)
  for (let n = 1; n <= reloads; n++) {
    const digest = sha256(registryText(n))
    rounds.set(digest, n)
    const from = service.lines.length
    replace(file, registryText(n))
    await service.logged(
      ({ msg, revision }) => msg === 'registry swapped' && revision === digest,
      10_000,
      from,
    )
  }
  await service.serves(registryText(reloads))
  const result = await load.stop()
  t.strictSame(result.failures, [], 'no failed request')
  t.equal(result.outdated, 0, 'no answer is older than what /status had shown before it was asked for')
  t.equal(result.backwards, 0, 'nor older than any answer of any thread')
  t.equal(result.mixed, 0, 'no answer mixes two revisions')
  t.ok(result.answers > reloads * 10, `the dose: ${result.answers} answers`)
  t.ok(result.acknowledged > reloads / 2, `the dose: ${result.acknowledged} revisions seen in /status`)
  t.strictSame(new Set(load.threads()), new Set([0, 1]), 'both threads were asked')
  t.match((await service.get('/readyz?verbose')).text, '[+]threads 2 of 2 serve, 0 replaced\n')
  t.strictSame(await service.stop(), { code: 0, signal: null })
  t.equal(service.logs.at(-1)?.msg, 'stopped', 'every line of the log is one JSON object')
  figures(t, 'threads', {
    threads: 2,
    reloads,
    'connections by thread': [0, 1].map(n => load.threads().filter(one => one === n).length).join(' + '),
    answers: result.answers,
    failed: result.failures.length,
    'older than /status': result.outdated,
    'older than any answer before': result.backwards,
    mixed: result.mixed,
    'p99 ms': Math.round(quantile(result.latencies, 0.99) * 10) / 10,
  })
})

t.test('all threads are degraded together, count the age, and recover together', { ...how }, async t => {
  const file = place(t, registryText(1))
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_THREADS: '2' } })
  await service.serves(registryText(1))
  /** Asks over many connections at once; each answer must be like `header` says. */
  const everywhere = async (header: Record<string, unknown>, why: string): Promise<void> => {
    const answers = await overNewConnections(service, '/resolve/acme/api')
    for (const { status, headers } of answers) {
      const { 'infra-registry-state': state, age } = headers
      t.match({ status, state, age }, { status: 200, ...header }, why)
    }
  }
  await everywhere({ state: undefined, age: undefined }, 'well')
  replace(file, 'no registry')
  await service.until('/status', ({ json }) => json.state === 'degraded')
  await everywhere({ state: 'degraded', age: /^\d+$/ }, 'degraded')
  const since = Date.now()
  await service.until('/repos', ({ headers }) => Number(headers.age) >= 2)
  await everywhere({ state: 'degraded', age: /^[2-9]$/ }, `after ${Date.now() - since} ms`)
  for (const { status, json } of await overNewConnections(service, '/readyz'))
    t.match({ status, json }, { status: 200, json: { state: 'degraded', revision: sha256(registryText(1)) } })
  replace(file, registryText(2))
  await service.until('/status', ({ json }) => json.state === 'ok')
  await everywhere({ state: undefined, age: undefined }, 'well again')
  t.equal((await service.get('/status')).json.loads.activated, 2, 'loaded once, not once for each thread')
})

/**
 * Lets thread 1 throw when the process is sent SIGWINCH: the only way to crash a program that is right. At the worst
 * moment: requests lie in its sockets, which Node hands to it though it has thrown, and what is shown changes before it
 * comes to them.
 */
const fault = `data:text/javascript,${encodeURIComponent(`
  import { BroadcastChannel, isMainThread, MessageChannel, workerData } from 'node:worker_threads'
  const faults = new BroadcastChannel('faults')
  faults.unref()
  if (isMainThread) {
    process.on('SIGWINCH', () => faults.postMessage('crash'))
    faults.onmessage = () => console.log('{"level":30,"msg":"thread 1 has thrown"}')
  } else if (workerData?.thread === 1) {
    const { port1, port2 } = new MessageChannel()
    port2.on('message', () => {
      throw new Error('a fault of the test')
    })
    port2.unref()
    const waitWhile = (holds, ms) => {
      for (const end = performance.now() + ms; performance.now() < end && holds(); );
    }
    // Posted first, and so read before the requests that come meanwhile.
    faults.onmessage = () => setImmediate(() => {
      port1.postMessage('now')
      waitWhile(() => true, 20)
    })
    process.on('uncaughtExceptionMonitor', () => {
      const before = Atomics.load(workerData.shown, 0)
      faults.postMessage('thrown')
      waitWhile(() => Atomics.load(workerData.shown, 0) === before, 10_000)
    })
  }
`)}`

t.test(
  'a thread that crashes is replaced and told; one that goes on crashing ends the process',
  { ...how },
  async t => {
    const file = place(t, registryText(0))
    const service = await startService(t, {
      env: { INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '50', INFRA_THREADS: '2' },
      execArgv: ['--import', fault],
    })
    await service.serves(registryText(0))
    const crashAtSwap = async (n: number): Promise<void> => {
      const from = service.lines.length
      process.kill(service.child.pid!, 'SIGWINCH')
      await service.logged(({ msg }) => msg === 'thread 1 has thrown', 10_000, from)
      replace(file, registryText(n))
    }
    const rounds = new Map([[sha256(registryText(0)), 0]])
    // Who asks without a pause is always there first; those who pause come while the thread is about to throw.
    const load = await startLoad(t, service, rounds, { pauseMs: 10 })
    for (let n = 1; n <= 2; n++) {
      const from = service.lines.length
      // In the middle of a reload: the thread that comes has to have what the one that went did not live to see.
      rounds.set(sha256(registryText(n)), n)
      await crashAtSwap(n)
      t.match(await service.logged(({ msg }) => msg === 'serving thread crashed', 10_000, from), {
        level: 50,
        thread: 1,
        err: { type: 'Error', message: 'a fault of the test' },
        againMs: n === 1 ? 0 : 200,
      })
      await service.logged(({ msg }) => msg === 'serving thread replaced', 10_000, from)
      for (const { text } of await overNewConnections(service, '/readyz?verbose'))
        t.match(text, `[+]threads 2 of 2 serve, ${n} replaced\n`)
      for (const { text } of await overNewConnections(service, '/metrics')) {
        const samples = readExposition(text)
        t.equal(readValueOf(samples, 'infra_threads_replaced_total'), n)
        t.equal(readValueOf(samples, 'infra_threads_serving'), 2)
        t.equal(
          readValueOf(samples, 'infra_problems_total', { code: 'internal' }),
          0,
          'nobody was told of a bug',
        )
      }
      await service.serves(registryText(n))
    }
    const result = await load.stop()
    t.ok(result.answers > 500, `the dose: ${result.answers} answers`)
    t.ok(result.failures.length > 0, 'the connections of the one that crashed are gone')
    const cutOff = /ECONNRESET|EPIPE|socket hang up|aborted|ECONNREFUSED/
    t.strictSame(
      result.failures.filter(what => !cutOff.test(what)),
      [],
      'and nothing else',
    )
    const cut = service.logs.filter(({ msg }) => msg === 'request cut off')
    t.ok(cut.length > 0, `the dose: ${cut.length} requests that the crashed thread could not answer`)
    t.strictSame(load.failedOn(0), [], 'those of the other have not noticed')
    t.equal(result.outdated + result.backwards + result.mixed, 0, 'no answer is wrong')
    t.equal(new Set(service.logs.filter(({ msg }) => msg === 'listening').map(({ pid }) => pid)).size, 1)

    for (let n = 3; n <= 6; n++) {
      const from = service.lines.length
      await crashAtSwap(n)
      if (n < 6) await service.logged(({ msg }) => msg === 'serving thread replaced', 10_000, from)
    }
    t.strictSame(await service.ended, { code: 1, signal: null })
    const fatal = service.logs.find(({ level }) => level === 60)
    t.match(fatal, {
      msg: 'stopping after an error',
      err: { message: /crash faster than they can be replaced/ },
    })
    t.match(JSON.stringify(fatal), 'a fault of the test')
  },
)

t.test(
  'a port is one process: a second instance is refused as if nothing were shared',
  { ...how },
  async t => {
    const env = { INFRA_REGISTRY_FILE: place(t, registryText(1)), INFRA_THREADS: '2' }
    const inUse = { level: 60, msg: 'cannot listen', err: { code: 'EADDRINUSE' } }
    const service = await startService(t, { env })
    await service.serves(registryText(1))
    const PORT = String(service.port)

    const others = {
      'with several threads': runProgram(t, { env: { ...env, PORT } }),
      'with one': runProgram(t, { env: { ...env, PORT, INFRA_THREADS: '1' } }),
      'on all addresses': runProgram(t, { env: { ...env, PORT, HOST: '0.0.0.0' } }),
    }
    for (const [name, run] of Object.entries(others)) {
      t.strictSame(await run.ended, { code: 3, signal: null }, name)
      t.match(run.logs.at(-1), inUse, name)
    }
    t.equal((await service.get('/readyz')).status, 200)
    await service.stop()

    await t.test('of two that start at the same moment one listens', async t => {
      const both = [0, 1].map(() => runProgram(t, { env: { ...env, PORT } }))
      const { run } = await Promise.race(both.map(run => run.ended.then(ended => ({ run, ended }))))
      t.match(run.logs.at(-1), inUse)
      const other = both.find(one => one !== run)!
      await other.logged(({ msg }) => msg === 'listening')
      t.strictSame(await other.stop(), { code: 0, signal: null })
    })

    await t.test('and a stranger that shares the port is noticed', async t => {
      const stranger = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: true })
      t.teardown(() => stranger.close())
      await new Promise(resolve => stranger.once('listening', resolve))
      const { port } = stranger.address() as { port: number }
      const run = runProgram(t, { env: { ...env, PORT: String(port) } })
      t.strictSame(await run.ended, { code: 3, signal: null })
      t.match(run.logs.at(-1), inUse)
    })
  },
)

t.test('a number of threads that is none is refused', { ...how }, async t => {
  const run = runProgram(t, { env: { INFRA_THREADS: 'auto' } })
  t.equal((await run.ended).code, 2)
  t.equal(run.stderr, 'infra-resolver: INFRA_THREADS: is "auto" (want a whole number from 1 to 64)\n')
})

/** One GET over each of many new connections. */
function overNewConnections(service: Service, path: string): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: false })
  return Promise.all(Array.from({ length: CONNECTIONS }, () => fetchFrom(service.url + path, agent)))
}

interface Client {
  readonly agent: Agent
  /** Which thread has its connection. */
  thread: number
  readonly failures: string[]
}

/**
 * Clients with a connection each, and some that make a new one for every request, who ask without a pause, or every other
 * with one. What an answer may be at least is known before it is asked for: what `/status` has shown by then, and any other
 * answer.
 */
async function startLoad(
  t: Test,
  service: Service,
  rounds: ReadonlyMap<string, number>,
  { pauseMs = 0 } = {},
) {
  const result = {
    ...{ answers: 0, outdated: 0, backwards: 0, mixed: 0, acknowledged: 0 },
    failures: [] as string[],
    latencies: [] as number[],
  }
  const shown = new Set<number>()
  let newest = 0
  let newestShown = 0
  let running = true
  let names = 0
  /** Has the service write down which thread has this connection. */
  const locate = async (client: Client): Promise<void> => {
    const path = `/resolve/acme/connection-${names++}`
    const from = service.lines.length
    await fetchFrom(service.url + path, client.agent)
    client.thread = Number((await service.logged(line => line.path === path, 10_000, from)).thread)
  }
  const ask = async (client: Client, path: string): Promise<void> => {
    const [least, leastShown] = [newest, newestShown]
    const began = performance.now()
    const { status, headers, json, text } = await fetchFrom(service.url + path, client.agent)
    result.latencies.push(performance.now() - began)
    result.answers += 1
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    const revision = path === '/status' ? json.active.revision : headers['infra-registry-revision']
    const round = rounds.get(revision)
    const told = new Set([...text.matchAll(/round (\d+)/g)].map(([, n]) => Number(n)))
    if (round === undefined) throw new Error(`${path}: of nothing known: ${text}`)
    if (told.size > 1 || (told.size === 1 && !told.has(round))) result.mixed += 1
    if (round < leastShown) result.outdated += 1
    if (round < least) result.backwards += 1
    newest = Math.max(newest, round)
    if (path !== '/status') return
    newestShown = Math.max(newestShown, round)
    shown.add(round)
  }
  const run = async (client: Client, path: string, pauses: boolean): Promise<void> => {
    while (running) {
      if (pauses) await pause(pauseMs)
      try {
        await ask(client, path)
      } catch (error) {
        result.failures.push(String(error))
        client.failures.push(`on thread ${client.thread}: ${error}`)
        // Whoever was cut off begins anew, and may be cut off again.
        await locate(client).catch(() => {})
      }
    }
    client.agent.destroy()
  }
  const make = (keepAlive: boolean): Client => {
    return { agent: new Agent({ keepAlive, maxSockets: 1 }), thread: -1, failures: [] }
  }
  const kept = Array.from({ length: CONNECTIONS }, () => make(true))
  for (const client of kept) await locate(client)
  t.teardown(() => {
    running = false
  })
  const paths = ['/resolve/acme/api', '/repos', '/status']
  const fresh = Array.from({ length: 9 }, () => make(false))
  const all = [...kept, ...fresh].map((client, i) =>
    run(client, paths[i % paths.length]!, pauseMs > 0 && i % 2 === 0),
  )
  return {
    /** Which thread has which of the kept connections. */
    threads: () => kept.map(({ thread }) => thread),
    /** What failed over connections that were with a thread. */
    failedOn: (thread: number) =>
      kept.flatMap(({ failures }) => failures).filter(what => what.startsWith(`on thread ${thread}:`)),
    async stop() {
      running = false
      await Promise.all(all)
      result.acknowledged = shown.size
      return result
    },
  }
}

/** A registry file of its own folder. */
function place(t: Test, text: string): string {
  const file = join(t.testdir({}), 'home', 'registry.json')
  mkdirSync(dirname(file))
  writeFileSync(file, text)
  return file
}

/** Replaces the file, so that nobody ever sees half of it. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}
