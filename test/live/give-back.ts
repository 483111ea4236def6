// Only the collector can tell that a buffer is gone, so it is asked; without `giveBack` nothing here would make it run.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { giveBack } from '../../src/live/give-back.ts'

const MIB = 1024 * 1024

/** Kept for as long as the test runs: a registry that is collected itself tells nothing. */
const registry = new FinalizationRegistry<() => void>(tell => tell())

/** Makes a buffer that nobody holds, gives it back, and tells when it is collected. */
function lose(bytes: number, patienceMs: number, tell: () => void): void {
  const buffer = new SharedArrayBuffer(bytes)
  registry.register(buffer, tell)
  giveBack([buffer], patienceMs)
}

/** Waits for `collected` with something that keeps the process, as sockets do a service. */
async function outlive(t: Test, collected: Promise<void>): Promise<void> {
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  return collected
}

t.test('buffers that were given back are collected in a while, once there are enough of them', async t => {
  const collected = Promise.withResolvers<void>()
  const began = performance.now()
  for (let i = 0; i < 4; i++) lose(16 * MIB, 200, collected.resolve)
  await outlive(t, collected.promise)
  t.ok(performance.now() - began >= 199, 'and not before a busy thread had the time to do it by itself')
})

t.test('when very much waits, it is collected at once', async t => {
  const collected = Promise.withResolvers<void>()
  lose(512 * MIB, 3_600_000, collected.resolve)
  await outlive(t, collected.promise)
  t.pass('and not in an hour')
})

t.test('a thread gives back for itself', async t => {
  const script = `
    import { parentPort } from 'node:worker_threads'
    import { giveBack } from ${JSON.stringify(new URL('../../src/live/give-back.ts', import.meta.url).href)}
    globalThis.registry = new FinalizationRegistry(() => parentPort.postMessage('collected'))
    let buffer = new SharedArrayBuffer(64 * ${MIB})
    registry.register(buffer, null)
    giveBack([buffer], 10)
    buffer = undefined
    parentPort.once('message', () => parentPort.close())`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`))
  const [said] = await once(worker, 'message')
  t.equal(said, 'collected')
  worker.postMessage('leave')
  await once(worker, 'exit')
})
