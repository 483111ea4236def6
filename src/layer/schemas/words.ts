// The words that the schemas of the layer are made of: closed objects, values that may be unknown, and the spellings
// of times, digests, commits, runs and paths. Unknown is `null`, and only where a schema says so.

import { type TLiteral, type TProperties, type TSchema, Type } from '@sinclair/typebox'
import { RUN_ID_PATTERN } from '../../seal/grammar.ts'
import { REGISTRY_ID_PATTERN } from '../../seal/pointer-entry.ts'

/** An object that has no other members than these. */
export const closed = <Members extends TProperties>(members: Members, options: object = {}) =>
  Type.Object(members, { additionalProperties: false, ...options })

/** A value, or `null` where it is not known. */
export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

/** One of some texts. */
export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  Type.Union(words.map(word => Type.Literal(word)) as unknown as Literals<Words>)

type Literals<Words extends readonly string[]> = [...{ -readonly [At in keyof Words]: TLiteral<Words[At]> }]

export const text = Type.String()
export const texts = Type.Array(Type.String())
export const flag = Type.Boolean()
export const count = Type.Integer({ minimum: 0 })
export const number = Type.Number()

/** A time as the layer writes it: UTC, whole seconds. */
export const time = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' })
export const date = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
export const digest = Type.String({ pattern: '^[a-f0-9]{64}$' })
export const commit = Type.String({ pattern: '^([a-f0-9]{40}|[a-f0-9]{64})$' })
export const runId = Type.String({ pattern: RUN_ID_PATTERN })
export const registryId = Type.String({ pattern: REGISTRY_ID_PATTERN })
export const operationId = Type.String({ pattern: '^OP-' })

/** Relative, `/` between the parts, no part empty, `.` or `..`, no backslash, no control character, no drive. */
export const RELPATH_PATTERN =
  '^(?![A-Za-z]:)(?!(?:.*/)?\\.{1,2}(?:/|$))[^/\\\\\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+(?:/[^/\\\\\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+)*$'
export const relpath = Type.String({ pattern: RELPATH_PATTERN, maxLength: 1024 })

export const OPTIONS = ['A', 'B', 'C', 'D', 'QA'] as const
export const treeState = nullable(oneOf(['clean', 'dirty']))
