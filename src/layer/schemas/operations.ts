// The catalog of operations, as a schema: what this project can do, by id, and what keeps each of them honest.

import { type Static, Type } from '@sinclair/typebox'
import { closed, nullable, OPTIONS, oneOf } from './words.ts'

const line = Type.String({ minLength: 1, pattern: '^[^\\u0000-\\u001f]*$' })

/** One operation. */
export const Operation = closed({
  operation_id: Type.String({ pattern: '^OP-[A-Z]{1,4}[0-9]{2,3}$' }),
  option: oneOf(OPTIONS),
  operation_name: line,
  command: Type.Optional(line),
  coverage_level: nullable(oneOf(['C0', 'C1', 'C2', 'C3', 'C4', 'C5'])),
  enforced_by: Type.Array(line, {
    description: 'Files of this project that hold the operation to its rules.',
  }),
})
export type Operation = Static<typeof Operation>

/** The catalog. */
export const OperationCatalog = closed(
  {
    catalog_version: Type.Literal('0.1'),
    description: line,
    coverage_levels: Type.Record(Type.String({ pattern: '^C[0-5]$' }), line, { additionalProperties: false }),
    operations: Type.Array(Operation, { minItems: 1 }),
  },
  { title: 'Operation catalog' },
)
export type OperationCatalog = Static<typeof OperationCatalog>
