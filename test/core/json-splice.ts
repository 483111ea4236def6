// One value changes, and not one byte beside it, however oddly the text around it is laid out.

import fc from 'fast-check'
import t from 'tap'
import { appendValue, memberTexts, replaceMembers, replaceValue } from '../../src/core/json-splice.ts'

t.test('replaceValue', async t => {
  t.test('indents like the line that the value begins on', async t => {
    const text = '{\n    "list": [\n        {"old": true},\n        2\n    ]\n}\n'
    t.equal(
      replaceValue(text, ['list', 0], { a: 1 }),
      '{\n    "list": [\n        {\n          "a": 1\n        },\n        2\n    ]\n}\n',
    )
  })
  t.test('keeps tabs and CRLF', async t => {
    t.equal(replaceValue('{\r\n\t"a": 1\r\n}', ['a'], [2]), '{\r\n\t"a": [\r\n\t  2\r\n\t]\r\n}')
  })
  t.test('replaces a whole document', async t => t.equal(replaceValue('1', [], 2), '2'))
  t.test('is undefined where there is no such place', async t => {
    for (const text of ['', '{"a": []}', '[]', 'null'])
      t.equal(replaceValue(text, ['a', 0], 1), undefined, text)
  })
})

t.test('appendValue', async t => {
  t.test('adds after the last element', async t => {
    t.equal(appendValue('{\n  "a": [\n    1\n  ]\n}\n', ['a'], 2), '{\n  "a": [\n    1,\n    2\n  ]\n}\n')
  })
  t.test('opens an empty array', async t => {
    for (const inside of ['', ' ', '\n']) {
      t.equal(appendValue(`{\n  "a": [${inside}]\n}\n`, ['a'], 2), '{\n  "a": [\n    2\n  ]\n}\n')
    }
  })
  t.test('keeps CRLF', async t => {
    t.equal(appendValue('[\r\n  1\r\n]', [], { a: 1 }), '[\r\n  1,\r\n  {\r\n    "a": 1\r\n  }\r\n]')
  })
  t.test('is undefined where there is no array', async t => {
    for (const text of ['', '{}', '{"a": {}}', '{"a": null}'])
      t.equal(appendValue(text, ['a'], 1), undefined, text)
  })
})

t.test('over any layout, the rest of the text stays', async t => {
  const blank = fc.constantFrom('', ' ', '\n', '\r\n', '\t', '\r\n  ', ' \n\n\t')
  const prose = fc.string({ unit: 'binary', maxLength: 8 }).filter(text => text.isWellFormed())
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }).map(json => JSON.stringify(json)),
    fc.record({ notes: prose, serial: fc.nat() }).map(json => JSON.stringify(json, null, 3)),
    prose.map(text => `{"notes" : ${JSON.stringify(text)},"e":"\\u00e9\\/"}`),
  )
  const layout = fc.record({
    elements: fc.array(fc.tuple(blank, value, blank), { minLength: 1, maxLength: 5 }),
    head: fc.tuple(blank, blank, prose),
    tail: fc.tuple(blank, blank),
    at: fc.nat(4),
    entry: fc.record({ notes: prose, nested: fc.record({ serial: fc.nat() }) }),
  })
  let seen = 0
  fc.assert(
    fc.property(layout, ({ elements, head, tail, at, entry }) => {
      const index = at % elements.length
      const pieces = elements.map(element => element.join(''))
      const opening = `${head[0]}{"p":${JSON.stringify(head[2])},"pointers"${head[1]}:[`
      const closing = `]${tail[0]}}${tail[1]}`
      const text = `${opening}${pieces.join(',')}${closing}`
      const [before, , after] = elements[index]!
      const prefix = `${opening}${pieces
        .slice(0, index)
        .map(piece => `${piece},`)
        .join('')}${before}`
      const suffix = `${after}${pieces
        .slice(index + 1)
        .map(piece => `,${piece}`)
        .join('')}${closing}`
      const replaced = replaceValue(text, ['pointers', index], entry)!
      if (!replaced.startsWith(prefix) || !replaced.endsWith(suffix)) throw new Error(replaced)
      const middle = replaced.slice(prefix.length, replaced.length - suffix.length)
      if (JSON.stringify(JSON.parse(middle)) !== JSON.stringify(entry)) throw new Error(middle)

      const appended = appendValue(text, ['pointers'], entry)!
      const kept = text.slice(0, text.length - closing.length - elements.at(-1)![2].length)
      if (!appended.startsWith(kept) || !appended.endsWith(elements.at(-1)![2] + closing))
        throw new Error(appended)
      const list = JSON.parse(appended).pointers
      if (list.length !== elements.length + 1) throw new Error(appended)
      if (JSON.stringify(list.at(-1)) !== JSON.stringify(entry)) throw new Error(appended)
      seen += 1
    }),
    { numRuns: Number(process.env.CHAOS_RUNS ?? 500) },
  )
  t.ok(seen >= Number(process.env.CHAOS_RUNS ?? 500))
})

t.test('the members of an object as they are written', async t => {
  const text = '{"a": {"x": 1.0, "y" :[1,  2]}, "b": 1}'
  t.strictSame(
    [...memberTexts(text, ['a'])!],
    [
      ['x', '1.0'],
      ['y', '[1,  2]'],
    ],
  )
  t.equal(memberTexts(text, ['b']), undefined)
  t.equal(memberTexts(text, ['none']), undefined)
  t.strictSame([...memberTexts('{"__proto__": 1}', [])!], [['__proto__', '1']])
})

t.test('an object of members, in place of one or as the last', async t => {
  const members = [
    ['a', () => '1'],
    ['b', (newline: string, unit: string) => `[${newline}${unit}2${newline}]`],
  ] as const
  t.equal(
    replaceMembers('{"s":  {"old": 1}, "t": 1}', 's', members),
    '{"s":  {\n  "a": 1,\n  "b": [\n    2\n  ]\n}, "t": 1}',
  )
  t.equal(
    replaceMembers('{\r\n    "t": 1\r\n}\r\n', 's', members),
    '{\r\n    "t": 1,\r\n    "s": {\r\n        "a": 1,\r\n        "b": [\r\n            2\r\n        ]\r\n    }\r\n}\r\n',
  )
  t.equal(replaceMembers('{}', 's', []), '{\n  "s": {}\n}')
  t.equal(replaceMembers('{"s": {"a": 1}}', 's', []), '{"s": {}}')
  t.throws(() => replaceMembers('[]', 's', []), TypeError)
})
