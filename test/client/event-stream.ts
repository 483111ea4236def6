// The event stream, in pieces of any size, with any line end.

import fc from 'fast-check'
import t from 'tap'
import { EventStream, type Heard } from '../../src/client/event-stream.ts'

const read = (pieces: readonly string[]): Heard[] => {
  const stream = new EventStream()
  return pieces.flatMap(piece => stream.push(piece))
}

t.test('ids and retries are heard, the rest is passed over', async t => {
  const text =
    ':hello\n\nretry: 1500\n\nevent: x\nid: one\ndata: a\ndata: b\n\ndata: no id\n\nid:two\n\nretry: soon\nid: a\0b\n\nid\n\nid: torn'
  t.strictSame(read([text]), [{ retryMs: 1500 }, { id: 'one' }, { id: 'two' }, { id: '' }])
})

t.test('it is the same in any pieces and with any line ends', async t => {
  const text = '\uFEFFid: one\ndata: x\n\n:\n\nretry: 7\nid: two\n\n'
  const want = [{ id: 'one' }, { retryMs: 7 }, { id: 'two' }]
  fc.assert(
    fc.property(fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.nat(80)), (end, cuts) => {
      const whole = text.replaceAll('\n', end)
      const at = [0, ...cuts.filter(cut => cut < whole.length).sort((a, b) => a - b), whole.length]
      const pieces = at.slice(1).map((to, i) => whole.slice(at[i], to))
      // A bare carriage return at the very end might still be half of a line end.
      const heard = read([...pieces, ':'])
      t.strictSame(heard, want)
    }),
  )
})

t.test('a line without an end is not collected for ever', async t => {
  t.throws(() => read(['id: x\n', 'y'.repeat(70_000)]), { message: /65536/ })
})
