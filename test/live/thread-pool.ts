import { EventEmitter, once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { type PoolOptions, type ThreadEvent, ThreadPool } from '../../src/live/thread-pool.ts'
import { FakeLive } from '../fixtures/moments.ts'
import { EXIT, HANG, type PoolThreadData, THROW } from '../fixtures/pool-thread.ts'

const script = new URL('../fixtures/pool-thread.ts', import.meta.url)
const place = { host: '127.0.0.1', port: 0 }

/** A pool of threads without a port, and everything that it tells. */
function world(t: Test, data: Omit<PoolThreadData, 'trigger'> = {}, options: Partial<PoolOptions> = {}) {
  const live = new FakeLive()
  const events: ThreadEvent[] = []
  const lines: string[] = []
  const told = new EventEmitter()
  const trigger = new Int32Array(new SharedArrayBuffer(4))
  const pool = new ThreadPool({
    threads: 2,
    live,
    script,
    data: { ...data, trigger } satisfies PoolThreadData,
    onEvent: event => {
      events.push(event)
      told.emit('told')
    },
    onLog: text => {
      lines.push(text)
      told.emit('told')
    },
    ...options,
  })
  t.teardown(() => pool.close(0))
  /** Waits until `holds`: it is asked again whenever something is told. */
  const until = async (holds: () => boolean): Promise<void> => {
    const signal = AbortSignal.timeout(15_000)
    while (!holds()) await once(told, 'told', { signal })
  }
  const log = (): string => lines.join('')
  const act = (what: number): void => {
    Atomics.store(trigger, 0, what)
    Atomics.notify(trigger, 0)
  }
  return { live, pool, events, log, until, act }
}

t.test(
  'the first thread finds the port, the others share it; each shows each snapshot, and all drain',
  async t => {
    const { live, pool, events, log, until } = world(t, {}, { threads: 3 })
    const { address, port } = await pool.open(place)
    t.equal(address, '127.0.0.1')
    await until(() => log().split('\n').length > 3)
    t.match(log(), '0 listens on 127.0.0.1:0 true, unavailable\n')
    for (const thread of [1, 2]) t.match(log(), `${thread} listens on 127.0.0.1:${port} true, unavailable\n`)

    live.serve(1)
    await until(() => [0, 1, 2].every(thread => log().includes(`${thread} swapped to`)))
    await pool.close(7)
    for (const thread of [0, 1, 2]) t.match(log(), `${thread} drains for 7\n`)
    t.ok(log().endsWith('\n'), 'whole lines')
    t.strictSame(events, [], 'leaving is no crash')
  },
)

t.test('a thread that cannot listen fails the start, with the code of the system', async t => {
  const { pool, events } = world(t, { onListen: 'refuse', only: 1 })
  await t.rejects(pool.open(place), { message: 'no port for you', code: 'ENOTSUP' })
  t.strictSame(events, [])
})

t.test('a thread that crashes before it listens fails the start', async t => {
  const { pool } = world(t, {}, { threads: 1, script: new URL('./nowhere.ts', script) })
  await t.rejects(pool.open(place), { code: 'ERR_MODULE_NOT_FOUND' })
})

t.test(
  'a thread that throws, exits or hangs is replaced at once, later ones after a wait, the sixth not',
  async t => {
    const { live, pool, events, log, until, act } = world(t, {}, { pingMs: 100 })
    live.serve(1)
    const { port } = await pool.open(place)
    const again = `1 listens on 127.0.0.1:${port} true, ok\n`
    const crashes = [
      [
        THROW,
        { kind: 'crashed', againMs: 0, error: { name: 'TypeError', message: 'on demand', code: 'E_TEST' } },
      ],
      [EXIT, { kind: 'crashed', againMs: 200, error: { message: 'the thread ended with code 7' } }],
      [HANG, { kind: 'crashed', againMs: 400, error: { message: 'no answer to 10 pings' } }],
      [EXIT, { kind: 'crashed', againMs: 800 }],
      [EXIT, { kind: 'crashed', againMs: 1_600 }],
    ] as const
    for (const [i, [what, told]] of crashes.entries()) {
      const since = events.length
      act(what)
      await until(() => events.length === since + 2)
      t.match(events.slice(since), [
        { ...told, thread: 1 },
        { kind: 'replaced', thread: 1 },
      ])
      await until(() => log().split(again).length === i + 3)
    }
    t.pass('each listens where the first did, and has the registry that is served')
    t.match(log(), '1 is about to fail\n', 'and the last line of one that crashes is not lost')
    act(EXIT)
    await until(() => events.at(-1)?.kind === 'exhausted')
    t.match(events.at(-1), { thread: 1, error: { message: 'the thread ended with code 7' } })
  },
)

t.test('closed while its threads still load, it waits for them and fails the start', async t => {
  const { pool } = world(t)
  const listening = pool.open(place)
  const failed = t.rejects(listening)
  await pool.close(0)
  await failed
})

/** A pool whose threads run `program`, which is given `shared`; and the threads themselves. */
function opening(t: Test, program: string, threads = 2) {
  const workers: Worker[] = []
  const see = (worker: Worker): unknown => workers.push(worker)
  process.on('worker', see)
  t.teardown(() => process.off('worker', see))
  const shared = new Int32Array(new SharedArrayBuffer(4))
  const given = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { thread, data: shared } = workerData
    ${program}`
  const { pool, events, log } = world(
    t,
    {},
    {
      script: new URL(`data:text/javascript,${encodeURIComponent(given)}`),
      data: shared,
      threads,
    },
  )
  /** Lets the threads that wait on `shared` go on. */
  const goOn = (): void => {
    Atomics.store(shared, 0, 1)
    Atomics.notify(shared, 0)
  }
  t.teardown(goOn)
  // Unlike once(), which an error would reject: the end is what is waited for.
  const end = async (thread: number): Promise<void> => {
    while (workers.length <= thread) await once(process, 'worker')
    const late = AbortSignal.timeout(15_000)
    await new Promise((resolve, reject) => {
      workers[thread]!.once('exit', resolve)
      late.addEventListener('abort', () => reject(late.reason))
    })
  }
  return { pool, events, log, goOn, end }
}

t.test(
  'a thread that dies while another still loads fails the start, and nothing is left running',
  async t => {
    const { pool, events, goOn, end } = opening(
      t,
      `parentPort.on('message', ({ kind, place }) => {
      if (kind !== 'listen') process.exit()
      if (thread === 1) Atomics.wait(shared, 0, 0)
      parentPort.postMessage({ kind: 'listening', address: place.host, port: 4711 })
      if (thread === 0) setImmediate(() => { throw new Error('dead after it listened') })
    })`,
    )
    const ends = [0, 1].map(end)
    const failed = t.rejects(pool.open(place), { message: 'dead after it listened' })
    await ends[0]
    goOn()
    await failed
    await ends[1]
    t.pass('the other one has ended too')
    t.strictSame(events, [], 'whoever opened it was told, and nothing is replaced')
  },
)

t.test('a thread that dies before the pool is opened fails the start', async t => {
  for (const [thread, threads] of [
    [0, 2],
    [1, 2],
    [0, 1],
  ] as const) {
    const { pool, end } = opening(
      t,
      `if (thread === ${thread}) throw new Error('dead from the start')
      parentPort.on('message', ({ kind, place }) => {
        if (kind !== 'listen') process.exit()
        parentPort.postMessage({ kind: 'listening', address: place.host, port: 4711 })
      })`,
      threads,
    )
    await end(thread)
    await t.rejects(pool.open(place), { message: 'dead from the start' }, `${thread} of ${threads}`)
  }
})

t.test('closed while it is opened, it lets each thread drain', async t => {
  const { pool, log, goOn } = opening(
    t,
    `parentPort.on('message', ({ kind }) => {
      if (kind !== 'leave') return
      if (thread === 1) Atomics.wait(shared, 0, 0)
      parentPort.postMessage({ kind: 'log', lines: thread + ' drained ' })
      parentPort.postMessage({ kind: 'left' })
    })`,
  )
  const failed = t.rejects(pool.open(place))
  const closed = pool.close(0)
  await failed
  goOn()
  await closed
  t.equal(log(), '0 drained 1 drained ')
})
