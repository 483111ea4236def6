// Three questions, three answers. Alive: the loop turns, whatever the data, so a bad registry never gets the service
// restarted into worse. Ready: a registry is served and the service is not leaving. Healthz: readiness in the form
// that the mesh reconciler reads, with the service's name and environment.

import type { ThreadCounts } from '../../live/edition.ts'
import { JSON_TYPE, PLAIN_TYPE, sendProblem, unavailable } from '../answer.ts'
import { type Problem, problem, RETRY_AFTER_S } from '../problems.ts'
import { answers, HealthAnswer, LiveAnswer, ReadyAnswer, ReadyQuery } from '../schemas.ts'
import type { App, Parts } from '../server.ts'

/** Adds `/livez`, `/readyz` and `/healthz`. */
export function addHealth(app: App, parts: Parts): void {
  const { live, service } = parts

  app.get('/livez', { schema: { response: answers(LiveAnswer) } }, (_request, reply) =>
    reply.header('cache-control', 'no-store').type(JSON_TYPE).send('{"status":"alive"}'),
  )

  app.get(
    '/readyz',
    { schema: { querystring: ReadyQuery, response: answers(ReadyAnswer, [503]) } },
    (request, reply) => {
      const reason = notReady(parts)
      reply.header('cache-control', 'no-store')
      if (reason !== undefined) reply.header('retry-after', String(RETRY_AFTER_S))
      if (request.query.verbose !== undefined) {
        return reply
          .code(reason === undefined ? 200 : 503)
          .type(PLAIN_TYPE)
          .send(renderChecks(parts))
      }
      if (reason !== undefined) return sendProblem(request, reply, reason)
      const { info } = live.current()!
      const state = live.degraded ? 'degraded' : 'ok'
      return reply.type(JSON_TYPE).send(JSON.stringify({ ready: true, state, revision: info.revision }))
    },
  )

  app.get('/healthz', { schema: { response: answers(HealthAnswer, [], [503]) } }, (_request, reply) => {
    const reason = notReady(parts)
    const { since, watch } = live.status()
    const status = reason !== undefined ? 'fail' : live.degraded ? 'warn' : 'pass'
    if (reason !== undefined) reply.header('retry-after', String(RETRY_AFTER_S))
    return reply
      .code(reason === undefined ? 200 : 503)
      .header('cache-control', 'no-store')
      .header('content-type', 'application/health+json; charset=utf-8')
      .send(
        JSON.stringify({
          status,
          ...service,
          // Of the registry's state; when the leaving began is nobody's to know for long.
          ...(parts.lifecycle.draining ? {} : { since }),
          ...(reason === undefined ? {} : { output: `${reason.code}: ${reason.detail}` }),
          checks: {
            registry: [{ status, time: since, observedValue: live.current()?.info.revision ?? null }],
            watch: [{ status: watch === 'ok' ? 'pass' : 'warn' }],
            ...(parts.threads && { threads: [renderThreads(parts.threads())] }),
          },
        }),
      )
  })
}

function notReady({ live, lifecycle }: Parts): Problem | undefined {
  if (lifecycle.draining) return problem('shutting_down', 'the service is shutting down')
  return live.current() === undefined ? unavailable(live) : undefined
}

function renderThreads({ wanted, serving, replaced }: ThreadCounts): object {
  return { status: serving === wanted ? 'pass' : 'warn', observedValue: serving, wanted, replaced }
}

/** That one was replaced stays to be read: all is well again within a moment, and the reason is in the log. */
function renderThreadCheck({ wanted, serving, replaced }: ThreadCounts): string {
  return `[${serving === wanted ? '+' : '-'}]threads ${serving} of ${wanted} serve, ${replaced} replaced\n`
}

function renderChecks({ live, lifecycle, manifestFaults, threads }: Parts): string {
  const { lastError, watch } = live.status()
  const loaded = live.current() !== undefined
  const check = (ok: boolean, name: string, why: string): string =>
    `[${ok ? '+' : '-'}]${name} ${ok ? 'ok' : why}\n`
  return [
    check(loaded, 'registry', lastError === null ? 'not read yet' : `failed: ${lastError.code}`),
    check(!loaded || !live.degraded, 'fresh', `last good is served: ${lastError?.code}`),
    check(watch === 'ok', 'watch', 'degraded; polling'),
    check(!lifecycle.draining, 'running', 'shutting down'),
    // Nothing that is served depends on it: it is told, and decides nothing.
    check(manifestFaults.length === 0, 'manifest', manifestFaults.join('; ')),
    threads === undefined ? '' : renderThreadCheck(threads()),
  ].join('')
}
