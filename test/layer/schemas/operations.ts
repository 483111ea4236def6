// The schema of the catalog of operations, against the catalog of this project and against what is none.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { OperationCatalog } from '../../../src/layer/schemas/operations.ts'

const ours = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../infra/registry/OPERATION_CATALOG_v0_1.json'), 'utf8'),
)

t.test('the catalog of this project is one', async t => {
  t.ok(Value.Check(OperationCatalog, ours))
  t.test('and each of these is not', async t => {
    for (const over of [
      { catalog_version: '0.2' },
      { description: '' },
      { operations: [] },
      { coverage_levels: { C6: 'six' } },
      { more: true },
    ])
      t.notOk(Value.Check(OperationCatalog, { ...ours, ...over }), JSON.stringify(over))
  })
})
