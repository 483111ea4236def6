import { Type } from '@sinclair/typebox'
import t from 'tap'
import { compileValidator } from '../../src/server/validate.ts'

const schema = Type.Object(
  { n: Type.Optional(Type.String({ pattern: '^[0-9]+$' })) },
  { additionalProperties: false },
)
const compiled = compileValidator({ schema, method: 'GET', url: '/', httpPart: 'querystring' })
const validate = (value: unknown) =>
  compiled(value) as { value?: unknown; error?: { instancePath: string }[] }

t.test('a value that follows the schema is accepted as it is', async t => {
  const value = { n: '1' }
  t.equal(validate(value).value, value, 'the very object')
  t.strictSame(value, { n: '1' }, 'and nothing of it is changed')
})

t.test('any other is refused, and each fault has its place', async t => {
  for (const [value, place] of [
    [{ n: 1 }, '/n'],
    [{ n: ['1', '2'] }, '/n'],
    [{ n: 'x' }, '/n'],
    [{ m: '1' }, '/m'],
    [JSON.parse('{"__proto__":"1"}'), '/__proto__'],
  ] as const) {
    t.match(validate(value).error, [{ instancePath: place }], JSON.stringify(value))
  }
})
