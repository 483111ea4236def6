// The spelling of JSON: against a writer that goes unit by unit, as the format is described, and where there is one on
// this machine against Python itself.

import { spawnSync } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { renderDocument, renderLine } from '../../src/layer/python-json.ts'
import { fuzzRuns } from '../fixtures/seal-world.ts'

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

function spell(text: string): string {
  let out = ''
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const plain = code >= 0x20 && code < 0x7f ? text[at]! : `\\u${code.toString(16).padStart(4, '0')}`
    out += SHORT[text[at]!] ?? plain
  }
  return `"${out}"`
}

function reference(value: unknown, indent: number | undefined, level = 0): string {
  if (typeof value === 'string') return spell(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const items = Array.isArray(value)
    ? value.map(item => reference(item, indent, level + 1))
    : Object.entries(value).map(
        ([key, item]) =>
          `${spell(key)}:${indent === undefined ? '' : ' '}${reference(item, indent, level + 1)}`,
      )
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (items.length === 0) return `${open}${close}`
  if (indent === undefined) return `${open}${items.join(',')}${close}`
  const pad = (deep: number): string => `\n${' '.repeat(indent * deep)}`
  return `${open}${pad(level + 1)}${items.join(`,${pad(level + 1)}`)}${pad(level)}${close}`
}

/** Texts with lone surrogates, controls and everything else. */
const text = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit)) }),
  fc.string({ unit: 'binary' }),
)
/** Keys as the layer has them: a letter first, so that none is a number. */
const key = fc.tuple(fc.constantFrom('a', 'b', 'é', '"'), text).map(parts => parts.join(''))
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.maxSafeInteger(),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

t.test('the two forms', async t => {
  const odd = {
    z: [],
    a: {},
    text: 'тип\u007fé😀/"\\\t\u2028\u0000\ud800',
    list: [1, null],
    deep: { x: true },
  }
  t.equal(
    renderLine(odd),
    '{"z":[],"a":{},"text":"\\u0442\\u0438\\u043f\\u007f\\u00e9\\ud83d\\ude00/\\"\\\\\\t\\u2028\\u0000\\ud800","list":[1,null],"deep":{"x":true}}',
  )
  t.equal(renderDocument([{ a: [] }, 'b']), '[\n  {\n    "a": []\n  },\n  "b"\n]\n')
})

t.test('any value is spelled as described, and means the same', async t => {
  fc.assert(
    fc.property(
      value,
      any =>
        renderLine(any) === reference(any, undefined) &&
        renderDocument(any) === `${reference(any, 2)}\n` &&
        isDeepStrictEqual(JSON.parse(renderLine(any)), JSON.parse(JSON.stringify(any))),
    ),
    { numRuns: fuzzRuns },
  )
  t.pass('in both forms')
})

t.test('Python spells it so', async t => {
  const code =
    'import json,sys\nfor line in sys.stdin.buffer:\n v=json.loads(line)\n print(json.dumps(v,separators=(",",":")))\n print(json.dumps(json.dumps(v,indent=2)+"\\n"))'
  const values = fc.sample(value, fuzzRuns)
  const said = spawnSync('python3', ['-c', code], {
    input: values.map(any => `${renderLine(any)}\n`).join(''),
  })
  if (said.status !== 0) {
    t.comment('NOT RUN: there is no python3 here')
    return
  }
  const lines = said.stdout.toString().trimEnd().split('\n')
  t.strictSame(
    lines.filter((_, at) => at % 2 === 0),
    values.map(renderLine),
  )
  t.strictSame(
    lines.filter((_, at) => at % 2 === 1).map(line => JSON.parse(line)),
    values.map(renderDocument),
  )
})
