import t from 'tap'
import { isLate } from '../../src/server/pressure.ts'

// What a late loop does to requests is tested where there is a loop: test/server/server.ts.

t.test('a loop is late by what its timer was late, not by what its timer takes', async t => {
  t.equal(isLate(10), false, 'a timer of 10 ms that comes after 10 ms')
  t.equal(isLate(1_010), false, 'at the bound')
  t.equal(isLate(1_011), true)
  t.equal(isLate(Number.NaN), true, 'it never came')
})
