// Places and quotations: a fault that is shown at the wrong line costs more than one that is not shown.

import fc from 'fast-check'
import t from 'tap'
import { clip, placeAt, placesIn, quote, renderDiagnostic } from '../../src/core/diagnostic.ts'
import { runs } from '../fixtures/registry-world.ts'

t.test('a diagnostic prints as one line that an editor can follow', async t => {
  t.equal(
    renderDiagnostic({
      severity: 'error',
      code: 'bad_value',
      message: 'state is "on" (want "enabled" or "disabled")',
      file: 'infra/registry.json',
      line: 12,
      column: 5,
    }),
    'infra/registry.json:12:5 error bad_value state is "on" (want "enabled" or "disabled")',
  )
})

t.test('a place', async t => {
  t.test('counts lines and columns from 1, columns in UTF-16 units', async t => {
    const text = 'a😀b\n\ncd\n'
    const offsets = [0, 1, 3, 4, 5, 6, 7, 9]
    const places = ['1:1', '1:2', '1:4', '1:5', '2:1', '3:1', '3:2', '4:1']
    t.strictSame(
      offsets.map(offset => placeAt(text, offset)).map(({ line, column }) => `${line}:${column}`),
      places,
    )
  })

  t.test('is the same whether one or many are asked for', async t => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\n', '\r', '😀'), maxLength: 30 }),
        fc.nat({ max: 60 }),
        (text, offset) => {
          const at = Math.min(offset, text.length)
          const { line, column } = placesIn(text)(at)
          const before = text.slice(0, at).split('\n')
          const own = placeAt(text, at)
          return (
            line === before.length &&
            column === before.at(-1)!.length + 1 &&
            own.line === line &&
            own.column === column
          )
        },
      ),
      runs(500),
    )
    t.pass('agreed with a count by splitting')
  })
})

t.test('a quotation', async t => {
  t.test('is JSON on one line', async t => {
    t.equal(quote('a "b"\n'), '"a \\"b\\"\\n"')
    t.equal(quote(undefined), 'undefined')
    t.equal(quote({ a: [1, null] }), '{"a":[1,null]}')
  })

  t.test('is cut where it grows long, and never through a character', async t => {
    t.equal(quote('x'.repeat(500)).length, 80)
    t.ok(clip(`${'x'.repeat(78)}😀yz`).isWellFormed())
    t.equal(clip('short'), 'short')
    t.equal(clip('abcdef', 4), 'abc…')
  })

  t.test('holds nothing that moves a terminal, ends a line or turns the text around', async t => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    const bad = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200e\u200f\ufeff]/
    const through: number[] = []
    for (let unit = 0; unit <= 0xffff; unit++) {
      const text = quote(`<${String.fromCharCode(unit)}>`)
      if (bad.test(text) || !text.isWellFormed()) through.push(unit)
    }
    t.strictSame(through, [])
  })
})
