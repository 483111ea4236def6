import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { buildRegistry } from '../../bench/registries.ts'
import { renderCanonical } from '../../src/core/json.ts'
import { load } from '../../src/live/load.ts'
import { registryText } from '../fixtures/service.ts'

t.test(
  'the thread answers each request with what load() says of it, and keeps nothing between two',
  async t => {
    const dir = t.testdir({ good: registryText(1), other: registryText(2), bad: '{' })
    const worker = new Worker(new URL('../../src/live/load-worker.ts', import.meta.url))
    t.teardown(() => worker.terminate())
    for (const name of ['good', 'bad', 'other', 'absent', 'good']) {
      const request = {
        kind: 'file',
        file: join(dir, name),
        sha256: null,
        active: null,
        skip: null,
        look: null,
      } as const
      worker.postMessage(request)
      const [answer] = await once(worker, 'message')
      t.strictSame(answer, { result: load(request), leaving: false }, name)
    }
  },
)

t.test('a thread whose memory has grown answers, and ends', async t => {
  const file = join(t.testdir({ good: registryText(1) }), 'good')
  const script = new URL('../../src/live/load-worker.ts', import.meta.url)
  const worker = new Worker(script, { workerData: { maxKeptBytes: 0 } })
  const ended = once(worker, 'exit')
  worker.postMessage({ kind: 'file', file, sha256: null, active: null, skip: null, look: null })
  const [answer] = await once(worker, 'message')
  t.match(answer, { result: { kind: 'loaded' }, leaving: true }, 'and says so')
  t.strictSame(await ended, [0])
})

t.test(
  'while something is served and others work, the thread rests between its steps',
  { skip: platform() !== 'linux' && 'only on Linux' },
  async t => {
    const file = join(t.testdir({ many: renderCanonical(buildRegistry(10_000)) }), 'many')
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const spin = 'while (Atomics.load(require("node:worker_threads").workerData, 0) === 0);'
    const other = new Worker(spin, { eval: true, workerData: stop })
    const worker = new Worker(new URL('../../src/live/load-worker.ts', import.meta.url))
    t.teardown(() => worker.terminate())
    const sleepsOf = async (active: string | null): Promise<number> => {
      const before = sleeps()
      worker.postMessage({ kind: 'file', file, sha256: null, active, skip: null, look: null })
      const [{ result }] = await once(worker, 'message')
      t.equal(result.kind, 'loaded')
      return sleeps() - before
    }
    await sleepsOf(null)
    const [alone, beside] = [await sleepsOf(null), await sleepsOf('0'.repeat(64))]
    t.ok(beside > alone + 20, `slept ${alone} times, then ${beside} times`)
    Atomics.store(stop, 0, 1)
    await once(other, 'exit')
  },
)

/** How often the threads of this process have given up their core of their own accord. */
function sleeps(): number {
  const statuses = readdirSync('/proc/self/task').map(task =>
    readFileSync(`/proc/self/task/${task}/status`, 'utf8'),
  )
  return statuses.reduce(
    (sum, status) => sum + Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)![1]),
    0,
  )
}
