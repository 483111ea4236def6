// A refusal of the guard, as it is printed.

import t from 'tap'
import { GuardError } from '../../src/cli/guard-error.ts'
import { exitOf, faultLines } from '../../src/cli/report.ts'

t.test('is told with every fault of the pair', async t => {
  const fault = {
    severity: 'error',
    code: 'X',
    message: 'is wrong',
    file: 'log',
    line: 2,
    column: 1,
  } as const
  const error = new GuardError('GUARD_PAIR_DISAGREES', 'the two disagree', { faults: [fault, fault] })
  t.strictSame(faultLines(error), [
    'GUARD_PAIR_DISAGREES the two disagree',
    '  log:2:1 error X is wrong',
    '  log:2:1 error X is wrong',
  ])
  t.strictSame(new GuardError('GUARD_STAGED', 'staged').faults, [])
})

t.test('is a refusal, but for the lock of another, which is a conflict', async t => {
  t.equal(exitOf(new GuardError('GUARD_STAGED', 'x')), 1)
  t.equal(exitOf(new GuardError('GUARD_INDEX_LOCKED', 'x')), 4)
})
