import fastify from 'fastify'
import t from 'tap'
import { createMeters, openMeters } from '../../src/server/meters.ts'
import { isLate, LagWindow, measurePressure } from '../../src/server/pressure.ts'

// What a late loop does to requests is tested where there is a loop: test/server/server.ts.

t.test('a loop is late by what its timer was late, not by what its timer takes', async t => {
  t.equal(isLate(10), false, 'a timer of 10 ms that comes after 10 ms')
  t.equal(isLate(1_010), false, 'at the bound')
  t.equal(isLate(1_011), true)
  t.equal(isLate(Number.NaN), true, 'it never came')
})

t.test('the window shows the longest delay of the last 15 samples, and the mean of all', async t => {
  const window = new LagWindow()
  t.strictSame(window.add({ meanMs: 2, maxMs: 90 }), { meanMs: 2, maxMs: 90 })
  t.strictSame(window.add({ meanMs: 4, maxMs: 5 }), { meanMs: 3, maxMs: 90 })
  for (let n = 2; n < 15; n += 1) t.equal(window.add({ meanMs: 3, maxMs: 1 }).maxMs, 90)
  t.strictSame(window.add({ meanMs: 3, maxMs: 1 }).maxMs, 5, 'the first is forgotten with the sixteenth')
  t.strictSame(window.add({ meanMs: 3, maxMs: 1 }), { meanMs: 3, maxMs: 1 })
})

t.test('what the start takes is no pressure', async t => {
  const app = fastify()
  t.after(() => app.close())
  const meters = openMeters(createMeters(1), 0)
  const sampled = new Promise<void>(done => {
    t.intercept(meters, 'sample', { value: () => done() })
  })
  const refuses = measurePressure(app as never, meters)
  app.register((_scope, _options, done) => {
    const end = performance.now() + 2_500
    while (performance.now() < end);
    done()
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  await sampled
  t.equal(refuses('/resolve/k/k'), false)
})
