// YAML that means one thing: what is read, what is refused and where, and that no text makes the reader throw.

import fc from 'fast-check'
import t from 'tap'
import { MAX_ALIASES } from '../../src/manifest/yaml-reader.ts'
import { MAX_LENGTH, readYaml } from '../../src/manifest/yaml-text.ts'
import { prototypeNames, runs } from '../fixtures/registry-world.ts'

/** The faults of `text` as `offset code`. */
const faultsOf = (text: string): string[] =>
  readYaml(text).faults.map(({ offset, code }) => `${offset} ${code}`)

t.test('reads what means one thing', async t => {
  const table: [text: string, value: unknown][] = [
    ['a: 1\nb: [x, 2.5, ~]\n', { a: 1, b: ['x', 2.5, null] }],
    ['# why\n---\na: {b: "no"}\n...\n', { a: { b: 'no' } }],
    ['a: &x text\nb: *x\n', { a: 'text', b: 'text' }],
    ["a: 'yes'\nb: >\n  on\n", { a: 'yes', b: 'on\n' }],
    ['\ufeffa: 1\r\n', { a: 1 }],
    ['{"a": "é😀"}', { a: 'é😀' }],
    ['', null],
    ['a: 0x1F\nb: 1e3\nc: -7\nd: 0\n', { a: 31, b: 1000, c: -7, d: 0 }],
    ['%YAML 1.2\n---\na: 1\n', { a: 1 }],
    ['1: a\n', { 1: 'a' }],
  ]
  for (const [text, value] of table) {
    t.strictSame(faultsOf(text), [], JSON.stringify(text))
    t.strictSame(readYaml(text).value, value)
  }
  const names = readYaml(prototypeNames.map(name => `${name}: own`).join('\n')).value as object
  t.strictSame(Object.keys(names).sort(), [...prototypeNames].sort(), 'names that every object answers to')
})

t.test('refuses what means two things, where it stands', async t => {
  const table: [text: string, ...faults: string[]][] = [
    ['a: no\n', '3 MANIFEST_BOOLEAN'],
    ['a: [on, Off, YES, y, true]\n', ...[4, 8, 13, 18, 21].map(at => `${at} MANIFEST_BOOLEAN`)],
    [
      'a: 0755\nb: 1_000\nc: 12:30\nd: 2026-01-31\n',
      ...[3, 11, 20, 29].map(at => `${at} MANIFEST_AMBIGUOUS`),
    ],
    ['a: 1\na: 2\n', '5 MANIFEST_DUPLICATE_KEY'],
    ['a: 1\n"a": 2\n', '5 MANIFEST_DUPLICATE_KEY'],
    ['a:\n\tb: 1\n', '3 MANIFEST_TAB'],
    ['a: 1\n---\nb: 2\n', '5 MANIFEST_SEVERAL_DOCUMENTS'],
    ['a: !!str 1\nb: !x {c: 1}\n', '3 MANIFEST_TAG', '14 MANIFEST_TAG'],
    ['%YAML 1.1\n---\na: 1\n', '0 MANIFEST_DIRECTIVE'],
    ['%YAML 9.9\n---\na: 1\n', '6 MANIFEST_DIRECTIVE'],
    ['? [a]\n: b\n', '2 MANIFEST_BAD_KEY'],
    ['a: *x\n', '3 MANIFEST_ALIAS'],
    ['a: &x [1]\nb: *x\n', '13 MANIFEST_ALIAS'],
    ['a: &x [*x]\n', '7 MANIFEST_ALIAS'],
    ['a: "\n', '5 MANIFEST_NOT_YAML'],
    ['a: b: c\n', '3 MANIFEST_NOT_YAML'],
    ['a: x\0\n', '4 MANIFEST_BAD_CHARACTER'],
    ['a: \ud800\n', '3 MANIFEST_BAD_CHARACTER'],
    [`a: ${'['.repeat(20_000)}`, '35 MANIFEST_TOO_DEEP'],
    [`a: ${'['.repeat(40)}${']'.repeat(40)}`, '35 MANIFEST_TOO_DEEP'],
    [`- ${'- '.repeat(5000)}x`, '0 MANIFEST_TOO_DEEP'],
    ['#'.padEnd(MAX_LENGTH + 1, 'x'), '0 MANIFEST_TOO_LARGE'],
  ]
  for (const [text, ...faults] of table)
    t.strictSame(faultsOf(text), faults, JSON.stringify(text.slice(0, 40)))
  t.strictSame(faultsOf('#'.padEnd(MAX_LENGTH, 'x')), [], 'the greatest length')
})

t.test('anchors and aliases are read up to a bound', async t => {
  const aliases = (count: number): string => `a: &x 1\nb: [${Array(count).fill('*x').join(', ')}]\n`
  t.strictSame(faultsOf(aliases(MAX_ALIASES - 1)), [])
  t.match(faultsOf(aliases(MAX_ALIASES)), [/^\d+ MANIFEST_ALIAS$/])
  t.match(faultsOf(aliases(1000)), [/^\d+ MANIFEST_ALIAS$/], 'told once')
  const laughs = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}, *l${i}]`)
  const began = performance.now()
  t.ok(faultsOf(`l0: &l0 [ha, ha, ha]\n${laughs.join('\n')}\n`).length > 1, 'nothing is multiplied')
  t.ok(performance.now() - began < 1000)
})

t.test('a text that is as long as can be is read in no time', async t => {
  const began = performance.now()
  for (const filler of ['_', '1_', '0', ':1', ' ', '- ', '#', '"', 'a: ']) {
    readYaml(`a: 1${filler.repeat(60_000 / filler.length)}x\n`)
  }
  t.ok(performance.now() - began < 5000, `${performance.now() - began} ms`)
})

t.test('knows where keys and values stand', async t => {
  const text = 'a: 1\nb:\n  c: x\n  d:\nl: [p, q]\n'
  const { offsetOf } = readYaml(text)
  const at = (path: string[], part: 'key' | 'value'): string => text.slice(offsetOf(path, part)).slice(0, 4)
  t.equal(at(['a'], 'key'), 'a: 1')
  t.equal(at(['a'], 'value'), '1\nb:')
  t.equal(at(['b', 'c'], 'key'), 'c: x')
  t.equal(at(['b', 'c'], 'value'), 'x\n  ')
  t.equal(at(['b', 'd'], 'value'), 'd:\nl', 'a value that is not written')
  t.equal(at(['b', 'none'], 'value'), 'b:\n ', 'what is not there')
  t.equal(at(['l', '1'], 'value'), 'q]\n')
  t.equal(at(['l', '9'], 'value'), 'l: [')
  t.equal(at([], 'value'), 'a: 1')
})

t.test(
  'a text with a fault in its structure is not sound; other faults leave the value to be judged',
  async t => {
    t.equal(readYaml('a: [1\n').sound, false)
    t.equal(readYaml('a: no\na: 1\n').sound, true)
  },
)

t.test('no text makes it throw', async t => {
  const pieces = [
    'a',
    ':',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '&a ',
    '*a',
    '!t ',
    '|\n',
  ]
  pieces.push('>', '#', '%', '---\n', '...', '? ', '\t', '~', '<<', '7', '@', '`', 'no', '0o7')
  const soups = fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(soups, fc.string({ unit: 'binary' })), text => {
      const { faults, offsetOf } = readYaml(text)
      offsetOf(['a', '0'], 'value')
      return faults.every(({ offset }) => offset >= 0 && offset <= text.length)
    }),
    runs(2000),
  )
  t.pass('held')
})
