// Whether others work: by what they did in the last whole window, and what is assumed before there was one.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { watchOthers } from '../../src/live/others-work.ts'

t.test('it is told by windows, and who never had one is at work', async t => {
  let [at, time] = [1_000, 500]
  const work = watchOthers(
    () => time,
    () => at,
  )
  const after = (ms: number, worked: number): boolean => {
    at += ms
    time += worked
    return work()
  }
  t.equal(after(0, 0), true, 'nothing is known')
  t.equal(after(9, 0), true, 'nor yet')
  t.equal(after(1, 0), false, 'ten milliseconds of nothing')
  t.equal(after(9, 9), false, 'that is told when the window is over')
  t.equal(after(1, 0), true, 'nine of ten')
  t.equal(after(20, 5), false, 'a quarter is none too much to wait')
  t.equal(after(20, 5.1), true, 'and more is')
})

t.test('what this thread does is not counted, and what another does is', async t => {
  const busyFor = (ms: number): void => {
    for (const end = performance.now() + ms; performance.now() < end; );
  }
  const alone = watchOthers()
  busyFor(200)
  t.equal(alone(), false)

  const stop = new Int32Array(new SharedArrayBuffer(4))
  const spin = `const { parentPort, workerData } = require('node:worker_threads')
    parentPort.postMessage('began')
    while (Atomics.load(workerData, 0) === 0);`
  const worker = new Worker(spin, { eval: true, workerData: stop })
  await once(worker, 'message')
  const beside = watchOthers()
  // On a machine with others at work the two threads may have little of it for a while.
  let seen = false
  for (let window = 0; window < 100 && !seen; window++) {
    busyFor(100)
    seen = beside()
  }
  t.ok(seen)
  Atomics.store(stop, 0, 1)
  await once(worker, 'exit')
})
