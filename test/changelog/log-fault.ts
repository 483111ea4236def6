// The closed set of a changelog's faults, and the one error that carries them.

import t from 'tap'
import { LOG_CODES, LogError, type LogFault } from '../../src/changelog/log-fault.ts'

const fault = (code: LogFault['code']): LogFault => ({
  ...({ severity: 'error', code, message: 'so', file: 'log' } as const),
  ...{ line: 3, column: 7 },
})

t.test('the codes are distinct and named for what they are about', async t => {
  t.equal(new Set(LOG_CODES).size, LOG_CODES.length)
  for (const code of LOG_CODES) t.match(code, /^LOG_[A-Z0-9]+(?:_[A-Z0-9]+)*$/)
})

t.test('a log that is only torn is told apart from one that is wrong', async t => {
  t.equal(new LogError([fault('LOG_TORN')]).code, 'LOG_TORN')
  t.equal(new LogError([fault('LOG_CRLF')]).code, 'LOG_INVALID')
  const both = new LogError([fault('LOG_CRLF'), fault('LOG_TORN')])
  t.equal(both.code, 'LOG_INVALID')
  t.equal(both.message, 'log:3:7 error LOG_CRLF so (and 1 more)')
  t.equal(both.faults.length, 2)
})
