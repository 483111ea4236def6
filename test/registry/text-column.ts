// Texts by position: what was put in comes out, and searching finds what a plain search of each text would find.

import fc from 'fast-check'
import t from 'tap'
import { foldCode, isNamePart, TextColumn, TextColumnWriter } from '../../src/registry/text-column.ts'
import { runs } from '../fixtures/registry-world.ts'

function columnOf(texts: readonly string[]): TextColumn {
  const writer = new TextColumnWriter()
  for (const text of texts) writer.add(text)
  const { bytes, offsets } = writer.finish()
  return new TextColumn(Buffer.from(bytes), offsets)
}

t.test('what was put in comes out', async t => {
  const texts = ['', 'a', 'é', '🦊 – ', 'x'.repeat(100_000), '']
  const column = columnOf(texts)
  t.equal(column.length, texts.length)
  t.strictSame(
    texts.map((_, i) => column.at(i)),
    texts,
  )
  t.equal(column.at(1, true), 'a')
})

t.test('the writer tells ASCII from the rest', async t => {
  const writer = new TextColumnWriter()
  t.strictSame([writer.add('plain ~'), writer.add('é'), writer.add('')], [true, false, true])
})

t.test('texts are written behind a beginning that is left alone', async t => {
  for (const room of [0, 10, 1_000_000]) {
    const writer = new TextColumnWriter({ room, before: 12 })
    t.equal(writer.length, 0)
    writer.add('a')
    const from = writer.length
    writer.add('x'.repeat(10_000))
    t.equal(writer.length, from + 10_001)
    t.equal(Buffer.from(writer.since(from)).toString(), `${'x'.repeat(10_000)}\n`)
    const { bytes, offsets } = writer.finish()
    t.strictSame([...offsets], [0, 2, 10_003])
    t.equal(bytes.byteOffset, 12)
    t.ok(bytes.buffer instanceof SharedArrayBuffer && bytes.buffer.byteLength >= 12 + room)
    t.strictSame([...new Uint8Array(bytes.buffer, 0, 12)], new Array(12).fill(0))
  }
})

t.test('an empty column has nothing', async t => {
  const column = columnOf([])
  t.equal(column.length, 0)
  t.strictSame(column.holding('a', 0, 0), [])
})

const words = fc.array(fc.string({ unit: fc.constantFrom(...'ab/-'), maxLength: 6 }), { maxLength: 12 })
const parts = fc.string({ unit: fc.constantFrom(...'ab/-'), minLength: 1, maxLength: 3 })

t.test('a search finds the texts that hold the part, in a range', async t => {
  let hits = 0
  fc.assert(
    fc.property(words, parts, fc.nat(12), fc.nat(12), (texts, part, a, b) => {
      const from = Math.min(a, b, texts.length)
      const to = Math.min(Math.max(a, b), texts.length)
      const want = texts.flatMap((text, i) => (i >= from && i < to && text.includes(part) ? [i] : []))
      const got = columnOf(texts).holding(part, from, to)
      hits += got.length
      if (got.join() !== want.join())
        throw new Error(`${JSON.stringify(texts)} ${part} ${from} ${to}: ${got}`)
    }),
    runs(2_000),
  )
  t.ok(hits > 500, `${hits} hits`)
})

t.test('only ASCII without control characters is searched for', async t => {
  for (const part of ['', '\n', 'é', '\u212a', 'a\u0000', 'a b'])
    t.notOk(isNamePart(part), JSON.stringify(part))
  t.ok(isNamePart('a/b'))
})

t.test('a text is compared in any case, and whole', async t => {
  const column = columnOf(['acme/app', 'acme'])
  t.ok(column.isFolded(0, ['ACME', 'aPP']))
  t.ok(column.isFolded(0, ['acme/app']))
  t.ok(column.isFolded(1, ['Acme']))
  for (const parts of [
    ['acme'],
    ['acme', 'ap'],
    ['acme', 'appx'],
    ['acme', ''],
    ['acm', 'e/app'],
    ['acme', 'app', ''],
  ])
    t.notOk(column.isFolded(0, parts), parts.join('|'))
  t.notOk(column.isFolded(1, ['acm\u00e5']))
})

t.test('a word is found up to its quote, in any case', async t => {
  const column = columnOf(['first', '{"Acme":"x"}', ''])
  t.equal(column.foldedEnd(1, 2, 'aCME'), 6)
  t.equal(column.foldedEnd(1, 9, 'x'), 10)
  t.equal(column.foldedEnd(1, 6, ''), 6)
  for (const word of ['acm', 'acmes', '', 'cme', 'acme"', 'acme":"x', 'acm\u00e5'])
    t.equal(column.foldedEnd(1, 2, word), -1, JSON.stringify(word))
  t.equal(column.foldedEnd(2, 0, ''), -1, 'an empty one has none')
})

t.test('only capitals of ASCII are folded', async t => {
  for (let code = 0; code < 0x180; code++) {
    const letter = String.fromCharCode(code)
    t.equal(foldCode(code), (/[A-Z]/.test(letter) ? letter.toLowerCase() : letter).charCodeAt(0))
  }
})
