// The pointer's faults: codes of their own, and one error that carries them all.

import t from 'tap'
import { POINTER_CODES, PointerError, pointerFault } from '../../src/seal/pointer-fault.ts'

t.test('the codes are distinct, and of one spelling', async t => {
  t.equal(new Set(POINTER_CODES).size, POINTER_CODES.length)
  t.ok(POINTER_CODES.every(code => /^POINTER_[A-Z0-9_]+$/.test(code)))
})

t.test('an error carries every fault and names the first', async t => {
  const fault = pointerFault('POINTER_BAD_SERIAL', '#/pointers/0/serial', 'is not legal', {
    want: 'an integer',
    got: 'null',
  })
  const error = new PointerError([fault])
  t.match(error, { code: 'POINTER_BAD_SERIAL', name: 'PointerError', faults: [fault] })
  t.equal(
    error.message,
    'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json#/pointers/0/serial: POINTER_BAD_SERIAL is not legal (want an integer, got null)',
  )
})

t.test('an error knows what kept the verdict from being reached', async t => {
  const kindOf = (code: Parameters<typeof pointerFault>[0]) =>
    new PointerError([pointerFault(code, 'x', 'y')]).kind
  t.equal(kindOf('POINTER_UNKNOWN'), 'refused', 'nothing: the bytes are refused')
  t.equal(kindOf('POINTER_UNREADABLE'), 'world', 'the disk')
  t.equal(kindOf('POINTER_CHANGED_WHILE_READ'), 'conflict', 'somebody who wrote')
})
