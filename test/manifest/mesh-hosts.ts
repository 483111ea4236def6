// The mesh file: what is known of it has to be right, what is not known is kept, and every fault has its place.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { findCodes } from '../../scripts/write-codes.ts'
import { MeshError, parseMeshHosts } from '../../src/manifest/mesh-hosts.ts'
import { MESH_TEXT } from '../fixtures/manifest-world.ts'
import { prototypeNames } from '../fixtures/registry-world.ts'

const parse = (value: unknown) => parseMeshHosts(Buffer.from(JSON.stringify(value)), 'mesh.json')

/** The faults of `text` as `line:column code`. */
function told(text: string | Uint8Array): string[] {
  try {
    parseMeshHosts(Buffer.from(text), 'mesh.json')
    return []
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    return error.faults.map(({ line, column, code }) => `${line}:${column} ${code}`)
  }
}

t.test('hosts and services, by name, and the text as it is', async t => {
  const { hosts, services, text, file } = parseMeshHosts(Buffer.from(MESH_TEXT), 'mesh.json')
  t.strictSame([...hosts.keys()], ['lime', 'fennel', 'redroid'])
  t.match(hosts.get('lime'), {
    addresses: ['203.0.113.7', 'lime.example.org'],
    attributes: { region: 'fra1' },
  })
  t.match(services.get('zebra'), { host: 'lime', port: 71 })
  t.strictSame([text, file], [MESH_TEXT, 'mesh.json'])
  t.equal(parse({ hosts: {} }).services.size, 0)
})

t.test('the example of the documentation is one', async t => {
  const page = readFileSync(new URL('../../docs/mesh.md', import.meta.url), 'utf8')
  const [, example] = /```json\n(.*?)```/s.exec(page)!
  t.match(parseMeshHosts(Buffer.from(example!), '').services.get('press'), { host: 'lime', port: 8787 })
})

t.test('every code is documented', async t => {
  const page = readFileSync(new URL('../../docs/mesh.md', import.meta.url), 'utf8')
  const told = findCodes()
    .get('manifest')!
    .filter(code => /^(?:MANIFEST|RULE)_/.test(code))
  t.strictSame(
    told.filter(code => !page.includes(`\`${code}\``) && code !== 'MANIFEST_INVALID'),
    [],
  )
})

t.test('unknown keys are accepted at every level', async t => {
  const host = { addresses: ['::1'], os: 'Linux', attributes: { any: [{ thing: null }] } }
  t.doesNotThrow(() => parse({ hosts: { a: host }, services: { b: { pager: 1, generated: true } }, x: [] }))
})

t.test('names are keys of maps', async t => {
  const hosts = `{${prototypeNames.map(name => `"${name}":{"addresses":["::1"]}`).join()}}`
  const mesh = parseMeshHosts(Buffer.from(`{"hosts":${hosts}}`), 'mesh.json')
  t.strictSame([...mesh.hosts.keys()].sort(), [...prototypeNames].sort())
})

t.test('addresses', async t => {
  for (const address of ['203.0.113.7', '::1', 'fe80::1%eth0', 'lime', 'a.b-c.example.', '10.example']) {
    t.doesNotThrow(() => parse({ hosts: { a: { addresses: [address] } } }), address)
  }
  for (const address of [
    'http://a',
    'a:80',
    '[::1]',
    '1.2.3',
    '256.1.1.1',
    'a b',
    '-a',
    'a-',
    'a..b',
    'a/b',
  ]) {
    t.throws(() => parse({ hosts: { a: { addresses: [address] } } }), { code: 'MESH_INVALID' }, address)
  }
})

t.test('every fault is told, in the order of the text', async t => {
  const text = `{
  "hosts": {
    "a": {},
    "b": { "addresses": "x" }
  },
  "services": {
    "s": { "port": 0, "environment": "test" },
    "t": 1
  }
}`
  t.strictSame(told(text), [
    '3:5 MESH_MISSING_KEY',
    '4:12 MESH_WRONG_TYPE',
    '7:12 MESH_BAD_VALUE',
    '7:23 MESH_BAD_VALUE',
    '8:5 MESH_WRONG_TYPE',
  ])
  t.throws(() => parseMeshHosts(Buffer.from(text), 'mesh.json'), {
    name: 'MeshError',
    code: 'MESH_INVALID',
    message: /^mesh\.json: key "addresses" is missing/,
  })
  t.ok(new MeshError('x', []) instanceof Error)
})

t.test('what is no JSON that means one thing', async t => {
  t.strictSame(told('{"hosts":{},"hosts":{}}'), ['1:13 MESH_DUPLICATE_KEY'])
  t.strictSame(told('{"hosts":{}} x'), ['1:14 MESH_TRAILING_TEXT'])
  t.strictSame(told('{"hosts":{},}'), ['1:13 MESH_NOT_JSON'])
  t.strictSame(told('// why\n{"hosts":{}}'), ['1:1 MESH_NOT_JSON'])
  t.strictSame(told('\ufeff{"hosts":{}}'), ['1:1 MESH_BYTE_ORDER_MARK'])
  t.strictSame(told(Buffer.of(0x7b, 0x22, 0xff)), ['1:3 MESH_NOT_UTF8'])
  t.match(told(`{"hosts":${'['.repeat(100)}`), [/MESH_TOO_DEEP$/])
  t.strictSame(told('{}'), ['1:1 MESH_MISSING_KEY'])
  t.strictSame(told('[]'), ['1:1 MESH_WRONG_TYPE'])
})
