// What a schema has against a value: one fault a place, of one kind, with what was wanted and what was got.

import { Type } from '@sinclair/typebox'
import t from 'tap'
import { MeshHosts } from '../../src/manifest/mesh-hosts.ts'
import { Manifest } from '../../src/manifest/schema.ts'
import { describeValue, pathOf, schemaChecker } from '../../src/manifest/schema-faults.ts'

const check = schemaChecker(Manifest)
const least = { apiVersion: 'infra/v1', project: 'p', provider: 'local' }

t.test('a value that satisfies the schema has none', async t => {
  t.strictSame(check(least), [])
})

t.test('each place has one', async t => {
  t.strictSame(check({ provider: 'x', 'a/b~c': 1, service: { port: '1' }, depends_on: [1] }), [
    { kind: 'missing_key', path: ['apiVersion'], message: 'key "apiVersion" is missing (want "infra/v1")' },
    { kind: 'missing_key', path: ['project'], message: 'key "project" is missing (want a text)' },
    { kind: 'unknown_key', path: ['a/b~c'], message: 'key "a/b~c" is not known here' },
    {
      kind: 'bad_value',
      path: ['provider'],
      message: 'provider: want "digitalocean" or "mac" or "bare-metal" or "local", got "x"',
    },
    { kind: 'wrong_type', path: ['service', 'port'], message: 'service.port: want a whole number, got "1"' },
    { kind: 'wrong_type', path: ['depends_on', '0'], message: 'depends_on.0: want a text, got 1' },
  ])
})

t.test('of the whole document', async t => {
  for (const [value, got] of [
    [null, 'nothing'],
    [[1], 'a list of 1'],
    ['x', '"x"'],
  ] as const) {
    t.strictSame(check(value), [
      { kind: 'wrong_type', path: [], message: `the document: want a map, got ${got}` },
    ])
  }
})

t.test('bounds are bad values', async t => {
  const mesh = schemaChecker(MeshHosts)
  const hosts = { a: { addresses: [] }, b: { addresses: [''] } }
  const origin = { manifest: 'm', sha256: 'x' }
  const services = { a: { port: 0 }, b: { port: 65_536 }, c: { generated_from: origin }, d: { port: 1.5 } }
  t.match(mesh({ hosts, services }), [
    { kind: 'bad_value', message: 'hosts.a.addresses: want at least 1 of them, got a list of 0' },
    { kind: 'bad_value', message: 'hosts.b.addresses.0: want a text that is not empty, got ""' },
    { kind: 'bad_value', message: /from 1 to 65535, got 0$/ },
    { kind: 'bad_value', message: /from 1 to 65535, got 65536$/ },
    { kind: 'bad_value', message: /want a text of the form \^\[0-9a-f\]\{64\}\$, got "x"$/ },
    { kind: 'wrong_type', message: /want a whole number, got 1.5$/ },
  ])
  t.match(schemaChecker(Type.Null())(1), [{ message: /want another value/ }])
})

t.test('pointers and values in words', async t => {
  t.strictSame(pathOf('/a~1b/~0/0'), ['a/b', '~', '0'])
  t.strictSame(pathOf(''), [])
  t.strictSame([describeValue({}), describeValue(true)], ['a map', 'true'])
})
