// The published OpenAPI document is what the routes say today, is OpenAPI 3.1 by the official schema, and its examples
// are answers that the service gives.

import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { buildOpenApi } from '../scripts/openapi-document.ts'
import { OPENAPI_FILE, renderOpenApi, sampleServer } from '../scripts/write-openapi.ts'
import { LiveAnswer } from '../src/server/answer-schemas.ts'
import { answers } from '../src/server/describe.ts'
import { PROBLEMS } from '../src/server/problems.ts'
import { Contract } from './fixtures/contract.ts'

const text = readFileSync(OPENAPI_FILE, 'utf8')
const document = JSON.parse(text)

t.test('it is what would be generated', async t => {
  t.ok(text === (await renderOpenApi()), 'mend with npm run generate')
})

t.test('it is OpenAPI 3.1', async t => {
  t.strictSame(await new Validator().validate(structuredClone(document)), { valid: true })
  delete document.paths['/livez'].get.responses
  t.match(
    await new Validator().validate(structuredClone(document)),
    { valid: true },
    'responses may be left out in 3.1',
  )
  document.paths['/livez'].get.responses = { 200: {} }
  t.match(await new Validator().validate(structuredClone(document)), { valid: false }, 'and the schema bites')
})

t.test('every code is an answer of something', async t => {
  const told = [...new Contract(text).documented].map(what => what.split(' ')[2])
  for (const code of Object.keys(PROBLEMS)) t.ok(told.includes(code), code)
})

t.test('each example is what the service answers, byte for byte', async t => {
  const app = sampleServer('infra-resolver', document.info.version, text)
  t.after(() => app.close())
  const { operations } = new Contract(text)
  t.ok(operations.flatMap(({ samples }) => samples).length > 25)
  for (const [path, { get }] of Object.entries<{ get: object }>(JSON.parse(text).paths)) {
    for (const example of examplesIn(get)) {
      const url = /localhost:8787([^' ]+)/.exec(example.description)![1]!
      const accept = /accept: ([^']+)/.exec(example.description)?.[1] ?? '*/*'
      const { payload } = await app.inject({ url, headers: { accept } })
      const { value } = example
      const want =
        typeof value === 'string' ? value : JSON.stringify(value, null, example['x-indented'] ? 2 : 0)
      t.equal(payload.trimEnd(), want.trimEnd(), `${path}: ${example.summary}`)
    }
  }
})

t.test('a route that does not say what it is stops the generator', async t => {
  const response = answers({ says: 'It is.', body: LiveAnswer })
  const told = {
    operationId: 'a',
    summary: 'a',
    description: 'a',
    tags: ['Lists'],
    samples: [],
    response,
  } as const
  const routes = [{ url: '/a', schema: told, examples: [] }]
  t.match(buildOpenApi('1', routes), { openapi: '3.1.1' })
  for (const key of Object.keys(told)) {
    const schema = { ...told, [key]: undefined }
    t.throws(() => buildOpenApi('1', [{ ...routes[0]!, schema }]), {
      message: new RegExp(`/a: .*lacks ${key}`),
    })
  }
  const bare = { ...told, response: { 200: LiveAnswer } }
  t.throws(() => buildOpenApi('1', [{ ...routes[0]!, schema: bare }]), {
    message: /answer 200 has no description/,
  })
})

interface Example {
  readonly summary: string
  readonly description: string
  readonly value: unknown
  readonly 'x-indented'?: true
}

function examplesIn(node: unknown): Example[] {
  if (typeof node !== 'object' || node === null) return []
  const { examples, ...rest } = node as { examples?: Record<string, Example> }
  return [...Object.values(examples ?? {}), ...Object.values(rest).flatMap(examplesIn)]
}
