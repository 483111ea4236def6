// Strict JSON with the spelling of its numbers.

import fc from 'fast-check'
import t from 'tap'
import { kindOf, memberOf } from '../../src/core/value.ts'
import { checkJsonText, type JsonText } from '../../src/seal/json-text.ts'
import { fuzzRuns } from '../fixtures/seal-world.ts'

const read = (text: string): JsonText => checkJsonText(Buffer.from(text)) as JsonText
const integer = (number: string): number | undefined => {
  const json = read(`{"n": ${number}}`)
  return json.integerAt(json.value as object, 'n')
}

t.test('an integer is one only in digits', async t => {
  t.strictSame(['0', '7', '-7', '9007199254740991'].map(integer), [0, 7, -7, 9007199254740991])
  for (const number of [
    '7.0',
    '7e0',
    '70e-1',
    '-0',
    '9007199254740992',
    '9007199254740993',
    '1e400',
    '"7"',
    'null',
    '[7]',
  ]) {
    t.equal(integer(number), undefined, number)
  }
  t.equal(read('{}').integerAt({}, 'n'), undefined)
})

t.test('the document is frozen at every depth', async t => {
  const value = read('{"a": [{"b": 1}]}').value as { a: object[] }
  t.ok(Object.isFrozen(value) && Object.isFrozen(value.a) && Object.isFrozen(value.a[0]))
})

t.test('__proto__ is a key like others', async t => {
  const value = read('{"__proto__": {"x": 1}}').value as Record<string, unknown>
  t.strictSame(Object.keys(value), ['__proto__'])
  t.equal(memberOf(value, 'x'), undefined)
  t.equal(memberOf({}, 'toString'), undefined)
})

t.test('any depth is read or refused', async t => {
  for (let depth = 1; depth < 200_000; depth *= 2) {
    const json = checkJsonText(Buffer.from('['.repeat(depth) + ']'.repeat(depth)))
    if (!json.ok) t.ok(['too_deep', 'not_json'].includes(json.faults[0]!.code), String(depth))
  }
})

t.test('what is read is what JSON.parse reads', async t => {
  const property = fc.property(fc.json(), text => {
    const json = checkJsonText(Buffer.from(text))
    return json.ok ? JSON.stringify(json.value) === JSON.stringify(JSON.parse(text)) : json.faults.length > 0
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: fuzzRuns }), `${fuzzRuns} runs`)
})

t.test('kinds are named', async t => {
  t.strictSame([null, undefined, [], {}, 1, ''].map(kindOf), [
    'null',
    'nothing',
    'an array',
    'an object',
    'a number',
    'a string',
  ])
})
