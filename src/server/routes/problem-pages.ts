// `/problems/:code`: what an error code means and what to do about it, at the address that every problem names.

import { Type } from '@sinclair/typebox'
import { JSON_TYPE, sendProblem } from '../answer.ts'
import { isProblemCode, PROBLEMS, problem } from '../problems.ts'
import { answers, ProblemPageAnswer } from '../schemas.ts'
import type { App } from '../server.ts'

/** Adds `/problems/:code`. */
export function addProblemPages(app: App): void {
  const params = Type.Object({ code: Type.String() })
  app.get(
    '/problems/:code',
    { schema: { params, response: answers(ProblemPageAnswer, [404, 414, 503]) } },
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
