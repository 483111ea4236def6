// Holds a request to its route's schema, and leaves it as it came: no coercion, no defaults, nothing dropped. The check
// runs at the head of the handler. The provider's compiler would convert every value first, which guesses, and what
// the framework does around a check costs more than the check: together a tenth of a request.

import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler, type ValueError, ValueErrorType } from '@sinclair/typebox/compiler'
import type { FastifyRequest, RouteOptions } from 'fastify'
import { clip, quote } from '../core/diagnostic.ts'
import { type Problem, problem } from './problems.ts'
import { sendProblem } from './refuse.ts'

/** A value that does not follow a schema: where in it, as a JSON pointer, and what is wrong there. */
export interface Fault {
  readonly pointer: string
  readonly message: string
}

type Check = (value: object) => Fault | undefined

/**
 * Checks `params` and `querystring` of the route's schema before its handler, and takes them from the framework;
 * `headers` too, which are only described: a field that does not follow its grammar is answered, not refused.
 */
export function checkBeforeHandler(route: RouteOptions): void {
  const { params, querystring, headers: _, ...rest } = (route.schema ?? {}) as Record<string, TSchema>
  const { handler } = route
  const checkParams = compileCheck(params)
  const checkQuery = compileCheck(querystring)
  route.schema = rest
  route.handler = function (request, reply) {
    if (checkParams(request.params as object) !== undefined)
      return sendProblem(request, reply, invalidPath(request))
    const fault = checkQuery(request.query as object)
    if (fault !== undefined) return sendProblem(request, reply, invalidQuery(fault, request, querystring))
    return handler.call(this, request, reply)
  }
}

/** Compiles a schema to a check that finds the first fault of a value; no schema finds none. */
export function compileCheck(schema: TSchema | undefined): Check {
  if (schema === undefined) return () => undefined
  const check = TypeCompiler.Compile(schema)
  const mayBeEmpty = check.Check({})
  return value => {
    // Nearly every query is empty, and the compiled check lists the keys of the object to find that out.
    if ((mayBeEmpty && isEmpty(value)) || check.Check(value)) return undefined
    const error = check.Errors(value).First()!
    return { pointer: error.path, message: describe(error, schema) }
  }
}

/** Says what was wanted and what was got. */
function describe({ type, schema, value }: ValueError, whole: TSchema): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    return `is not known here (want ${Object.keys(whole.properties as object).join(', ')})`
  }
  if (value === undefined) return `is missing (want ${wantOf(schema)})`
  return `is ${quote(value)} (want ${wantOf(schema)})`
}

function wantOf(schema: TSchema): string {
  if (schema.title !== undefined) return schema.title
  if (Array.isArray(schema.anyOf)) return [...new Set(schema.anyOf.map(wantOf))].join(' or ')
  if ('const' in schema) return schema.const === '' ? 'nothing' : String(schema.const)
  return schema.maxLength === undefined ? 'one text' : `one text of at most ${schema.maxLength} characters`
}

function isEmpty(value: object): boolean {
  for (const _key in value) return false
  return true
}

function invalidPath(request: FastifyRequest): Problem {
  const names = Object.values(request.params as Record<string, string>).map(name =>
    JSON.stringify(clip(name)),
  )
  return problem(
    'invalid_name',
    `${names.join(' / ')} is not an organisation and repository that GitHub allows`,
  )
}

function invalidQuery({ pointer, message }: Fault, request: FastifyRequest, schema?: TSchema): Problem {
  const name = pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
  const detail = `${quote(name)} ${message}`
  // Of a filter that the route knows and that was given once, it is the name that is wrong.
  const isName =
    name === 'org' &&
    typeof (request.query as { org?: unknown }).org === 'string' &&
    Object.hasOwn(schema?.properties ?? {}, name)
  return problem(isName ? 'invalid_name' : 'invalid_query', detail)
}
