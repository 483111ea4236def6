// The published schemas are what the code says today, are draft 2020-12, and refuse what they should.

import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t from 'tap'
import { listSchemas, renderSchemas, SCHEMAS_FOLDER } from '../scripts/write-schemas.ts'
import { prototypeNames, registryOf } from './fixtures/registry-world.ts'

const texts = renderSchemas()

/** Compiles a published schema, strictly: an unknown keyword or format is an error. */
function compile(file: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  formats.default(ajv)
  return ajv.compile(JSON.parse(texts.get(file)!))
}

t.test('the files on disk are those that would be generated, and no other', async t => {
  t.strictSame(listSchemas(), [...texts.keys()].sort())
  for (const [file, text] of texts) t.equal(readFileSync(new URL(file, SCHEMAS_FOLDER), 'utf8'), text, file)
})

t.test(
  'each says which draft it is, its name and its title, and is a valid schema of that draft',
  async t => {
    for (const [file, text] of texts) {
      const schema = JSON.parse(text)
      t.match(schema, {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: file,
        title: /^\w/,
        description: /^\w/,
      })
      t.type(compile(file), 'function', file)
    }
  },
)

t.test('the registry schema', async t => {
  const validate = compile('telemetry-registry.v2.schema.json')
  const entry = { state: 'enabled', context: 'sandbox', process: 'p', reason: '' }
  const org = (repos: object) => ({ schema_version: '2.0', orgs: { o: { telemetry_repo: 'o/t', repos } } })
  const owner = (name: string) => ({
    schema_version: '2.0',
    orgs: { [name]: { telemetry_repo: 'o/t', repos: {} } },
  })

  t.test('takes a registry', async t => {
    t.ok(validate(registryOf()), JSON.stringify(validate.errors))
    t.ok(validate(org(Object.fromEntries(prototypeNames.map(name => [name, entry])))))
    t.ok(validate(owner('constructor')))
  })

  t.test('refuses bad names as keys', async t => {
    for (const name of ['', '.', '..', 'a.git', 'a/b', 'a b', 'é', 'a\n', 'a'.repeat(101)]) {
      t.notOk(validate(org({ [name]: entry })), `repo ${JSON.stringify(name)}`)
    }
    for (const name of ['', '-a', 'a.b', 'a_', '__proto__', '\u212aick', 'a\n', 'a'.repeat(40)]) {
      t.notOk(validate(owner(name)), `org ${JSON.stringify(name)}`)
    }
  })

  t.test('refuses a key that no rule knows, at each level', async t => {
    t.notOk(validate({ ...registryOf(), extra: 1 }))
    t.notOk(validate({ schema_version: '2.0', orgs: { o: { telemetry_repo: 'o/t', repos: {}, extra: 1 } } }))
    t.notOk(validate(org({ r: { ...entry, extra: 1 } })))
  })
})

t.test('the manifest schema is that of the convention, key by key', async t => {
  const text = { type: 'string' }
  const closed = { type: 'object', additionalProperties: false }
  // Descriptions are our own words; a default says something.
  const bare = JSON.parse(texts.get('infra-manifest.v1.schema.json')!, (key, value) =>
    key === 'description' || key === '$id' ? undefined : value,
  )
  t.strictSame(bare, {
    ...closed,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'ProjectInfraManifest',
    required: ['apiVersion', 'project', 'provider'],
    properties: {
      apiVersion: { type: 'string', const: 'infra/v1' },
      project: text,
      environment: { type: 'string', enum: ['dev', 'prod'], default: 'prod' },
      provider: { type: 'string', enum: ['digitalocean', 'mac', 'bare-metal', 'local'] },
      database: {
        ...closed,
        required: ['cluster', 'name', 'user'],
        properties: { cluster: text, name: text, user: text },
      },
      service: {
        ...closed,
        properties: { host: text, runtime: text, port: { type: 'integer' }, systemd_unit: text },
      },
      gpu: { ...closed, properties: { mode: { type: 'string', enum: ['on-demand'] }, droplet: text } },
      depends_on: { type: 'array', items: text },
    },
  })
})

t.test('the mesh schema takes unknown keys everywhere, and judges those it knows', async t => {
  const validate = compile('mesh-hosts.schema.json')
  const mesh = { hosts: { lime: { addresses: ['203.0.113.7'], os: 'Linux' } }, owner: 'x' }
  t.ok(validate(mesh), JSON.stringify(validate.errors))
  t.ok(validate({ ...mesh, services: { a: { port: 1, pager: true } } }))
  t.notOk(validate({}))
  t.notOk(validate({ hosts: { lime: {} } }))
  t.notOk(validate({ ...mesh, services: { a: { port: 0 } } }))
  t.notOk(validate({ ...mesh, services: { a: { generated_from: { manifest: 'x', sha256: 'y' } } } }))
})

t.test('the manifest schema takes a manifest and refuses an unknown key', async t => {
  const validate = compile('infra-manifest.v1.schema.json')
  const manifest = { apiVersion: 'infra/v1', project: 'p', provider: 'local' }
  t.ok(validate(manifest))
  t.notOk(validate({ ...manifest, passcode: 'x' }))
  t.notOk(validate({ ...manifest, provider: 'cloud' }))
})
