import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, platform } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
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
  'the thread gives way to those that answer',
  { skip: platform() !== 'linux' && 'only on Linux' },
  async t => {
    const worker = new Worker(new URL('../../src/live/load-worker.ts', import.meta.url))
    t.teardown(() => worker.terminate())
    worker.postMessage({ kind: 'file', file: '/', sha256: null, active: null, skip: null, look: null })
    await once(worker, 'message')
    const nicenesses = readdirSync('/proc/self/task').map(thread => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    })
    t.equal(nicenesses.filter(niceness => niceness === getPriority() + 3).length, 1, 'that one alone')
  },
)
