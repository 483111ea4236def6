import fc from 'fast-check'
import t from 'tap'
import { checkChangelog } from '../../src/changelog/changelog.ts'
import { compileHistory, findLastLine, openCompiledHistory } from '../../src/changelog/compiled-history.ts'
import { editAll, logOf } from '../fixtures/edit-world.ts'
import { runs } from '../fixtures/registry-world.ts'

const { changes } = editAll([{ action: 'disable', repo: 'app' }, { action: 'enable', repo: 'app' }, {}])
const log = logOf(changes)
const compile = (bytes: Uint8Array) => openCompiledHistory(compileHistory(bytes, 'log.jsonl'))

t.test('the bytes are those that were sealed, with the place of each line', async t => {
  const { bytes, starts, earlier, fault } = compile(log)
  t.equal(fault, undefined)
  t.ok(Buffer.from(bytes).equals(log))
  const ends = [...log.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at + 1)
  t.strictSame([...starts], [0, ...ends])
  t.strictSame([...earlier.subarray(0, 2)], [0, 1], 'lines of one key are chained')
})

t.test('the last line of a key', async t => {
  const compiled = compile(log)
  t.equal(findLastLine(compiled, 'Acme', 'APP'), 1)
  t.equal(findLastLine(compiled, 'acme'), -1)
  t.equal(findLastLine(compile(Buffer.alloc(0)), 'acme', 'app'), -1)
})

t.test('a log with a line that cannot be placed has a fault, and no lines', async t => {
  const [one] = log.toString().split('\n') as [string]
  for (const [text, fault] of [
    ['{"action":"register"}\n', 'log.jsonl:1:1 error LOG_MISSING_KEY'],
    [`${one}\nnonsense\n`, 'log.jsonl:2:1 error LOG_NOT_JSON'],
    [`${one}\n\n${one}\n`, 'log.jsonl:2:1 error LOG_BLANK_LINE'],
    [`${one}\r\n`, `log.jsonl:1:${one.length + 1} error LOG_CRLF`],
    [`${one}\n${one.slice(0, 90)}`, 'log.jsonl:2:1 error LOG_TORN'],
    [`${one}\n${one}`, 'log.jsonl:2:1 error LOG_TORN'],
    [`\ufeff${one}\n`, 'log.jsonl:1:1 error LOG_BYTE_ORDER_MARK'],
    [`${one.replace('"acme"', '"a b"')}\n`, 'log.jsonl:1:'],
    [`${one.replace('"acme"', `"${'a'.repeat(300)}"`)}\n`, 'log.jsonl:1:'],
  ] as const) {
    const got = compile(Buffer.from(text))
    t.ok(got.fault?.startsWith(fault), `${fault}: ${got.fault}`)
    t.equal(got.keys.length, 0)
    t.equal(findLastLine(got, 'acme', 'app'), -1)
  }
})

t.test('no bytes make it fail, and none that the grammar accepts are refused', async t => {
  const flip = fc.record({ at: fc.nat(log.byteLength - 1), byte: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(flip, { maxLength: 3 }), flips => {
      const bytes = Uint8Array.from(log)
      for (const { at, byte } of flips) bytes[at] = byte
      const { fault } = compile(bytes)
      return fault === undefined || checkChangelog(bytes, 'log').length > 0
    }),
    runs(300),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const { fault, keys } = compile(bytes)
      return (fault === undefined) === (keys.length > 0 || bytes.length === 0)
    }),
    runs(300),
  )
  t.pass()
})
