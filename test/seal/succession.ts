// P4: serials only rise, and one serial never means two pins.

import t from 'tap'
import { MAX_SERIAL_JUMP } from '../../src/seal/pointer-entry.ts'
import { judgeSuccession, type PinIdentity, serialOf } from '../../src/seal/succession.ts'

const pin = (serial: number | undefined, over: object = {}): PinIdentity =>
  ({ runId: 'run', relpath: 'file', root: 'a'.repeat(64), serial, ...over }) as PinIdentity

t.test('a pin is the same, or has a serial that is higher and in reach', async t => {
  t.equal(judgeSuccession(pin(7), pin(7)), 'same')
  t.equal(judgeSuccession(pin(8), pin(7)), 'next')
  t.equal(judgeSuccession(pin(8, { runId: 'other' }), pin(7)), 'next')
  t.equal(judgeSuccession(pin(7 + MAX_SERIAL_JUMP), pin(7)), 'next')
  t.equal(judgeSuccession(pin(8 + MAX_SERIAL_JUMP), pin(7)), 'too_high')
  t.equal(judgeSuccession(pin(6), pin(7)), 'lower')
  for (const over of [{ runId: 'other' }, { relpath: null }, { root: 'b'.repeat(64) }])
    t.equal(judgeSuccession(pin(7, over), pin(7)), 'taken', JSON.stringify(over))
})

t.test('none is a serial of 0', async t => {
  t.equal(serialOf(pin(undefined)), 0)
  t.equal(judgeSuccession(pin(undefined), pin(undefined)), 'same')
  t.equal(judgeSuccession(pin(undefined), pin(0)), 'same')
  t.equal(judgeSuccession(pin(1), pin(undefined)), 'next')
  t.equal(judgeSuccession(pin(undefined), pin(1)), 'lower')
})
