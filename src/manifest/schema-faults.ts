// What a schema has against a value, one fault a place: what kind of fault it is, where, what was wanted and what
// was got. The library's own list says one thing twice (a key that is missing is also "not a string").

import type { TSchema } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors'
import { quote } from '../core/diagnostic.ts'

export type SchemaFaultKind = 'missing_key' | 'unknown_key' | 'wrong_type' | 'bad_value'

export interface SchemaFault {
  readonly kind: SchemaFaultKind
  /** Keys and indices from the top; of a missing key, the key itself. */
  readonly path: readonly string[]
  readonly message: string
}

/** Returns a function that finds every fault of a value, in the order of the schema; none if it satisfies `schema`. */
export function schemaChecker(schema: TSchema): (value: unknown) => SchemaFault[] {
  // Compiled when first asked: most commands never ask.
  let compiled: TypeCheck<TSchema> | undefined
  return value => {
    compiled ??= TypeCompiler.Compile(schema)
    if (compiled.Check(value)) return []
    const faults = new Map<string, SchemaFault>()
    for (const error of compiled.Errors(value)) {
      if (!faults.has(error.path)) faults.set(error.path, faultOf(error))
    }
    return [...faults.values()]
  }
}

/** Returns the segments of a JSON pointer (RFC 6901). */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Names a value for a message: a text or number as it is, anything else by its kind. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' ? 'a map' : quote(value)
}

function faultOf({ type, path: pointer, schema, value }: ValueError): SchemaFault {
  const path = pathOf(pointer)
  const name = path.join('.') || 'the document'
  const key = quote(path.at(-1))
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty:
      return { kind: 'missing_key', path, message: `key ${key} is missing (want ${wanted(schema)})` }
    case ValueErrorType.ObjectAdditionalProperties:
      return { kind: 'unknown_key', path, message: `key ${key} is not known here` }
  }
  const sameType = typeof value === schema.type && value !== null && !Array.isArray(value)
  const kind = sameType || isBound(type) ? 'bad_value' : 'wrong_type'
  return { kind, path, message: `${name}: want ${wanted(schema, type)}, got ${describeValue(value)}` }
}

/** Whether the type was right and the value was not. */
function isBound(type: ValueErrorType): boolean {
  const { ArrayMinItems, IntegerMinimum, IntegerMaximum } = ValueErrorType
  return [ArrayMinItems, IntegerMinimum, IntegerMaximum].includes(type)
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
}

function wanted(schema: TSchema, type?: ValueErrorType): string {
  switch (type) {
    case ValueErrorType.ArrayMinItems:
      return `at least ${schema.minItems} of them`
    case ValueErrorType.IntegerMinimum:
    case ValueErrorType.IntegerMaximum:
      return `a whole number from ${schema.minimum} to ${schema.maximum}`
    case ValueErrorType.StringMinLength:
      return 'a text that is not empty'
    case ValueErrorType.StringPattern:
      return `a text of the form ${schema.pattern}`
  }
  if (schema.const !== undefined) return quote(schema.const)
  if (Array.isArray(schema.enum)) return schema.enum.map(quote).join(' or ')
  return TYPES[String(schema.type)] ?? 'another value'
}
