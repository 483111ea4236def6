// The catalog of operations: how it is read, and that the one of this project tells the truth about it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseOperations, readOperations } from '../../src/layer/operations.ts'
import { BUILDS } from '../../src/layer/registries.ts'
import { infraHere } from '../fixtures/home-world.ts'
import { CHAIN_OPERATIONS, putFile } from '../fixtures/layer-world.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

const root = join(import.meta.dirname, '../..')
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const [first] = CHAIN_OPERATIONS.operations
const withOne = (over: object) => bytesOf({ ...CHAIN_OPERATIONS, operations: [{ ...first, ...over }] })
const codeOf = (bytes: Buffer) => thrownCode(() => parseOperations(bytes))

t.test('a catalog', async t => {
  t.strictSame(
    parseOperations(bytesOf(CHAIN_OPERATIONS)).map(({ operation_id }) => operation_id),
    ['OP-A01', 'OP-A02', 'OP-B01', 'OP-B02', 'OP-X09', 'OP-D07', 'OP-QA01', 'OP-QA02'],
    'is read by option, then by id',
  )
  for (const over of [
    { operation_id: 'A01' },
    { option: 'E' },
    { coverage_level: 'C6' },
    { coverage_level: undefined },
    { operation_name: '' },
    { operation_name: 'two\nlines' },
    { more: 1 },
  ])
    t.equal(codeOf(withOne(over)), 'LAYER_CATALOG_INVALID', JSON.stringify(over))
  t.equal(codeOf(Buffer.from('{"a":1,"a":2}')), 'LAYER_CATALOG_INVALID')
  t.equal(codeOf(bytesOf({ ...CHAIN_OPERATIONS, operations: [] })), 'LAYER_CATALOG_INVALID')
  t.throws(() => parseOperations(bytesOf({ ...CHAIN_OPERATIONS, operations: [first, first] })), {
    message: /OP-B02 stands twice/,
  })
})

t.test('of a home', async t => {
  const home = t.testdir()
  t.equal(
    thrownCode(() => readOperations(home)),
    'LAYER_CATALOG_MISSING',
  )
  putFile(home, 'registry/OPERATION_CATALOG_v0_1.json/x', '')
  t.equal(
    thrownCode(() => readOperations(home)),
    'LAYER_CATALOG_INVALID',
  )
})

t.test('the catalog of this project', async t => {
  const { operations, digest } = readOperations(join(root, 'infra'))
  t.match(digest, /^[0-9a-f]{64}$/)
  t.test('names every verb of the command line, and none that is not there', async t => {
    const { stdout } = await infraHere(['--help'])
    const shown = stdout
      .slice(0, stdout.lastIndexOf('\n\n'))
      .split('\n')
      .filter(line => /^ {2}\S|^ {11}\S/.test(line))
    const verbs = shown.flatMap(line => line.slice(11, 53).trim().split(' '))
    const named = operations.flatMap(({ command }) =>
      command?.startsWith('infra ') ? [command.split(' ')[1]!] : [],
    )
    t.strictSame([...new Set(named)].sort(), verbs.sort())
  })
  t.test('names files that are there', async t => {
    for (const { operation_id, enforced_by } of operations) {
      t.ok(enforced_by.length > 0, `${operation_id} is enforced by something`)
      for (const path of enforced_by) t.ok(existsSync(join(root, path)), `${operation_id}: ${path}`)
    }
  })
  t.test('names what the runs of this project name', async t => {
    const ids = operations.map(({ operation_id }) => operation_id)
    for (const id of [...Object.values(BUILDS).map(({ operationId }) => operationId), 'OP-QA12'])
      t.ok(ids.includes(id), id)
  })
})
