// Only the collector can tell that a buffer is gone, so it is asked; without `giveBack` nothing here would make it run.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { collectGarbage } from '../../src/live/collect.ts'
import { giveBack } from '../../src/live/give-back.ts'
import { kinds, watchCollections } from '../fixtures/collections.ts'

const MIB = 1024 * 1024

/** Kept for as long as the test runs: a registry that is collected itself tells nothing. */
const registry = new FinalizationRegistry<() => void>(tell => tell())

/** Makes old buffers that nobody holds, gives them back, and tells when each is collected. */
function lose(sizes: readonly number[], patienceMs: number, tell: () => void): void {
  const buffers = sizes.map(bytes => new SharedArrayBuffer(bytes))
  // What is young is soon collected without being asked for.
  collectGarbage()
  collectGarbage()
  for (const buffer of buffers) registry.register(buffer, tell)
  giveBack(buffers, patienceMs)
}

/** Waits for `collected` with something that keeps the process, as sockets do a service. */
async function outlive(t: Test, collected: Promise<void>): Promise<void> {
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  return collected
}

t.test('buffers that were given back are collected in a while, once there are enough of them', async t => {
  const collected = Promise.withResolvers<void>()
  lose(new Array(4).fill(16 * MIB), 200, collected.resolve)
  const began = performance.now()
  const collections = watchCollections()
  await outlive(t, collected.promise)
  t.ok(performance.now() - began >= 199, 'and not while an answer may hold them')
  t.ok((await collections.end()).includes(kinds.step), 'in steps, since the thread may be busy')
})

t.test('when very much waits, it is collected at once', async t => {
  const collected = Promise.withResolvers<void>()
  lose([512 * MIB], 3_600_000, collected.resolve)
  await outlive(t, collected.promise)
  t.pass('and not in an hour')
})

t.test('what the steps left is collected after them', async t => {
  const collected = Promise.withResolvers<void>()
  let held: SharedArrayBuffer | undefined = new SharedArrayBuffer(64 * MIB)
  registry.register(held, collected.resolve)
  const collections = watchCollections()
  giveBack([held], 10)
  await outlive(t, collections.next(kinds.all))
  t.ok(held)
  held = undefined
  await outlive(t, collected.promise)
  await collections.end()
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
