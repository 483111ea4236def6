// A large registry is replaced by another, again and again, while clients ask without a pause; and by ones that must be
// refused. Callers notice neither. From a pinned home and from a plain file.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import t, { type Test } from 'tap'
import { readStartScript } from '../../scripts/start-script.ts'
import { CheckingLoad, type Report } from '../fixtures/checking-load.ts'
import { loopMonitor, takeLoopDelay } from '../fixtures/loop-monitor.ts'
import { lengthWithout, longest, type Span, watchStalls } from '../fixtures/machine-stalls.ts'
import { measure, type Sizes } from '../fixtures/process-sizes.ts'
import { pinnedRounds, plainRounds, type Rounds, roundsOf } from '../fixtures/rounds.ts'
import { chaos, dose, figures, pause, quantile, type Service, startService } from '../fixtures/service.ts'

t.setTimeout(0)
t.jobs = chaos ? 1 : 2
/** Copied for each test: the runner keeps what it finds in it, and two that share one show one outcome. */
const how = { buffered: !chaos }

const repos = dose('REPOS', 10_000, 1_000_000)
/** How many registries replace the first one, one after the other. */
const reloads = dose('RELOADS_AT_SIZE', 3, 9)
/** From one to the next; a load that takes longer is waited for. */
const everyMs = dose('RELOAD_EVERY_MS', 100, 20_000)
const steadyMs = dose('STEADY_MS', 300, 15_000)
/** What the loop of a thread keeps open; a load thread that has grown ends, and the next load has another. */
const THREAD_FILES = 5
const CLIENTS = chaos ? 32 : 16
const LOAD_DEADLINE_MS = 60_000
/** By then a registry that is no longer served has left memory (live/give-back.ts), and a look at a file is over. */
const AT_REST_MS = dose('AT_REST_MS', 500, 5_000)
/** How often a process is measured until then. */
const LOOK_EVERY_MS = AT_REST_MS / 20

/** What the limits are promised for: at a smaller size one would compare the noise. */
const atSize = repos >= 1_000_000
const MAX_LOOP_MS = 50
const MAX_P99_RATIO = 2
const MAX_GROWTH = 1.1

/** The service on one core, the load on another: each has what it needs, where a dose has the machine to itself. */
const pinnable = chaos && availableParallelism() > 1 && spawnSync('taskset', ['-c', '1', 'true']).status === 0
const onCore = (core: number): string[] => (pinnable ? ['taskset', '-c', String(core)] : [])

const bytesOf = roundsOf(repos)

for (const [source, make] of [
  ['pinned home', pinnedRounds],
  ['plain file', plainRounds],
] as const) {
  for (const refused of [false, true]) {
    const name = `${source}, ${refused ? 'refused' : 'replaced'}`
    t.test(name, { ...how }, t => reload(t, name, make(t.testdir({}), bytesOf), refused))
  }
}

t.test('the clients see each fault that they are there for', async t => {
  const [older, newer] = ['a', 'b'].map(digit => digit.repeat(64)) as [string, string]
  const plant = { mixed: 0, backwards: 0, failed: 0 }
  let asked = 0
  const server = createServer((request, response) => {
    const [, , org, repo] = request.url!.split('/')
    const answer = (revision: string, round: number, status = 200): void => {
      const text = `{"org":"${org}","repo":"${repo}","reason":"round 0000000${round}","registry":{"revision":"${revision}"}}`
      const headers = { 'infra-registry-revision': revision, 'content-length': text.length }
      response.writeHead(status, headers).end(text)
    }
    asked += 1
    if (asked % 10 === 3) plant.mixed += 1
    if (asked % 10 === 5) plant.backwards += 1
    if (asked % 10 === 7) plant.failed += 1
    if (asked % 10 === 3) answer(newer, 0)
    else if (asked % 10 === 5) answer(older, 0)
    else if (asked % 10 === 7) answer(newer, 1, 503)
    else answer(newer, 1)
  })
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const rounds = [[older, 0] as const, [newer, 1] as const]
  const load = new CheckingLoad(t, { port, repos: 100, clients: 1, rounds })
  while (asked < 100) await once(server, 'request')
  const { mixed, backwards, failed } = await load.stop()
  t.strictSame({ mixed, backwards, failed }, plant)
  t.ok(plant.mixed >= 10 && plant.backwards >= 10 && plant.failed >= 9)
})

async function reload(t: Test, name: string, rounds: Rounds, refused: boolean): Promise<void> {
  const revisions = Array.from({ length: reloads + 1 }, (_, round) => rounds.lay(round, refused && round > 0))
  // A virtual machine that has used up its share of its host stands still, and what the host writes for it counts.
  if (atSize) spawnSync('sync')
  rounds.show(0)
  const { env, execArgv } = readStartScript()
  const service = await startService(t, {
    env: { ...env, ...rounds.env },
    execArgv: [...execArgv, '--import', loopMonitor],
    under: onCore(0),
  })
  await decided(service, revisions[0]!)
  const stalls = pinnable ? await watchStalls(t, 0) : undefined
  const order = {
    ...{ port: service.port, repos, clients: CLIENTS },
    // A refused round is no round: an answer that names it is of nothing known.
    rounds: revisions.map((revision, round) => [revision, round] as const).slice(0, refused ? 1 : undefined),
  }
  const load = new CheckingLoad(t, order, onCore(1))

  // Code is compiled and pools find their size.
  await pause(steadyMs / 3)
  await load.report()
  await takeLoopDelay(service)
  const warmStalls = stalls?.length ?? 0
  const cpu = cpuSeconds(service)
  await pause(steadyMs)
  const steady = await load.report()
  const busy = (cpuSeconds(service) - cpu) / steady.seconds
  const steadyLoop = await takeLoopDelay(service)
  const steadyStalls = stalls?.length ?? 0

  const sizes: Sizes[] = []
  const loadMs: number[] = []
  for (let round = 1; round <= reloads; round++) {
    const began = performance.now()
    const from = service.lines.length
    rounds.show(round)
    const line = await decided(service, revisions[round]!, from)
    t.equal(line.msg, refused ? 'registry refused' : 'registry swapped')
    loadMs.push(performance.now() - began)
    await pause(Math.max(0, everyMs - (performance.now() - began)))
    // What the process holds is compared when it holds one registry and nothing else, and looked at in between.
    const compared = round === 2 || round === reloads
    sizes.push(compared ? await sizesAtRest(service.child.pid!) : measure(service.child.pid!))
  }
  const disturbed = await load.report()
  const loop = await takeLoopDelay(service)
  const { json: status } = await service.get('/status')
  // A machine is not as fast now as it was minutes ago: what was disturbed is compared with what was steady on both sides.
  await pause(steadyMs)
  const after = await load.report()
  const rest = await load.stop()
  // A load thread that has grown ends, and another begins, each in its own time.
  const threads = (): number => (measure(service.child.pid!).loopFiles - sizes[1]!.loopFiles) / THREAD_FILES
  const settled = (count: number): boolean => Number.isInteger(count) && count <= 1
  for (let look = 0; look < 50 && !settled(threads()); look++) await pause(100)
  const moreThreads = threads()
  t.strictSame(await service.stop(), { code: 0, signal: null })

  checkAnswers(t, [steady, disturbed, after, rest])
  checkDose(t, { status, disturbed, after, refused, refusal: rounds.refusal })
  const [warm, last] = [sizes[1]!, sizes.at(-1)!]
  t.equal(last.files, warm.files, 'open files are as many')
  t.ok(settled(moreThreads), `at most the load thread is new: ${moreThreads}`)
  t.equal(last.watches, warm.watches, 'watches are as many')
  if (atSize) {
    t.ok(loop.loopMaxMs < MAX_LOOP_MS, `event-loop delay max: ${loop.loopMaxMs.toFixed(1)} ms`)
    t.ok(
      disturbed.p99Ms <= ((steady.p99Ms + after.p99Ms) / 2) * MAX_P99_RATIO,
      `p99: ${steady.p99Ms} ms, then ${disturbed.p99Ms} ms, then ${after.p99Ms} ms`,
    )
    t.ok(last.rssMb < warm.rssMb * MAX_GROWTH, `memory is flat: ${sizes.map(({ rssMb }) => rssMb).join(' ')}`)
    if (!pinnable) t.comment('NOT TESTED: a core for the service and a core for the load')
  }
  figures(t, name, {
    repositories: repos,
    [refused ? 'refused' : 'reloads']: reloads,
    'ms until decided': `${Math.round(Math.min(...loadMs))}–${Math.round(Math.max(...loadMs))}`,
    answers: disturbed.answers,
    failed: disturbed.failed,
    mixed: disturbed.mixed,
    backwards: disturbed.backwards,
    'per second': [steady, disturbed, after]
      .map(({ answers, seconds }) => Math.round(answers / seconds))
      .join(' → '),
    'share of a core when steady': busy.toFixed(2),
    'p99 ms': [steady, disturbed, after].map(({ p99Ms }) => p99Ms.toFixed(1)).join(' → '),
    'max ms': [steady, disturbed, after].map(({ maxMs }) => maxMs.toFixed(1)).join(' → '),
    'loop delay max ms': arrow(steadyLoop.loopMaxMs, loop.loopMaxMs),
    ...(stalls && {
      'without the stalls of the machine': arrow(ownMs(steadyLoop.gaps, stalls), ownMs(loop.gaps, stalls)),
      'longest stall ms': arrow(
        longest(stalls.slice(warmStalls, steadyStalls)),
        longest(stalls.slice(steadyStalls)),
      ),
    }),
    'RSS MB': arrow(warm.rssMb, last.rssMb, 0),
    'open files': `${warm.files} → ${last.files}`,
    watches: `${warm.watches} → ${last.watches}`,
  })
  rmSync(t.testdirName, { recursive: true })
}

/** The longest gap, without what the machine took of it. */
function ownMs(gaps: readonly Span[], stalls: readonly Span[]): number {
  return Math.max(0, ...gaps.map(gap => lengthWithout(stalls, gap)))
}

/**
 * Measures a process for a while: what most looks show, since in some of them a file is open to be looked at, and its
 * memory when it took the least.
 */
async function sizesAtRest(pid: number): Promise<Sizes> {
  const looks: Sizes[] = []
  for (const until = performance.now() + AT_REST_MS; performance.now() < until; await pause(LOOK_EVERY_MS)) {
    looks.push(measure(pid))
  }
  const middle = (key: keyof Sizes): number =>
    quantile(
      looks.map(look => look[key]),
      0.5,
    )
  return {
    rssMb: Math.min(...looks.map(({ rssMb }) => rssMb)),
    files: middle('files'),
    loopFiles: middle('loopFiles'),
    watches: middle('watches'),
  }
}

function checkAnswers(t: Test, reports: readonly Report[]): void {
  for (const report of reports) {
    t.strictSame(report.failures, [], 'no failed request')
    const { failed, mixed, backwards } = report
    t.strictSame({ failed, mixed, backwards }, { failed: 0, mixed: 0, backwards: 0 })
  }
}

interface Given {
  // biome-ignore lint/suspicious/noExplicitAny: a body is whatever it is
  readonly status: any
  readonly disturbed: Report
  readonly after: Report
  readonly refused: boolean
  readonly refusal: string
}

/** That the reloads happened, and that they happened under load. */
function checkDose(t: Test, { status, disturbed, after, refused, refusal }: Given): void {
  t.equal(status.loads.activated, refused ? 1 : 1 + reloads, 'each good one was activated')
  if (refused) {
    t.ok(status.loads.refused >= reloads, `each bad one was counted: ${status.loads.refused}`)
    t.strictSame(Object.keys(status.refusals), [refusal])
    // How many before the first was refused is a matter of time; after the last, none may say that all is well.
    if (atSize)
      t.ok(disturbed.degraded > disturbed.answers / 2, `${disturbed.degraded} answers while degraded`)
    t.ok(after.answers >= CLIENTS, `the dose: ${after.answers} answers after the last`)
    t.equal(after.degraded, after.answers, 'and each of them says that it is degraded')
  } else {
    t.strictSame(status.refusals, {})
    const seen = new Set([...disturbed.rounds, ...after.rounds])
    t.equal(seen.size, reloads + 1, 'each was answered from')
  }
  // Full load at the long dose; beside other tests, enough of it that each reload is asked about.
  const least = chaos ? 1_000 : 20
  t.ok(disturbed.answers > reloads * least, `the dose: ${disturbed.answers} answers`)
}

/** Waits until the service has taken or refused what has this revision. */
function decided(service: Service, revision: string, from = 0): ReturnType<Service['logged']> {
  return service.logged(
    ({ msg, revision: taken, disk }) =>
      (msg === 'registry swapped' || msg === 'registry refused') && (taken ?? disk) === revision,
    LOAD_DEADLINE_MS,
    from,
  )
}

const TICKS_PER_SECOND = 100

/** Processor time of the service so far; 0 where there is no /proc. */
function cpuSeconds(service: Service): number {
  try {
    const stat = readFileSync(`/proc/${service.child.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return 0
  }
}

function arrow(before: number, after: number, digits = 1): string {
  return `${before.toFixed(digits)} → ${after.toFixed(digits)}`
}
