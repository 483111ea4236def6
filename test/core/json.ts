// Strict JSON: every fault of a text has its code and its place, and no input makes the reader throw.

import fc from 'fast-check'
import t from 'tap'
import {
  decodeUtf8,
  type JsonFaultCode,
  MAX_DEPTH,
  parseJson,
  renderCanonical,
  tryDecodeUtf8,
} from '../../src/core/json.ts'
import { runs } from '../fixtures/registry-world.ts'

const canonical = { canonical: true } as const

/** Returns the faults of `input` as `code line:column pointer`. */
function faultsOf(input: string | Uint8Array, options = canonical as { canonical?: boolean }): string[] {
  const json = parseJson(Buffer.from(input as string), options)
  return json.ok ? [] : json.faults.map(f => `${f.code} ${f.line}:${f.column} ${f.pointer}`.trimEnd())
}

t.test('a canonical text is read', async t => {
  for (const value of [
    null,
    true,
    0,
    -1.5,
    1e21,
    '',
    'é😀\u2028',
    [],
    {},
    [[]],
    { a: {} },
    [1, { b: [null] }],
  ]) {
    const text = renderCanonical(value)
    t.strictSame(parseJson(Buffer.from(text), canonical), { ok: true, value, text })
  }
  const own = parseJson(Buffer.from('{\n  "__proto__": 1\n}\n'), canonical)
  t.strictSame(Object.keys(own.value as object), ['__proto__'], 'a name that bites is a key like another')
})

t.test('a large object is compared member by member, at any depth', async t => {
  const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`key ${i}`, { n: [i] }]))
  for (const value of [many, { a: many }, { a: { b: { c: many } } }, { a: { b: { c: { d: [many] } } } }]) {
    const text = renderCanonical(value)
    t.strictSame(parseJson(Buffer.from(text), canonical), { ok: true, value, text })
    const at = text.indexOf('key 1400')
    t.strictSame(faultsOf(`${text.slice(0, at)}${text.slice(at).replace(': ', ':')}`).length, 1)
  }
})

t.test('each fault has its code and its place', async t => {
  const table: readonly [name: string, input: string | Uint8Array, ...faults: string[]][] = [
    ['nothing', '', 'not_json 1:1'],
    ['only blanks', ' \n ', 'not_json 2:2'],
    ['a byte-order mark', '\ufeff{}\n', 'byte_order_mark 1:1'],
    ['CRLF', '{\r\n  "a": 1\r\n}\r\n', 'crlf 1:2'],
    ['one CRLF at the end', '{\n  "a": 1\n}\r\n', 'crlf 3:2'],
    ['a lone carriage return', '{}\r', 'not_canonical 1:3'],
    ['a key twice', '{\n  "a": 1,\n  "a": 1\n}\n', 'duplicate_key 3:3 /a'],
    ['a key three times', '{"a":1,"a":2,"a":3}', 'duplicate_key 1:8 /a', 'duplicate_key 1:14 /a'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'duplicate_key 1:8 /a'],
    ['a key twice, deep', '[{"x":{"~/":0,"~/":1}}]', 'duplicate_key 1:15 /0/x/~0~1'],
    ['a key twice, twice', '{"a":{"b":1,"b":2},"a":0}', 'duplicate_key 1:13 /a/b', 'duplicate_key 1:20 /a'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'duplicate_key 1:16 /__proto__'],
    ['text after the end', '{}\nx', 'trailing_text 2:1'],
    ['a second document', '{}\n{}\n', 'trailing_text 2:1'],
    ['a second document of the same line', '1 2', 'trailing_text 1:3'],
    ['a no-break space after the end', '{}\n\u00a0', 'trailing_text 2:1'],
    ['NUL after the end', '{}\n\0', 'trailing_text 2:1'],
    ['a bracket too many', '{}}', 'trailing_text 1:3'],
    ['NUL at the start', '\0{}', 'not_json 1:1'],
    ['NUL in a string', '"a\0b"', 'not_json 1:1'],
    ['a tab in a string', '{\n  "a": "\t"\n}\n', 'not_json 2:8'],
    ['a line comment', '{ // no\n}', 'not_json 1:3'],
    ['a block comment', '{}/* no */', 'trailing_text 1:3'],
    ['a trailing comma in an object', '{"a":1,}', 'not_json 1:8'],
    ['a trailing comma in an array', '[1,]', 'not_json 1:4'],
    ['a missing comma', '[1 2]', 'not_json 1:4'],
    ['single quotes', "{'a':1}", 'not_json 1:2'],
    ['a bare key', '{a:1}', 'not_json 1:2'],
    ['NaN', '[NaN]', 'not_json 1:2'],
    ['a leading zero', '[01]', 'not_json 1:3'],
    ['a bare point', '[1.]', 'not_json 1:2'],
    ['cut off', '{\n  "a": [1,\n', 'not_json 3:1'],
    ['an unknown escape', '["\\x41"]', 'not_json 1:2'],
    ['whole numbers as names, out of order', '{\n  "b": 1,\n  "7": 2\n}\n', 'key_order 2:4'],
    // Both lines end in the same change: a sum of plain hashes would be the same.
    ['blanks before two colons', '{\n  "a92" :{},\n  "b994" :{}\n}\n', 'not_canonical 2:8'],
    ['no newline at the end', '{}', 'not_canonical 1:3'],
    ['two newlines at the end', '{}\n\n', 'not_canonical 2:1'],
    ['four spaces', '{\n    "a": 1\n}\n', 'not_canonical 2:3'],
    ['one line', '{"a":1}\n', 'not_canonical 1:2'],
    ['a number in another spelling', '[\n  1.0\n]\n', 'not_canonical 2:4'],
    ['a number too great to keep', '[\n  9007199254740993\n]\n', 'not_canonical 2:18'],
    ['an escape that need not be', '"\\u0061"\n', 'not_canonical 1:2'],
    ['an escaped solidus', '"\\/"\n', 'not_canonical 1:2'],
    ['a surrogate in capitals', '"\\uD800"\n', 'not_canonical 1:4'],
    ['several at once', '\ufeff{"a":1,\r\n"a":2}', 'byte_order_mark 1:1', 'crlf 1:9', 'duplicate_key 2:1 /a'],
  ]
  for (const [name, input, ...faults] of table) t.strictSame(faultsOf(input), faults, name)
  t.strictSame(
    new Set(table.flatMap(([, , ...faults]) => faults.map(fault => fault.split(' ', 1)[0]))).size,
    7,
    'the table and the two tests below hold all nine codes',
  )
})

t.test('a message says what it is', async t => {
  const messageOf = (text: string) => {
    const json = parseJson(Buffer.from(text), canonical)
    return json.ok ? undefined : json.faults[0]!.message
  }
  t.equal(messageOf(''), 'not JSON: the file is empty')
  t.equal(messageOf('[1,]'), 'not JSON: ValueExpected')
  t.equal(messageOf('{"a":1,"a":2}'), 'key "a" stands twice in one object')
  t.equal(
    messageOf('[]'),
    'not in canonical form, two-space JSON with one newline at the end (want "\\n", got "")',
  )
})

t.test('bytes that are not UTF-8 are refused where they begin', async t => {
  const bad: readonly number[][] = [
    [0xff],
    [0x80],
    [0xc0, 0xaf],
    [0xc3, 0x28],
    [0xe2, 0x82, 0x41],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f, 0x98, 0x41],
    [0xf5, 0x80, 0x80, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
  ]
  const text = Buffer.from('{\n  "é": "😀ab"\n}\n')
  const at: string[] = []
  for (const bytes of bad) {
    for (let position = 0; position <= text.length; position++) {
      // Only between characters: within one, the fault is the character that was broken in two.
      if (position < text.length && (text[position]! & 0xc0) === 0x80) continue
      const broken = Buffer.concat([text.subarray(0, position), Buffer.from(bytes), text.subarray(position)])
      const before = text.subarray(0, position).toString().split('\n')
      const want = `not_utf8 ${before.length}:${before.at(-1)!.length + 1}`
      const [got, ...more] = faultsOf(broken)
      if (got !== want || more.length > 0) at.push(`${bytes} at ${position}: ${got} (want ${want})`)
    }
  }
  t.strictSame(at, [])

  t.test('a character cut off at the end begins where it begins', async t => {
    for (const [whole, lengths] of [
      ['é', 1],
      ['€', 2],
      ['😀', 3],
    ] as const) {
      for (let length = 1; length <= lengths; length++) {
        const cut = Buffer.concat([Buffer.from('ab'), Buffer.from(whole).subarray(0, length)])
        t.strictSame(faultsOf(cut), ['not_utf8 1:3'], `${length} of ${whole}`)
        t.throws(() => decodeUtf8(cut), { code: 'NOT_UTF8', offset: 2 })
        t.equal(tryDecodeUtf8(cut), undefined)
      }
    }
  })

  t.test('within a character, at every byte', async t => {
    for (let position = 0; position < text.length; position++) {
      const broken = Buffer.from(text)
      broken[position] = 0xff
      t.match(faultsOf(broken), [/^not_utf8 /], `byte ${position}`)
    }
  })
})

t.test('nesting is bounded', async t => {
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown
  const code = (text: string, options = {}) => faultsOf(text, options)[0]

  t.test('the greatest depth is read, canonical or not', async t => {
    t.strictSame(faultsOf(renderCanonical(nested(MAX_DEPTH))), [])
    t.strictSame(faultsOf(JSON.stringify(nested(MAX_DEPTH)), {}), [])
    t.strictSame(faultsOf(JSON.stringify('['.repeat(MAX_DEPTH * 2)), {}), [], 'brackets in a string are text')
    t.strictSame(faultsOf(`"\\"${'['.repeat(MAX_DEPTH * 2)}"`, {}), [], 'after an escaped quote too')
    t.strictSame(faultsOf(`[${'[],'.repeat(MAX_DEPTH * 2)}0]`, {}), [], 'side by side is not deep')
  })

  t.test('one level more is refused at its bracket', async t => {
    t.equal(
      code(renderCanonical(nested(MAX_DEPTH + 1)), canonical),
      `too_deep ${MAX_DEPTH + 1}:${2 * MAX_DEPTH + 1}`,
    )
    t.equal(code(JSON.stringify(nested(MAX_DEPTH + 1))), `too_deep 1:${MAX_DEPTH + 1}`)
    t.equal(code(`${'{"a":'.repeat(MAX_DEPTH + 1)}1`), `too_deep 1:${MAX_DEPTH * 5 + 1}`)
  })

  t.test('no depth exhausts the stack', async t => {
    for (const depth of [500, 2000, 5000, 10_000, 200_000]) {
      t.match(code('['.repeat(depth) + ']'.repeat(depth)), /^too_deep /, `${depth} brackets`)
      t.match(code('{"a":'.repeat(depth)), /^too_deep /, `${depth} braces, cut off`)
      t.match(code(`"\\\n${'['.repeat(depth)}`), /^(not_json|too_deep) /, `${depth} after a broken string`)
    }
  })
})

t.test('without `canonical`, form is free and content is not', async t => {
  const free = (text: string) => faultsOf(text, {})
  t.strictSame(free('{"a":1}'), [])
  t.strictSame(free('{\r\n"b": 1.0,\r\n"7": 2}\r\n'), [])
  t.strictSame(free('\ufeff{}'), ['byte_order_mark 1:1'])
  t.strictSame(free('{"a":1,"a":1}'), ['duplicate_key 1:8 /a'])
  t.strictSame(free('{} {}'), ['trailing_text 1:4'])
})

t.test('a text with many thousand faults is judged at once', async t => {
  const text = `{${'"a":\n0,'.repeat(60_000)}"b":0}`
  const start = performance.now()
  t.equal(faultsOf(text).length, 59_999)
  t.ok(performance.now() - start < 5000, 'time grows with the text, not with its square')
})

t.test('properties', async t => {
  const texts = fc.json({ maxDepth: 4, stringUnit: 'binary' })
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

  t.test('what is rendered is read back, and nothing else is', async t => {
    fc.assert(
      fc.property(
        texts,
        fc.nat(),
        fc.constantFrom(' ', '\n', '\r', '\t', ',', '"', '0', '\ufeff', '\\'),
        (json, seed, extra) => {
          const text = renderCanonical(JSON.parse(json))
          const read = parseJson(Buffer.from(text), canonical)
          if (!read.ok || JSON.stringify(read.value) !== JSON.stringify(plain(JSON.parse(json)))) return false
          const at = seed % (text.length + 1)
          const other = Buffer.from(text.slice(0, at) + extra + text.slice(at)).toString()
          const again = parseJson(Buffer.from(other), canonical)
          return again.ok ? renderCanonical(again.value) === other : again.faults.length > 0
        },
      ),
      runs(1500),
    )
    t.pass('held')
  })

  t.test(
    'read freely, a text is accepted exactly when JSON.parse takes it and no key stands twice',
    async t => {
      const pieces = fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"a"',
        '"b"',
        ':',
        ',',
        '1',
        ' ',
        '\n',
        'null',
        '-',
        '.5',
        'e3',
        '\\',
        '"',
        '//',
      )
      const soups = fc.array(pieces, { maxLength: 14 }).map(parts => parts.join(''))
      let accepted = 0
      fc.assert(
        fc.property(fc.oneof(texts, soups), text => {
          let twice = false
          let valid = true
          try {
            JSON.parse(text)
          } catch {
            valid = false
          }
          const read = parseJson(Buffer.from(text))
          if (read.ok) accepted += 1
          else twice = read.faults.every(fault => fault.code === 'duplicate_key')
          return read.ok === (valid && !twice) && (valid || read.value === undefined)
        }),
        runs(3000),
      )
      t.ok(accepted > 20, 'and some were')
    },
  )

  t.test('random bytes never make it throw, and a refusal always has a place in the text', async t => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const read = parseJson(bytes, canonical)
        return read.ok || (read.faults.length > 0 && read.faults.every(f => f.line >= 1 && f.column >= 1))
      }),
      runs(3000),
    )
    t.pass('held')
  })

  t.test('every byte of a document changed to every other: refused, or canonical still', async t => {
    const bytes = Buffer.from(renderCanonical({ a: ['é', 1], b: { c: null } }))
    const wrong: string[] = []
    const codes = new Set<JsonFaultCode>()
    for (let at = 0; at < bytes.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const other = Buffer.from(bytes)
        other[at] = byte
        const read = parseJson(other, canonical)
        if (!read.ok) for (const { code } of read.faults) codes.add(code)
        else if (!Buffer.from(renderCanonical(read.value)).equals(other)) wrong.push(`${at}:${byte}`)
      }
    }
    t.strictSame(wrong, [])
    t.ok(codes.has('not_utf8') && codes.has('not_json') && codes.has('not_canonical'))
  })
})
