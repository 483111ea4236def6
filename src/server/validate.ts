// Holds a request to its route's schema, and leaves it as it came: no coercion, no defaults, nothing dropped. The
// provider's own compiler converts every value first, which would both guess and cost a tenth of a request.

import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifySchemaCompiler } from 'fastify'

/** Compiles a route's schema to a check that accepts a value as it is or says what is wrong with it. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const check = TypeCompiler.Compile(schema)
  const mayBeEmpty = check.Check({})
  return value => {
    // Nearly every query is empty, and the compiled check lists the keys of the object to find that out.
    if ((mayBeEmpty && isEmpty(value)) || check.Check(value)) return true
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

function isEmpty(value: object): boolean {
  for (const _key in value) return false
  return true
}
