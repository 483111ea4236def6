import { Type } from '@sinclair/typebox'
import t from 'tap'
import { compileValidator } from '../../src/server/validate.ts'

const schema = Type.Object(
  { n: Type.Optional(Type.String({ pattern: '^[0-9]+$' })) },
  { additionalProperties: false },
)
const compiled = compileValidator({ schema, method: 'GET', url: '/', httpPart: 'querystring' })
const validate = (value: unknown) => compiled(value) as true | { error: { instancePath: string }[] }

t.test('a value that follows the schema is accepted as it is', async t => {
  for (const value of [{ n: '1' }, {}]) {
    const before = structuredClone(value)
    t.equal(validate(value), true, 'nothing is put in its place')
    t.strictSame(value, before, 'and nothing of it is changed')
  }
})

t.test('any other is refused, and each fault has its place', async t => {
  for (const [value, place] of [
    [{ n: 1 }, '/n'],
    [{ n: ['1', '2'] }, '/n'],
    [{ n: 'x' }, '/n'],
    [{ m: '1' }, '/m'],
    [JSON.parse('{"__proto__":"1"}'), '/__proto__'],
  ] as const) {
    t.match(validate(value), { error: [{ instancePath: place }] }, JSON.stringify(value))
  }
})

t.test('an empty value is held to a schema that asks for something', async t => {
  const needy = Type.Object({ n: Type.String() }, { additionalProperties: false })
  const check = compileValidator({ schema: needy, method: 'GET', url: '/', httpPart: 'querystring' })
  t.match(check({}), { error: [{ instancePath: '/n' }, {}] })
  t.equal(check({ n: 'x' }), true)
})
