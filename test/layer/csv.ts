// Tables as they are met in the field: quotes, either line end, and the header that a schema asks for.

import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import t from 'tap'
import { readCsv } from '../../src/layer/csv.ts'
import { closed, nullable } from '../../src/layer/schemas/words.ts'

const schema = closed({
  name: Type.String(),
  size: Type.Number(),
  note: Type.Optional(nullable(Type.String())),
})

const read = (text: string | Uint8Array) => {
  const { rows, faults } = readCsv(Buffer.from(text), schema)
  return faults.length > 0
    ? faults.map(({ code, pointer, line }) => `${code} ${pointer} ${line}`)
    : rows.map(({ line, value }) => [line, ...Object.values(value)])
}

t.test('a table', async t => {
  const rows = [
    [2, 'a', 1, null],
    [3, 'b', 2.5, 'x'],
  ]
  t.strictSame(read('name,size,note\na,1,\nb,2.5,x\n'), rows)
  t.strictSame(read('name,size,note\r\na,1,\r\nb,2.5,x\r\n'), rows, 'with the other line end')
  t.strictSame(read('name,size,note\na,1,\nb,2.5,x'), rows, 'without the last one')
  t.strictSame(read('size,name\n1,a\n'), [[2, 1, 'a']], 'in another order, and without what is optional')
  t.strictSame(read('name,size\n"a,""b""\nc",-1e3\nd,0\n'), [
    [2, 'a,"b"\nc', -1000],
    [4, 'd', 0],
  ])
})

t.test('a cell that is no number stays a text, for the schema to refuse', async t => {
  for (const cell of ['', '1 ', '0x1', 'NaN', '01', '1.', '.5', '+1', '1,0']) {
    const [row] = read(`name,size\na,"${cell}"\n`)
    t.strictSame(row, [2, 'a', cell])
  }
})

t.test('what is no table', async t => {
  t.strictSame(read(''), ['no_rows  1'])
  t.strictSame(read('name,size\n'), ['no_rows  1'])
  t.strictSame(read('name\na\n'), ['missing_column /size 1'])
  t.strictSame(read('name,size,other/one\na,1,2\n'), ['unknown_column /other~1one 1'])
  t.strictSame(read('name,size,constructor\na,1,2\n'), ['unknown_column /constructor 1'])
  t.strictSame(read('name,size,name\na,1,2\n'), ['duplicate_column /name 1'])
  t.strictSame(read('name,size\na\nb,1\nc,1,2\n'), ['wrong_cells  2', 'wrong_cells  4'])
  t.strictSame(read('name,size\n\na,1\n'), ['wrong_cells  2'])
  t.strictSame(read('name,size\na,"1\n'), ['bad_quotes  2'])
  t.strictSame(read('name,size\na"b,1\n'), ['bad_quotes  2'])
  t.strictSame(read('name,size\ra,1\r'), ['bad_quotes  1'])
  t.strictSame(read(Buffer.from([0x6e, 0xff])), ['not_utf8  1'])
})

t.test('whatever is written comes back', async t => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') })
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 8 }), cells => {
      const text = `name,size\n${cells.map(one => `"${one.replaceAll('"', '""')}",1\n`).join('')}`
      t.strictSame(
        readCsv(Buffer.from(text), schema).rows.map(({ value }) => value.name),
        cells,
      )
    }),
    { numRuns: 50 },
  )
})

t.test('a quoted cell of a megabyte is a cell', async t => {
  const { rows, faults } = readCsv(Buffer.from(`name,size\n"${'""x'.repeat(400_000)}",1\n`), schema)
  t.strictSame([rows.length, faults], [1, []])
})
