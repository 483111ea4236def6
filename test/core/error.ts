// The base of every error: its name, its code, and what can be learnt of anything that was thrown.

import t from 'tap'
import { errorText, HouseError, systemCode, unreachable } from '../../src/core/error.ts'

class RoomError extends HouseError<'ROOM_DARK'> {}

t.test('an error of the house carries its class, its code and its cause', async t => {
  const cause = new Error('no lamp')
  const error = new RoomError('ROOM_DARK', 'it is dark', { cause })
  t.match(error, { name: 'RoomError', code: 'ROOM_DARK', message: 'it is dark', cause })
  t.ok(error instanceof Error)
  t.notOk('cause' in new RoomError('ROOM_DARK', 'it is dark'))
})

t.test('the text of anything that was thrown', async t => {
  t.equal(errorText(new Error('a')), 'a')
  t.equal(errorText('b'), 'b')
  t.equal(errorText(undefined), 'undefined')
})

t.test('the code of a failed system call', async t => {
  t.equal(systemCode(Object.assign(new Error('x'), { code: 'ENOENT' })), 'ENOENT')
  for (const other of [
    new Error('x'),
    Object.assign(new Error('x'), { code: 7 }),
    { code: 'ENOENT' },
    null,
  ]) {
    t.equal(systemCode(other), undefined)
  }
})

t.test('a place that the types prove unreachable throws when it is reached', async t => {
  t.throws(() => unreachable('x' as never), TypeError)
})
