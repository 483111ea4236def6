import { Type } from '@sinclair/typebox'
import t from 'tap'
import { compileCheck } from '../../src/server/validate.ts'

const schema = Type.Object(
  { n: Type.Optional(Type.String({ pattern: '^[0-9]+$' })) },
  { additionalProperties: false },
)
const check = compileCheck(schema)

t.test('a value that follows the schema is accepted as it is', async t => {
  for (const value of [{ n: '1' }, {}]) {
    const before = structuredClone(value)
    t.equal(check(value), undefined, 'no fault is found')
    t.strictSame(value, before, 'and nothing of it is changed')
  }
})

t.test('any other is refused, and its first fault has a place', async t => {
  for (const [value, place] of [
    [{ n: 1 }, '/n'],
    [{ n: ['1', '2'] }, '/n'],
    [{ n: 'x' }, '/n'],
    [{ m: '1' }, '/m'],
    [JSON.parse('{"__proto__":"1"}'), '/__proto__'],
  ] as const) {
    t.match(check(value), { pointer: place, message: /./ }, JSON.stringify(value))
  }
})

t.test('a fault says what was wanted and what was got', async t => {
  const asked = compileCheck(
    Type.Object(
      {
        state: Type.Optional(Type.Union([Type.Literal('on'), Type.Literal('off'), Type.Literal('')])),
        limit: Type.Optional(Type.String({ title: 'a number from 1 to 9', pattern: '^[1-9]$' })),
        name: Type.String({ maxLength: 3 }),
        other: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
  )
  for (const [value, message] of [
    [{ name: 'a', state: 'On' }, 'is "On" (want on or off or nothing)'],
    [{ name: 'a', limit: '0' }, 'is "0" (want a number from 1 to 9)'],
    [{ name: 'a', limit: ['1', '2'] }, 'is ["1","2"] (want a number from 1 to 9)'],
    [{ name: 'abcd' }, 'is "abcd" (want one text of at most 3 characters)'],
    [{ name: 'a', other: ['x'] }, 'is ["x"] (want one text)'],
    [{ other: 'x' }, 'is missing (want one text of at most 3 characters)'],
    [{ name: 'a', sate: 'on' }, 'is not known here (want state, limit, name, other)'],
  ] as const) {
    t.equal(asked(value)?.message, message)
  }
})

t.test('an empty value is held to a schema that asks for something', async t => {
  const needy = Type.Object({ n: Type.String() }, { additionalProperties: false })
  const check = compileCheck(needy)
  t.match(check({}), { pointer: '/n' })
  t.equal(check({ n: 'x' }), undefined)
})

t.test('no schema asks for nothing', async t => {
  t.equal(compileCheck(undefined)({ anything: 1 }), undefined)
})
