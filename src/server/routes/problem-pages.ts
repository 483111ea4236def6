// `/problems/:code`: what an error code means and what to do about it, at the address that every problem names.

import { Type } from '@sinclair/typebox'
import { JSON_TYPE } from '../accept.ts'
import { ProblemPageAnswer } from '../answer-schemas.ts'
import { answers } from '../describe.ts'
import { isProblemCode, PROBLEMS, problem } from '../problems.ts'
import { sendProblem } from '../refuse.ts'
import { OpenQuery } from '../request-schemas.ts'
import type { App } from '../server.ts'

/** Adds `/problems/:code`. */
export function addProblemPages(app: App): void {
  const params = Type.Object({ code: Type.String({ description: 'A problem code.' }) })
  app.get(
    '/problems/:code',
    {
      schema: {
        operationId: 'getProblem',
        summary: 'What does this error code mean?',
        description: 'The address that `type` of every problem document names. It is always indented.',
        tags: ['Reference'],
        samples: [{ name: 'A code', path: '/problems/repo_disabled' }],
        params,
        querystring: OpenQuery,
        response: answers({
          says: 'What the code means, and what to do about it.',
          body: ProblemPageAnswer,
          refusals: ['route_not_found', 'uri_too_long', 'overloaded'],
        }),
      },
    },
    (request, reply) => {
      const { code } = request.params
      if (!isProblemCode(code))
        return sendProblem(request, reply, problem('route_not_found', 'no such problem code'))
      return reply
        .header('cache-control', 'public, max-age=3600')
        .type(JSON_TYPE)
        .send(`${JSON.stringify({ type: `/problems/${code}`, code, ...PROBLEMS[code] }, null, 2)}\n`)
    },
  )
}
