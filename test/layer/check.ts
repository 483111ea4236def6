// A value against a schema: one fault for each place, and of several things that a value may be, the one that it is.

import { Type } from '@sinclair/typebox'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import t from 'tap'
import { checkValue, MAX_FAULTS } from '../../src/layer/check.ts'
import { LAYER_SCHEMAS } from '../../src/layer/schemas/published.ts'
import { closed, nullable, oneOf } from '../../src/layer/schemas/words.ts'
import { GOOD } from '../fixtures/artifact-world.ts'

const codes = (schema: Parameters<typeof checkValue>[0], value: unknown) =>
  checkValue(schema, value).map(({ code, pointer }) => `${code} ${pointer}`)

t.test('one fault for each place', async t => {
  const schema = closed({ a: Type.Integer({ minimum: 1 }), 'b/c~d': nullable(oneOf(['x', 'y'])) })
  t.strictSame(codes(schema, { a: 1, 'b/c~d': null }), [])
  t.strictSame(codes(schema, {}), ['missing_key /a', 'missing_key /b~1c~0d'])
  t.strictSame(codes(schema, { a: 0, 'b/c~d': 'z' }), ['bad_value /a', 'bad_value /b~1c~0d'])
  t.strictSame(codes(schema, { a: '1', 'b/c~d': 1 }), ['wrong_type /a', 'wrong_type /b~1c~0d'])
  for (const other of [null, [], 'a', 1, true]) t.strictSame(codes(schema, other), ['wrong_type '])
})

t.test('what a message wants', async t => {
  const [fault] = checkValue(nullable(oneOf(['x', 'y'])), 'z')
  t.equal(fault?.message, 'want "x" or "y" or null, got "z"')
  const [pattern] = checkValue(Type.String({ pattern: '^a+$' }), '\u001b[31m')
  t.equal(pattern?.message, 'want string, pattern ^a+$, got "\\u001b[31m"')
})

t.test('names of the prototype are ordinary', async t => {
  const schema = closed({ a: Type.Optional(Type.Integer()) })
  for (const name of ['constructor', 'toString', '__proto__']) {
    t.strictSame(codes(schema, JSON.parse(`{"${name}": 1}`)), [`unknown_key /${name}`])
  }
  t.strictSame(codes(closed({ toString: Type.String() }), {}), ['missing_key /toString'])
})

t.test('of objects that a constant tells apart, the one that it names', async t => {
  const schema = Type.Union([
    closed({ kind: Type.Literal('a'), one: Type.Integer(), two: Type.Integer() }),
    closed({ kind: Type.Literal('b') }),
  ])
  t.strictSame(codes(schema, { kind: 'a' }), ['missing_key /one', 'missing_key /two'])
  t.strictSame(codes(schema, { kind: 'b', one: 1 }), ['unknown_key /one'])
  t.strictSame(codes(schema, { kind: 'c', one: 1 }), ['bad_value /kind'])
  t.match(checkValue(schema, { kind: 7 }), [{ message: 'want "a" or "b"' }])
  t.strictSame(codes(schema, { one: 1 }), ['missing_key /kind'])
})

t.test('of others, the closest', async t => {
  const schema = Type.Union([closed({ a: Type.Integer(), b: Type.Integer() }), closed({ c: Type.Integer() })])
  t.strictSame(codes(schema, { a: 1, b: 'x' }), ['wrong_type /b'])
  t.strictSame(codes(schema, { c: 1, d: 1 }), ['unknown_key /d'])
  t.strictSame(codes(schema, []), ['wrong_type '])
})

t.test('no more faults than anybody reads', async t => {
  t.equal(checkValue(Type.Array(Type.String()), Array(10_000).fill(1)).length, MAX_FAULTS)
})

t.test('another validator says yes and no to the same values', async t => {
  const ajv = new Ajv2020({ strict: true })
  for (const [kind, [registry, , good]] of Object.entries(GOOD)) {
    const id = Object.keys(LAYER_SCHEMAS).find(name =>
      new RegExp(`^REGISTRY_${registry.replace('_registry', '')}_v`).test(name),
    )
    const [schema] = LAYER_SCHEMAS[id ?? '']!
    const validate = ajv.compile(schema)
    const places = paths(good)
    const law = fc.property(
      fc.constantFrom(...places),
      fc.jsonValue(),
      fc.boolean(),
      (place, value, drop) => {
        const bent = bend(good, place, value, drop)
        return validate(bent) === (checkValue(schema, bent).length === 0)
      },
    )
    fc.assert(law, { numRuns: Number(process.env.CHAOS_RUNS ?? 150) })
    t.pass(kind)
  }
})

type Path = readonly (string | number)[]

function paths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, member]) => paths(member, [...at, key]))]
}

function bend(value: unknown, path: Path, to: unknown, drop: boolean): unknown {
  const [key, ...rest] = path
  if (key === undefined) return to
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) }
  if (rest.length === 0 && drop && !Array.isArray(copy)) delete copy[key]
  else copy[key] = bend(copy[key], rest, to, drop)
  return copy
}
