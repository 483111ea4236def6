// Holds a request to its route's schema, and leaves it as it came: no coercion, no defaults, nothing dropped. The
// provider's own compiler converts every value first, which would both guess and cost a tenth of a request.

import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifySchemaCompiler } from 'fastify'

/** Compiles a route's schema to a check that accepts a value as it is or says what is wrong with it. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const check = TypeCompiler.Compile(schema)
  return value => {
    if (check.Check(value)) return { value }
    const error = [...check.Errors(value)].map(({ path, message }) => ({
      keyword: '',
      instancePath: path,
      schemaPath: '',
      params: {},
      message,
    }))
    return { error }
  }
}
