import { EventEmitter, once } from 'node:events'
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
