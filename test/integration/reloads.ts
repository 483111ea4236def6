// Reloads while clients ask without a pause: no answer fails, mixes two revisions or goes back, whatever lies on
// disk. And the faults of the watcher, which cost time and nothing else.

import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { measure, type Sizes } from '../fixtures/process-sizes.ts'
import {
  type Answer,
  chaos,
  dose,
  fetchFrom,
  figures,
  quantile,
  registryText,
  type Service,
  startService,
} from '../fixtures/service.ts'

t.setTimeout(0)

// A dose that is measured has the machine to itself.
t.jobs = chaos ? 1 : 3
/** Copied for each test: the runner keeps what it finds in it, and two that share one show one outcome. */
const how = { buffered: !chaos }

/** How late the last content may be: asserted where the machine does nothing else. */
const LATE_MS = 1_000
/** Longer than a test waits for an answer: what is answered then, the watcher has told. */
const NO_POLL = { INFRA_POLL_MS: '60000' }

/** Prints, a JSON line each: the heap after a collection at SIGWINCH, and the event-loop delays at the end. */
const monitor = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads'
  import { monitorEventLoopDelay } from 'node:perf_hooks'
  if (isMainThread) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    setTimeout(() => delay.enable(), 1_000).unref()
    process.on('SIGWINCH', () => {
      gc()
      process.stderr.write(JSON.stringify({ heapMb: process.memoryUsage().heapUsed / 1e6 }) + '\\n')
    })
    process.on('exit', () => process.stderr.write(JSON.stringify({
      loopP99Ms: delay.percentile(99) / 1e6,
      loopMaxMs: delay.max / 1e6,
    }) + '\\n'))
  }`)}`

t.test('reloads under load', { ...how }, async t => {
  const reloads = dose('RELOADS', 150, 10_000)
  const file = place(t, registryText(0))
  // The shortest poll, so that the dose fits into the time; everything else is as it comes.
  const service = await startService(t, {
    env: { INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '50' },
    execArgv: ['--expose-gc', '--import', monitor],
  })
  await service.serves(registryText(0))
  const { pid } = await service.logged(({ msg }) => msg === 'listening')

  const revisions = new Map([[sha256(registryText(0)), 0]])
  const load = startLoad(service, revisions, 8)
  const sizes: Sizes[] = []
  let bad = 0
  for (let n = 1; n <= reloads; n++) {
    const isBad = n % 5 === 0
    const text = isBad ? badText(n) : registryText(n)
    const digest = sha256(text)
    if (isBad) bad += 1
    else revisions.set(digest, n)
    const from = service.lines.length
    // Now and then the whole folder is another one, and the watcher has to be made anew.
    if (n % 25 === 0) swapFolder(file, text)
    else replace(file, text)
    await service.logged(
      line => (isBad ? line.disk === digest : line.revision === digest) && line.msg.startsWith('registry '),
      10_000,
      from,
    )
    if (n === Math.round(reloads / 4)) process.kill(Number(pid), 'SIGWINCH')
    if (n % Math.ceil(reloads / 50) === 0) sizes.push(measure(Number(pid)))
  }
  const last = reloads % 5 === 0 ? reloads - 1 : reloads
  await service.serves(registryText(last))
  const result = await load.stop()
  process.kill(Number(pid), 'SIGWINCH')
  const { json: status } = await service.get('/status')
  t.strictSame(await service.stop(), { code: 0, signal: null })
  const printed = service.stderr
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const [heapEarly, heapLate, loop] = printed as [
    { heapMb: number },
    { heapMb: number },
    { loopP99Ms: number; loopMaxMs: number },
  ]

  t.strictSame(result.failures, [], 'no failed request')
  t.equal(result.mixed, 0, 'no answer mixes two revisions')
  t.equal(result.backwards, 0, 'no connection goes back')
  t.equal(bad, Math.floor(reloads / 5))
  t.equal(status.loads.activated, 1 + reloads - bad, 'each good one was activated')
  t.ok(status.loads.refused >= bad, 'each bad one was counted')
  // A folder that is swapped is not there for a moment, and that may be when we look.
  const { registry_missing: _, ...refusals } = status.refusals
  t.strictSame(new Set(Object.keys(refusals)), new Set(['registry_invalid', 'registry_version_unsupported']))
  t.ok(result.answers > reloads * 10, `the dose: ${result.answers} answers`)
  t.ok(result.revisionsSeen > (reloads - bad) / 2, `the dose: ${result.revisionsSeen} revisions were seen`)
  t.ok(result.degraded > result.answers / 100, `the dose: ${result.degraded} answers while degraded`)

  // The first third warms up: code is compiled, pools and heap find their size.
  const warm = sizes.slice(Math.floor(sizes.length / 3))
  const half = Math.floor(warm.length / 2)
  const [early, late] = [warm.slice(0, half), warm.slice(half)]
  t.comment(`RSS over time: ${sizes.map(({ rssMb }) => rssMb).join(' ')}`)
  const middle = (of: readonly Sizes[], key: keyof Sizes): number =>
    quantile(
      of.map(size => size[key]),
      0.5,
    )
  // A file that is being read when we look is none that was left open; one that was left open is there at every look.
  const leastOf = (of: readonly Sizes[], key: keyof Sizes): number => Math.min(...of.map(size => size[key]))
  if (warm.some(({ rssMb }) => rssMb > 0)) {
    // What the allocator holds grows in steps; what is alive, below, must not grow at all.
    t.ok(middle(late, 'rssMb') < middle(early, 'rssMb') * 1.25, 'memory is flat')
    t.equal(leastOf(late, 'files'), leastOf(early, 'files'), 'open files are as many')
    // Where the folder is another one the watches are made anew, and there are fewer until they are.
    t.equal(middle(late, 'watches'), middle(early, 'watches'), 'watches are as many')
  } else t.pass('NOT TESTED: no /proc here to read sizes from')
  t.ok(heapLate.heapMb < heapEarly.heapMb * 1.1, 'the heap after a collection is flat')
  if (chaos) {
    t.ok(loop.loopP99Ms < 10, 'event-loop delay p99')
  }
  figures(t, 'reloads', {
    reloads,
    'of them bad': bad,
    answers: result.answers,
    failed: result.failures.length,
    mixed: result.mixed,
    backwards: result.backwards,
    'p99 ms': round(quantile(result.latencies, 0.99)),
    'loop delay p99 ms': round(loop.loopP99Ms),
    'loop delay max ms': round(loop.loopMaxMs),
    'heap MB': `${round(heapEarly.heapMb)} → ${round(heapLate.heapMb)}`,
    'RSS MB': `${middle(early, 'rssMb')} → ${middle(late, 'rssMb')}`,
    'open files': `${leastOf(early, 'files')} → ${leastOf(late, 'files')}`,
    watches: `${middle(early, 'watches')} → ${middle(late, 'watches')}`,
  })
})

t.test('bursts of writes end with the last one', { ...how }, async t => {
  const bursts = dose('BURSTS', 5, 200)
  const file = place(t, registryText(0))
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, ...NO_POLL } })
  await service.serves(registryText(0))
  const lags: number[] = []
  for (let burst = 1; burst <= bursts; burst++) {
    for (let step = 0; step < 10; step++) {
      if (burst % 2 === 0) replace(file, registryText(burst * 100 + step))
      else writeFileSync(file, registryText(burst * 100 + step))
      await new Promise(resolve => setTimeout(resolve, 7))
    }
    const text = registryText(burst * 100 + 10)
    writeFileSync(file, text)
    const last = performance.now()
    await service.serves(text)
    lags.push(performance.now() - last)
  }
  t.equal(lags.length, bursts)
  checkLags(t, lags)
  figures(t, 'bursts', { bursts: `${lags.length}/${bursts}`, 'max ms': round(Math.max(...lags)) })
})

t.test(
  'more events than the kernel keeps, while the process stands still, hide nothing',
  { ...how },
  async t => {
    const file = place(t, registryText(0))
    const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, ...NO_POLL } })
    await service.serves(registryText(0))
    // Served without a poll: it watches now, and has no first look left that would see what the events tell.
    replace(file, registryText(1))
    await service.serves(registryText(1))
    const events = dose('EVENTS', 20_000, 50_000)
    service.child.kill('SIGSTOP')
    for (let i = 0; i < events / 4; i++) {
      renameSync(file, `${file}.x`)
      renameSync(`${file}.x`, file)
    }
    replace(file, registryText(2))
    service.child.kill('SIGCONT')
    const went = performance.now()
    await service.serves(registryText(2))
    const lag = performance.now() - went
    checkLags(t, [lag])
    figures(t, 'queue overflow', { events, 'ms until served': round(lag) })
  },
)

for (const [limit, code] of [
  ['max_inotify_instances', 'EMFILE'],
  ['max_inotify_watches', 'ENOSPC'],
] as const) {
  t.test(
    `without any ${limit.slice(4).replace('_', ' ')} left (${code}) it serves, says so, and polls`,
    async t => {
      // A user namespace has limits of its own: nobody else on the machine is left without.
      const limitFile = `/proc/sys/user/${limit}`
      const unshare = ['unshare', '--user', '--map-root-user']
      const able = spawnSync(unshare[0]!, [...unshare.slice(1), 'sh', '-c', `echo 0 > ${limitFile}`])
      if (able.status !== 0) {
        return t.pass(`NOT TESTED: no user namespace with its own limits here (${able.stderr ?? able.error})`)
      }
      const file = place(t, registryText(0))
      const lift = `${file}.lift`
      const script = `echo 0 > ${limitFile}
      (until [ -e "$0" ]; do sleep 0.05; done; echo 1000 > ${limitFile}) &
      exec "$@"`
      const service = await startService(t, {
        env: { INFRA_REGISTRY_FILE: file },
        under: [...unshare, 'sh', '-c', script, lift],
      })
      await service.serves(registryText(0))
      await service.until('/status', ({ json }) => json.watch === 'degraded')
      t.match(await service.get('/readyz'), { status: 200 })
      const lags: number[] = []
      for (let n = 1; n <= dose('EXHAUSTED', 5, 40); n++) {
        replace(file, registryText(n))
        const last = performance.now()
        await service.serves(registryText(n))
        lags.push(performance.now() - last)
      }
      checkLags(t, lags)
      const told = service.logs.filter(({ msg, state }) => msg === 'watcher' && state === 'degraded')
      t.ok(told.length >= 1)
      t.match(told[0]?.detail, code)
      t.notOk(
        service.logs.some(({ msg, state }) => msg === 'watcher' && state === 'ok'),
        'and never claims to watch',
      )
      figures(t, `without ${limit.slice(4)}`, {
        noticed: `${lags.length}/${lags.length}`,
        'max ms': round(Math.max(...lags)),
      })

      writeFileSync(lift, '')
      await service.until('/status', ({ json }) => json.watch === 'ok', 20_000)
      t.pass('and watches again when it can')
      t.strictSame(await service.stop(), { code: 0, signal: null })
    },
  )
}

/** Of contents that were all served in the end: how late, where that tells of the service and not of the machine. */
function checkLags(t: Test, lags: readonly number[]): void {
  const worst = `worst ${round(Math.max(...lags))} ms`
  if (chaos) t.ok(Math.max(...lags) < LATE_MS, worst)
  else t.pass(worst)
}

/** Clients with one connection each that ask without a pause, and check every answer. */
function startLoad(service: Service, revisions: ReadonlyMap<string, number>, clients: number) {
  const result = {
    answers: 0,
    failures: [] as string[],
    mixed: 0,
    backwards: 0,
    degraded: 0,
    revisionsSeen: 0,
    latencies: [] as number[],
  }
  const seen = new Set<number>()
  let running = true
  const ask = async (path: string): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let newest = 0
    while (running) {
      const began = performance.now()
      let answer: Answer
      try {
        answer = await fetchFrom(service.url + path, agent)
      } catch (error) {
        result.failures.push(String(error))
        continue
      }
      result.latencies.push(performance.now() - began)
      result.answers += 1
      if (answer.status !== 200) {
        result.failures.push(`${answer.status} ${answer.text}`)
        continue
      }
      const revision = answer.headers['infra-registry-revision']!
      const round = revisions.get(revision)
      // The content says its own number, so that body, block and header are held against each other.
      const told = /round (\d+)/.exec(answer.text)
      const whole =
        round !== undefined &&
        answer.json.registry.revision === revision &&
        (told === null || Number(told[1]) === round) &&
        new Set(answer.text.match(/round \d+/g)).size <= 1
      if (!whole) result.mixed += 1
      if (round !== undefined && round < newest) result.backwards += 1
      newest = Math.max(newest, round ?? 0)
      if (round !== undefined) seen.add(round)
      if (answer.headers['infra-registry-state'] === 'degraded') result.degraded += 1
    }
    agent.destroy()
  }
  const paths = ['/resolve/acme/api', '/resolve/acme/api-sandbox', '/repos', '/telemetry-target/acme/api']
  const all = Array.from({ length: clients }, (_, i) => ask(paths[i % paths.length]!))
  return {
    async stop() {
      running = false
      await Promise.all(all)
      result.revisionsSeen = seen.size
      return result
    },
  }
}

function badText(n: number): string {
  const text = registryText(n)
  switch ((n / 5) % 3) {
    case 0:
      return text.slice(0, -20)
    case 1:
      return text.replace('"state": "enabled"', '"state": "maybe"')
    default:
      return text.replace('"schema_version": "2.0"', '"schema_version": "3.0"')
  }
}

/** A registry file in a folder of its own, below another of its own. */
function place(t: Test, text: string): string {
  const file = join(t.testdir({}), 'home', 'registry.json')
  mkdirSync(dirname(file))
  writeFileSync(file, text)
  return file
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function swapFolder(file: string, text: string): void {
  const folder = dirname(file)
  rmSync(`${folder}-old`, { recursive: true, force: true })
  mkdirSync(`${folder}-next`)
  writeFileSync(join(`${folder}-next`, 'registry.json'), text)
  renameSync(folder, `${folder}-old`)
  renameSync(`${folder}-next`, folder)
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
