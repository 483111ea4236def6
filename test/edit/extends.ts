// A log that grew, and each way in which one did not.

import t from 'tap'
import { checkLogExtends } from '../../src/edit/extends.ts'

const faultsOf = (base: string, head: string): string[] =>
  checkLogExtends(Buffer.from(base), Buffer.from(head), 'log').map(({ line, code }) => `${line} ${code}`)

t.test('a log extends itself, its beginning and nothing', async t => {
  for (const [base, head] of [
    ['', ''],
    ['', 'a\n'],
    ['a\n', 'a\n'],
    ['a\n', 'a\nb\n'],
    ['a\na\n', 'a\na\na\n'],
    ['a', 'a'],
  ]) {
    t.strictSame(faultsOf(base!, head!), [])
  }
})

t.test('a line that is gone, other, elsewhere or new is named', async t => {
  for (const [name, base, head, want] of [
    ['the first is gone', 'a\nb\n', 'b\nc\n', ['1 LOG_LINE_DELETED']],
    ['the last is gone', 'a\nb\n', 'a\n', ['2 LOG_LINE_DELETED']],
    ['all are gone', 'a\nb\n', '', ['1 LOG_LINE_DELETED', '2 LOG_LINE_DELETED']],
    ['one of two alike is gone', 'a\na\nb\n', 'a\nb\n', ['2 LOG_LINE_DELETED']],
    ['altered', 'a\nb\nc\n', 'a\nB\nc\nd\n', ['2 LOG_LINE_ALTERED']],
    ['the last altered', 'a\nb\n', 'a\nB\n', ['2 LOG_LINE_ALTERED']],
    ['swapped', 'a\nb\n', 'b\na\n', ['1 LOG_LINE_MOVED']],
    ['put in', 'a\nb\n', 'a\nx\nb\n', ['2 LOG_LINE_INSERTED']],
    ['put in at the head', 'a\n', 'x\na\n', ['1 LOG_LINE_INSERTED']],
    ['glued to', 'a\nb', 'a\nbc\n', ['2 LOG_LINE_ALTERED']],
    ['line ends', 'a\nb\n', 'a\r\nb\r\n', ['1 LOG_LINE_ALTERED', '2 LOG_LINE_ALTERED']],
    ['an end that was missing', 'a\nb', 'a\nb\n', ['2 LOG_LINE_ALTERED']],
  ] as const) {
    t.strictSame(faultsOf(base, head), want, name)
  }
})

t.test('what is quoted is text', async t => {
  const [fault] = checkLogExtends(Buffer.from('é\n'), Buffer.from('🦊\n'), 'log')
  t.equal(fault!.message, 'line 1 was altered (want "é", got "🦊")')
})
