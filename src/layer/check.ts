// A value against a schema: every violation, each with a code of a closed set and the JSON pointer of the place. Where a
// value may be one of several things, it is judged as the one that it says it is, or else comes closest to.

import type { TSchema } from '@sinclair/typebox'
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { quote } from '../core/diagnostic.ts'

/** What can be wrong with a value. */
export const VALUE_CODES = ['missing_key', 'unknown_key', 'wrong_type', 'bad_value'] as const

export type ValueCode = (typeof VALUE_CODES)[number]

/** One violation; `pointer` is a JSON pointer (RFC 6901). */
export interface ValueFault {
  readonly code: ValueCode
  readonly pointer: string
  readonly message: string
}

/** Nobody reads the rest, and a hostile file has millions. */
export const MAX_FAULTS = 100

/** Returns every violation of `schema` in `value`, at most a hundred, one for each place. */
export function checkValue(schema: TSchema, value: unknown): readonly ValueFault[] {
  if (Value.Check(schema, value)) return []
  return onePerPlace(faultsOf(Value.Errors(schema, value)))
}

function* faultsOf(errors: Iterable<ValueError>): Generator<ValueFault> {
  for (const error of errors) {
    if (error.type === ValueErrorType.Union) yield* faultsOfUnion(error)
    else if (error.type === ValueErrorType.Intersect) for (const part of error.errors) yield* faultsOf(part)
    else yield faultOf(error)
  }
}

/** A missing key is told once, and not again as a value of the wrong type. */
function onePerPlace(found: Iterable<ValueFault>): ValueFault[] {
  const faults = new Map<string, ValueFault>()
  for (const fault of found) {
    if (!faults.has(fault.pointer)) faults.set(fault.pointer, fault)
    if (faults.size >= MAX_FAULTS) break
  }
  return [...faults.values()]
}

function faultOf({ type, path: pointer, value, schema }: ValueError): ValueFault {
  const fault = (code: ValueCode, message: string): ValueFault => ({ code, pointer, message })
  if (type === ValueErrorType.ObjectRequiredProperty) return fault('missing_key', 'is missing')
  if (type === ValueErrorType.ObjectAdditionalProperties)
    return fault('unknown_key', 'is not a key of the schema')
  const code = TYPE_ERRORS.has(type) || !sameType(schema, value) ? 'wrong_type' : 'bad_value'
  return fault(code, `want ${wanted(schema)}, got ${quote(value)}`)
}

const TYPE_ERRORS: ReadonlySet<ValueErrorType> = new Set([
  ValueErrorType.Array,
  ValueErrorType.Boolean,
  ValueErrorType.Integer,
  ValueErrorType.Null,
  ValueErrorType.Number,
  ValueErrorType.Object,
  ValueErrorType.String,
])

function sameType(schema: TSchema, value: unknown): boolean {
  return schema.const === undefined || typeof schema.const === typeof value
}

function faultsOfUnion({ path, value, schema, errors }: ValueError): readonly ValueFault[] {
  const variants = errors.map(each => onePerPlace(faultsOf(each)))
  const inside = variants.filter(faults => faults.every(fault => fault.pointer !== path))
  if (inside.length === 0) {
    const same = variants.flat().some(fault => fault.code === 'bad_value')
    const code = same ? 'bad_value' : 'wrong_type'
    return [{ code, pointer: path, message: `want ${wanted(schema)}, got ${quote(value)}` }]
  }
  const kinds = schema.anyOf as readonly TSchema[]
  const tag = tagOf(kinds)
  if (tag === undefined) return inside.toSorted((a, b) => a.length - b.length)[0]!
  const at = `${path}/${tag}`
  const meant = inside.find(faults => faults.every(fault => fault.pointer !== at))
  if (meant !== undefined) return meant
  const fault = inside[0]!.find(({ pointer }) => pointer === at)!
  const wants = kinds.map(kind => wanted(kind.properties[tag])).join(' or ')
  return [fault.code === 'missing_key' ? fault : { ...fault, code: 'bad_value', message: `want ${wants}` }]
}

/** The member by which objects that may stand in one place are told apart: in each of them it is a constant. */
function tagOf(kinds: readonly TSchema[]): string | undefined {
  const [first, ...others] = kinds
  return Object.keys(first?.properties ?? {}).find(key =>
    [first, ...others].every(kind => kind?.properties?.[key]?.const !== undefined),
  )
}

/** Says in words what a schema asks for. */
function wanted(schema: TSchema): string {
  if (schema.const !== undefined) return quote(schema.const)
  if (Array.isArray(schema.anyOf)) return [...new Set((schema.anyOf as TSchema[]).map(wanted))].join(' or ')
  const limits = ['pattern', 'minimum', 'minLength', 'maxLength', 'minItems'].flatMap(key =>
    schema[key] === undefined ? [] : [`${key} ${schema[key]}`],
  )
  return [schema.type ?? 'another value', ...limits].join(', ')
}
