// Only the collector can tell that a buffer is gone, so it is asked; without `giveBack` nothing here would make it run.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { giveBack } from '../../src/live/give-back.ts'

const MIB = 1024 * 1024

t.test('buffers that were given back are collected, once there are enough of them', async t => {
  const collected = Promise.withResolvers<string>()
  const registry = new FinalizationRegistry<string>(name => collected.resolve(name))
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  for (let i = 0; i < 4; i++) {
    registry.register(new SharedArrayBuffer(16 * MIB), 'a buffer')
    giveBack(16 * MIB)
  }
  t.equal(await collected.promise, 'a buffer')
})

t.test('a thread gives back for itself', async t => {
  const script = `
    import { parentPort } from 'node:worker_threads'
    import { giveBack } from ${JSON.stringify(new URL('../../src/live/give-back.ts', import.meta.url).href)}
    globalThis.registry = new FinalizationRegistry(() => parentPort.postMessage('collected'))
    registry.register(new SharedArrayBuffer(64 * ${MIB}), null)
    giveBack(64 * ${MIB})
    parentPort.once('message', () => parentPort.close())`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`))
  const [said] = await once(worker, 'message')
  t.equal(said, 'collected')
  worker.postMessage('leave')
  await once(worker, 'exit')
})
