import { EventEmitter } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { type BlobSha, type Digest, sha256 } from '../../src/core/digest.ts'
import { Live, type LiveOptions } from '../../src/live/live.ts'
import type { LiveEvent } from '../../src/live/live-view.ts'
import type { LoadRequest } from '../../src/live/load.ts'
import { type LoadCode, type LoadResult, refused } from '../../src/live/load-result.ts'
import type { Loader } from '../../src/live/loader.ts'
import type { Memory } from '../../src/live/memory.ts'
import { compileRegistry } from '../../src/registry/compile.ts'
import type { Pin } from '../../src/seal/pointer.ts'
import { damage, makeHome, sealAndPin } from '../fixtures/home-world.ts'
import { pinned } from '../fixtures/pinned-world.ts'
import { dose, figures, registryText } from '../fixtures/service.ts'

/** What lies on disk, as far as a fake loader knows: a good registry or a reason why there is none. */
type Disk =
  | { readonly good: number }
  | { readonly bad: LoadCode; readonly content?: number; readonly detail?: string }

const good = (n: number): Disk => ({ good: n })
const bad = (code: LoadCode, content?: number): Disk => ({
  bad: code,
  ...(content !== undefined && { content }),
})
const revisionOf = (n: number): Digest => sha256(registryText(n))

function judge(disk: Disk, request: LoadRequest): LoadResult {
  const active = activeOf(request)
  if ('bad' in disk) {
    const { bad: code, detail = 'no good', content } = disk
    return refused(code, detail, content === undefined ? null : revisionOf(content))
  }
  const revision = revisionOf(disk.good)
  if (revision === active) return { kind: 'unchanged', disk: revision, pointer: null, verified: true }
  const blobSha = 'b'.repeat(40) as BlobSha
  return {
    kind: 'loaded',
    compiled: compileRegistry(JSON.parse(registryText(disk.good))),
    history: null,
    schemaVersion: '2.0',
    revision,
    blobSha,
    bytes: 1,
    pin: null,
    pointer: null,
    change: null,
    massChange: false,
  }
}

function activeOf(request: LoadRequest): Digest | null {
  return request.kind === 'file' ? request.active : null
}

/** A `Live` over a disk that the test sets, a watcher that only says what the test says, and a loader without a thread. */
function world(t: Pick<Test, 'teardown'>, options: Partial<LiveOptions> & { load?: Loader['load'] } = {}) {
  const state = { disk: good(1) as Disk, loads: 0, refreshed: 0, watcherClosed: 0, loaderClosed: 0 }
  const events: LiveEvent[] = []
  const told = new EventEmitter()
  let hint = (): void => {}
  let say: (state: 'ok' | 'degraded', detail: string) => void = () => {}
  const live = new Live({
    source: { kind: 'file', file: '/registry.json', sha256: null },
    pollMs: 1e8,
    loader: {
      load: async request => {
        state.loads += 1
        return options.load === undefined ? judge(state.disk, request) : options.load(request)
      },
      close: async () => {
        state.loaderClosed += 1
      },
    },
    startWatcher: watch => {
      hint = watch.onHint
      say = watch.onState
      return {
        refresh: async () => {
          state.refreshed += 1
        },
        close: async () => {
          state.watcherClosed += 1
        },
      }
    },
    onEvent: event => {
      events.push(event)
      told.emit('event', event)
    },
    ...options,
  })
  t.teardown(() => live.close())
  return {
    live,
    state,
    events,
    told,
    hint: () => hint(),
    say: (...args: Parameters<typeof say>) => say(...args),
  }
}

/** Time that passes when the test says so. */
function fakeClock(t: Test) {
  let now = Date.UTC(2026, 0, 1)
  t.intercept(Date, 'now', { value: () => now })
  return { tick: (ms: number) => (now += ms), text: () => new Date(now).toISOString() }
}

t.test('before the first look there is nothing, and it says so', async t => {
  const { live } = world(t)
  t.equal(live.current(), undefined)
  t.match(live.status(), { state: 'unavailable', active: null, disk: null, lastCheck: null, lastError: null })
})

t.test('a good registry is served, and start() has looked when it resolves', async t => {
  const { live, events } = world(t)
  await live.start()
  t.equal(live.current()?.info.revision, revisionOf(1))
  t.equal(live.degraded, false)
  t.match(live.status(), {
    state: 'ok',
    disk: revisionOf(1),
    lastError: null,
    loads: { activated: 1, unchanged: 0, refused: 0 },
  })
  t.match(events, [{ kind: 'swapped', previous: null, active: { revision: revisionOf(1) } }])
})

t.test('every look at the disk is told, with how it ended and how long it took', async t => {
  const told: [string, number][] = []
  const { live, state } = world(t, { onLoad: (...load) => told.push(load) })
  await live.start()
  await live.check()
  state.disk = bad('seal_invalid', 2)
  await live.check()
  state.disk = good(1)
  await live.check()
  state.disk = good(3)
  await live.check()
  t.strictSame(
    told.map(([ended]) => ended),
    ['activated', 'unchanged', 'refused', 'unchanged', 'activated'],
  )
  t.ok(told.every(([, ms]) => ms >= 0 && ms < 10_000))
  t.strictSame(live.status().loads, { activated: 2, unchanged: 2, refused: 1 }, 'as the status counts them')
})

t.test('a follower has each moment before anybody is told what happened in it', async t => {
  const seen: string[] = []
  const { live, state, say } = world(t, {
    onEvent: event => seen.push(event.kind === 'swapped' ? `told of ${event.active.revision}` : event.kind),
  })
  live.follow(({ served, status, standing }) => {
    t.equal(status.active, served?.info ?? null)
    t.equal(standing.state, status.state)
    const { watch, lastError } = status
    seen.push(`${status.state} ${served?.info.revision} ${watch} ${lastError?.code ?? ''}`.trim())
  })
  await live.start()
  state.disk = bad('registry_invalid')
  await live.check()
  say('degraded', 'none left')
  state.disk = good(2)
  await live.check()
  const [one, two] = [revisionOf(1), revisionOf(2)]
  t.strictSame(seen, [
    'unavailable undefined ok',
    `ok ${one} ok`,
    `told of ${one}`,
    `degraded ${one} ok registry_invalid`,
    'refused',
    `degraded ${one} degraded registry_invalid`,
    'watch',
    `ok ${two} degraded`,
    'recovered',
    `told of ${two}`,
  ])
})

t.test('a refused load leaves current() the same object, whatever the reason', async t => {
  const codes: LoadCode[] = [
    'registry_missing',
    'registry_unreadable',
    'registry_too_large',
    'registry_invalid',
    'registry_version_unsupported',
    'seal_invalid',
    'load_failed',
  ]
  const { live, state } = world(t)
  await live.start()
  const before = live.current()
  for (const [i, code] of codes.entries()) {
    state.disk = bad(code, i)
    await live.check()
    t.equal(live.current(), before, code)
    t.equal(live.degraded, true)
    t.match(live.status(), { state: 'degraded', lastError: { code, count: 1 }, disk: revisionOf(i) })
  }
  t.strictSame(live.status().refusals, Object.fromEntries(codes.map(code => [code, 1])))
  state.disk = good(1)
  await live.check()
  t.equal(live.current(), before, 'the same content again is not another snapshot')
  t.match(live.status(), { state: 'ok', lastError: null, loads: { activated: 1, unchanged: 1, refused: 7 } })
})

t.test(
  'whoever wants to know of a swap is called when the new one is served, and for nothing else',
  async t => {
    const { live, state } = world(t)
    const seen: (string | undefined)[] = []
    const stop = live.onSwap(() => seen.push(live.degraded ? 'degraded' : live.current()?.info.revision))
    await live.start()
    t.strictSame(seen, [revisionOf(1)], 'the first too')
    await live.check()
    state.disk = bad('registry_invalid', 2)
    await live.check()
    t.equal(seen.length, 1, 'nothing was swapped')
    state.disk = good(3)
    await live.check()
    t.strictSame(seen, [revisionOf(1), revisionOf(3)], 'when all is well again')
    stop()
    state.disk = good(4)
    await live.check()
    t.equal(seen.length, 2, 'until it is stopped')
  },
)

t.test('every look is counted, and `since` tells when the state, or the failure, began', async t => {
  const clock = fakeClock(t)
  const { live, state } = world(t)
  await live.start()
  const began = clock.text()
  clock.tick(1_000)
  await live.check()
  t.equal(live.status().since, began)
  state.disk = bad('registry_invalid', 2)
  clock.tick(1_000)
  const failed = clock.text()
  for (const count of [1, 2, 3]) {
    await live.check()
    t.match(live.status(), { since: failed, lastError: { since: failed, count } })
    clock.tick(1_000)
  }
  state.disk = bad('registry_missing')
  const other = clock.text()
  await live.check()
  t.match(live.status(), { since: failed, lastError: { code: 'registry_missing', since: other, count: 1 } })
  t.strictSame(live.status().refusals, { registry_invalid: 3, registry_missing: 1 })
  state.disk = good(2)
  clock.tick(1_000)
  await live.check()
  t.match(live.status(), {
    since: clock.text(),
    lastError: null,
    lastSuccess: clock.text(),
    lastCheck: clock.text(),
  })
})

t.test('the age is the time since what is served was last found on disk', async t => {
  const clock = fakeClock(t)
  const { live, state } = world(t)
  clock.tick(5_400)
  t.equal(live.age(), 5, 'and since the start while there was nothing')
  await live.start()
  t.equal(live.age(), 0)
  state.disk = bad('registry_missing')
  clock.tick(3_999)
  await live.check()
  t.equal(live.age(), 3)
  state.disk = good(1)
  await live.check()
  t.equal(live.age(), 0)
  clock.tick(-10_000)
  t.equal(live.age(), 0, 'a clock that is set back makes nothing negative')
})

// Reliability C7: what a sequence of contents leaves behind. `a` and `b` are good, `x` and `y` bad, `-` missing.
const contents: Readonly<Record<string, Disk>> = {
  a: good(1),
  b: good(2),
  x: bad('registry_invalid', 101),
  y: bad('registry_invalid', 102),
  v: bad('registry_version_unsupported', 103),
  '-': bad('registry_missing'),
}
const sequences: [steps: string, active: string | null, state: string, activated: number, told: string][] = [
  ['a', 'a', 'ok', 1, 'S'],
  ['aa', 'a', 'ok', 1, 'S'],
  ['ab', 'b', 'ok', 2, 'SS'],
  ['aba', 'a', 'ok', 3, 'SSS'],
  ['ax', 'a', 'degraded', 1, 'SR'],
  ['axa', 'a', 'ok', 1, 'SRG'],
  ['axb', 'b', 'ok', 2, 'SRGS'],
  ['axxx', 'a', 'degraded', 1, 'SR'],
  ['axy', 'a', 'degraded', 1, 'SRR'],
  ['axvx-', 'a', 'degraded', 1, 'SRRRR'],
  ['x-a', 'a', 'ok', 1, 'RRGS'],
  ['-', null, 'unavailable', 0, 'R'],
  ['-x-', null, 'unavailable', 0, 'RRR'],
  ['axaxa', 'a', 'ok', 1, 'SRGRG'],
]
for (const [steps, active, state, activated, told] of sequences) {
  t.test(`after ${steps} the status is right, and each new refusal was told once`, async t => {
    const w = world(t)
    w.state.disk = contents[steps[0]!]!
    await w.live.start()
    for (const step of steps.slice(1)) {
      w.state.disk = contents[step]!
      await w.live.check()
    }
    const last = contents[steps.at(-1)!]!
    const status = w.live.status()
    t.equal(w.live.current()?.info.revision, active === null ? undefined : revisionOf(active === 'a' ? 1 : 2))
    t.equal(status.active, w.live.current()?.info ?? null)
    t.equal(status.state, state)
    t.equal(w.live.degraded, state !== 'ok')
    t.equal(status.loads.activated, activated)
    t.equal(status.loads.refused, [...steps].filter(step => !'ab'.includes(step)).length)
    t.equal(
      Object.values(status.loads).reduce((sum, n) => sum + n, 0),
      steps.length,
      'every attempt is counted',
    )
    t.equal(status.lastError?.code ?? null, 'bad' in last ? last.bad : null)
    const onDisk = 'good' in last ? last.good : last.content
    t.equal(status.disk, onDisk === undefined ? null : revisionOf(onDisk))
    const letters = { swapped: 'S', refused: 'R', recovered: 'G', watch: 'W', memory: 'M' }
    t.equal(w.events.map(({ kind }) => letters[kind]).join(''), told)
  })
}

t.test('looks that are asked for during a look become one more, which sees the newest', async t => {
  const waiting: ((result: LoadResult) => void)[] = []
  const requests: LoadRequest[] = []
  const { live, state } = world(t, {
    load: request => {
      requests.push(request)
      return new Promise(resolve => waiting.push(resolve))
    },
  })
  const started = live.start()
  const asked = [live.check(), live.check(), live.check()]
  t.equal(state.loads, 1, 'one at a time')
  waiting[0]!(judge(good(1), requests[0]!))
  await turn()
  t.equal(live.current()?.info.revision, revisionOf(1))
  t.equal(state.loads, 2, 'one more, not three')
  t.equal(activeOf(requests[1]!), revisionOf(1), 'and it knows what is served by now')
  waiting[1]!(judge(good(2), requests[1]!))
  await Promise.all([started, ...asked])
  t.equal(state.loads, 2)
  t.equal(live.current()?.info.revision, revisionOf(2), 'whoever asked has waited for the newest')
})

t.test('hints that come together are one look, when they have been quiet for a while', async t => {
  const { live, state, hint, told } = world(t)
  await live.start()
  state.disk = good(2)
  // Each comes before the one before it has been quiet for long enough; only the last is followed by quiet.
  let last = 0
  for (let i = 0; i < 10; i++) {
    hint()
    last = performance.now()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  t.equal(state.loads, 1, 'not while they come')
  await new Promise(resolve => told.once('event', resolve))
  t.ok(performance.now() - last >= 74)
  t.equal(state.loads, 2)
  t.equal(live.current()?.info.revision, revisionOf(2))
})

t.test('without any hint the poll sees it, and a steady rain of hints does not hold the poll up', async t => {
  for (const rain of [false, true]) {
    const { live, state, hint, told } = world(t, { pollMs: 200 })
    await live.start()
    const raining = rain ? setInterval(hint, 10) : undefined
    state.disk = good(2)
    // A poll that waited for the rain to end would never come.
    await new Promise(resolve => told.once('event', resolve))
    t.equal(live.current()?.info.revision, revisionOf(2))
    clearInterval(raining)
    await live.close()
  }
})

t.test('each poll is a little earlier or later than the last', async t => {
  const delays: number[] = []
  const real = globalThis.setTimeout
  t.intercept(globalThis, 'setTimeout', {
    value: (run: () => void, ms: number) => {
      delays.push(ms)
      return real(run, 0)
    },
  })
  const { live, state } = world(t, { pollMs: 500 })
  await live.start()
  while (state.loads < 200) await turn()
  await live.close()
  t.ok(delays.every(ms => ms >= 450 && ms <= 550))
  t.ok(Math.max(...delays) - Math.min(...delays) > 50, 'spread over the range')
})

t.test('a refusal goes on being retried, and recovers by itself', async t => {
  const { live, state, told } = world(t, { pollMs: 20 })
  state.disk = bad('registry_missing')
  await live.start()
  const recovered = new Promise(resolve =>
    told.on('event', event => event.kind === 'swapped' && resolve(event)),
  )
  while (live.status().loads.refused < 3) await turn()
  state.disk = good(3)
  await recovered
  t.equal(live.current()?.info.revision, revisionOf(3))
})

t.test('closing during a load changes nothing any more', async t => {
  let answer: (result: LoadResult) => void = () => {}
  const { live, state, events } = world(t, { load: () => new Promise(resolve => (answer = resolve)) })
  const started = live.start()
  const closed = live.close()
  answer(judge(good(1), { kind: 'file', file: '', sha256: null, active: null, skip: null, look: null }))
  await Promise.all([started, closed])
  t.equal(live.current(), undefined)
  t.strictSame(events, [])
  t.match(state, { watcherClosed: 1, loaderClosed: 1, loads: 1 })
  await live.check()
  t.equal(state.loads, 1, 'a closed one does not look')
})

const remembered: Pin = {
  registryId: 'telemetry_registry',
  runRoot: '.codex/RUNS',
  runId: 'run-1',
  relpath: 'registry.json',
  root: revisionOf(1),
  asofUtc: '2026-03-01T00:00:00Z',
  serial: 1,
}

t.test('closing begins no load: what is remembered is not fallen back on any more', async t => {
  for (const during of ['pin', 'remembered']) {
    const asked: string[] = []
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const { live } = world(t, {
      source: { kind: 'pin', home: '/nowhere', memory: memoryOf(async () => remembered) },
      loader: {
        load: async ({ kind }) => {
          asked.push(kind)
          if (kind === during) {
            begun.resolve()
            await ended.promise
          }
          return refused('load_failed', 'the load thread stopped', null)
        },
        // As the real one does: what is under way is refused then.
        close: async () => ended.resolve(),
      },
    })
    const started = live.start()
    await begun.promise
    const before = [...asked]
    await live.close()
    await started
    t.strictSame(asked, before, during)
  }
})

t.test('closed while it recalls, it neither loads nor watches', async t => {
  const recalling = Promise.withResolvers<Pin>()
  const { live, state } = world(t, {
    source: { kind: 'pin', home: '/nowhere', memory: memoryOf(() => recalling.promise) },
    startWatcher: () => {
      throw new Error('nobody would close this watcher')
    },
  })
  const started = live.start()
  await live.close()
  recalling.resolve(remembered)
  await started
  t.equal(state.loads, 0)
})

function memoryOf(recall: () => Promise<Pin>): Memory {
  return { recall: async () => ({ pin: await recall(), fault: null }), remember: async () => null }
}

t.test('closing leaves what is served, and no timer', async t => {
  const { live, state, hint } = world(t, { pollMs: 10 })
  await live.start()
  hint()
  await live.close()
  hint()
  const { loads } = state
  await new Promise(resolve => setTimeout(resolve, 150))
  t.equal(state.loads, loads)
  t.equal(live.current()?.info.revision, revisionOf(1))
})

t.test('the state of the watcher is shown and told, and the way is followed after each look', async t => {
  const { live, state, events, say } = world(t)
  await live.start()
  t.equal(state.refreshed, 1)
  say('degraded', 'EMFILE')
  t.equal(live.status().watch, 'degraded')
  t.equal(live.degraded, false, 'polling sees everything')
  say('ok', 'watching again')
  t.equal(live.status().watch, 'ok')
  t.match(events.slice(1), [
    { kind: 'watch', state: 'degraded', detail: 'EMFILE' },
    { kind: 'watch', state: 'ok' },
  ])
})

t.setTimeout(0)
const runs = dose('SCHEDULES', 1_000, 10_000)

t.test(`in whatever order loads end, the newest content wins (${runs} interleavings)`, async t => {
  let overlapped = 0
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat(3), { minLength: 3, maxLength: 8 }),
      async (scheduler, steps) => {
        let disk = 0
        let loading = 0
        const served: number[] = []
        const numbers = new Map(Array.from({ length: 10 }, (_, n) => [revisionOf(n), n]))
        const live = new Live({
          source: { kind: 'file', file: '/registry.json', sha256: null },
          pollMs: 1e8,
          startWatcher: () => ({
            refresh: () => scheduler.schedule(Promise.resolve()),
            close: async () => {},
          }),
          loader: {
            // What is read is what lay there when the load began; when it ends is for the scheduler to say.
            load: async request => {
              const seen = judge(good(disk), request)
              loading += 1
              if (loading > 1) overlapped += 1
              await scheduler.schedule(Promise.resolve(), 'load')
              loading -= 1
              return seen
            },
            close: async () => {},
          },
          onEvent: event => {
            if (event.kind === 'swapped') served.push(numbers.get(event.active.revision)!)
          },
        })
        const looks: Promise<void>[] = [live.start()]
        const sequence = scheduler.scheduleSequence(
          steps.map((looksAtOnce, i) => ({
            label: `write ${i + 1}`,
            builder: async () => {
              disk = i + 1
              for (let look = 0; look < looksAtOnce; look++) looks.push(live.check())
            },
          })),
        )
        looks.push(sequence.task.then(() => live.check()))
        await scheduler.waitFor(Promise.all(looks))
        await live.close()
        if (numbers.get(live.current()!.info.revision) !== steps.length) throw new Error('not the newest')
        if (served.some((n, i) => i > 0 && n <= served[i - 1]!)) throw new Error(`went back: ${served}`)
      },
    ),
    { numRuns: runs },
  )
  t.equal(overlapped, 0, 'no two loads at a time')
  figures(t, 'schedules', { interleavings: runs, 'newest wins': `${runs}/${runs}` })
})

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

t.test(
  'what is known of the last reading goes into the next one, and a refusal that stands is told again',
  async t => {
    const requests: LoadRequest[] = []
    const final = revisionOf(9)
    const look = { stamp: 'of a reading', disk: final, at: 1, tookMs: 2 }
    const results: LoadResult[] = [
      { ...refused('registry_invalid', 'no good', final, final), look },
      { kind: 'skipped', look },
      { kind: 'skipped', look: null },
      refused('registry_missing', 'gone', null),
    ]
    const { live } = world(t, {
      load: async request => {
        requests.push(request)
        return results[requests.length - 1] ?? judge(good(1), request)
      },
    })
    await live.start()
    const asked = () => {
      const request = requests.at(-1)
      return request?.kind === 'file' ? [request.skip, request.look] : []
    }
    t.strictSame(asked(), [null, null])
    for (const [count, skip, at] of [
      [2, final, look],
      [3, final, look],
    ] as const) {
      await live.check()
      t.strictSame(asked(), [skip, at])
      t.match(live.status(), { lastError: { code: 'registry_invalid', count }, disk: final })
    }
    await live.check()
    t.strictSame(asked(), [final, null])
    t.match(live.status(), { lastError: { code: 'registry_missing', count: 1 } })
    await live.check()
    t.strictSame(asked(), [null, null], 'what was refused is no longer what was found last')
    t.equal(live.status().state, 'ok')
  },
)

t.test(
  'the changelog changes with the registry that it was sealed with, and stays when that stays',
  async t => {
    const line = (repo: string): string =>
      `{"timestamp":"2026-02-04T02:19:02Z","action":"disable","owner":"acme","repo":"${repo}","process":"infra-cli","schema_version":"2.0"}\n`
    const home = makeHome(t)
    const { live } = pinned(t, home)
    t.equal(live.history(), undefined)
    writeFileSync(home.changelog, line('r0'))
    await sealAndPin(home)
    await live.start()
    t.equal(live.history()?.length, 1)

    writeFileSync(home.changelog, line('r0') + line('r1'))
    const { runId } = await sealAndPin(home)
    await live.check()
    const second = live.history()
    t.equal(second?.of('acme', 'r1', { limit: 9 }).lines.length, 1)

    damage(home, runId)
    writeFileSync(home.pointer, '{}')
    await live.check()
    t.equal(live.degraded, true)
    t.equal(live.history(), second, 'only what was verified is shown')
    t.match(live.status().recent, [{ result: 'refused' }, { result: 'activated' }, { result: 'activated' }])
  },
)

t.test('while anything is wrong, an unmoved pointer proves nothing of the run that it names', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  const { live } = pinned(t, home)
  await live.start()
  const pointer = readFileSync(home.pointer)
  writeFileSync(home.pointer, '{')
  await live.check()
  t.match(live.status(), { state: 'degraded', lastError: { code: 'pin_invalid' } })
  damage(home, runId)
  writeFileSync(home.pointer, pointer)
  await live.check()
  t.match(live.status(), { state: 'degraded', lastError: { code: 'seal_invalid' } })
  damage(home, runId) // the same bit again: as it was
  await live.check()
  t.match(live.status(), { state: 'ok', lastError: null })
})
