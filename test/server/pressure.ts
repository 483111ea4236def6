import t from 'tap'
import { isLate, LagWindow } from '../../src/server/pressure.ts'

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
