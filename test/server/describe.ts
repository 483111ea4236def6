import { Type } from '@sinclair/typebox'
import t from 'tap'
import { answers, notModified, refusal, registryAnswers } from '../../src/server/describe.ts'

const body = Type.Object({ a: Type.String() })
const codesOf = (row: ReturnType<typeof refusal>): string[] => {
  const { code } = row.content!['application/problem+json']!.schema.properties
  return (code.anyOf ?? [code]).map((one: { const: string }) => one.const)
}

t.test('a route has a row for each status, with the codes that it can have', async t => {
  const rows = answers({ says: 'It is.', body, refusals: ['invalid_query', 'route_not_found'] })
  t.strictSame(Object.keys(rows), ['200', '400', '404', '413', '500'])
  t.equal(rows[200]!.content!['application/json']!.schema, body)
  t.strictSame(codesOf(rows[400]!), ['bad_request', 'invalid_query'])
  t.strictSame(codesOf(rows[404]!), ['route_not_found'])
})

t.test(
  'a route of the registry has conditions, versions and the ways for a registry not to be there',
  async t => {
    const rows = registryAnswers({ says: 'It is.', body, refusals: ['invalid_query', 'repo_disabled'] })
    t.strictSame(Object.keys(rows), ['200', '304', '400', '403', '406', '412', '413', '500', '503'])
    t.ok(codesOf(rows[503]!).includes('seal_invalid') && codesOf(rows[503]!).includes('overloaded'))
    for (const status of [200, 304, 403, 412])
      t.equal(rows[status]!.headers!.ETag?.required, true, `${status}`)
    t.equal(rows[400]!.headers!.ETag?.required, undefined, 'some of these have no registry to name')
    t.equal(rows[503]!.headers!.ETag, undefined)
    t.equal(rows[503]!.headers!['Retry-After']?.required, true)
  },
)

t.test('an answer 304 has the headers of a 200 and no content', async t => {
  const rows = answers({ says: 'It is.', body })
  t.strictSame(notModified(rows[200]!).headers, rows[200]!.headers)
  t.equal(notModified(rows[200]!).content, undefined)
})

t.test('a refusal says what each of its codes means', async t => {
  t.match(refusal(['seal_invalid', 'pin_unknown']).description, /^`seal_invalid`: .+\n\n`pin_unknown`: /)
})
