// Three questions, three answers. Alive: the loop turns, whatever the data, so a bad registry never gets the service
// restarted into worse. Ready: a registry is served and the service is not leaving. Healthz: readiness in the form
// that the mesh reconciler reads, with the service's name and environment.

import { Type } from '@sinclair/typebox'
import type { ThreadCounts } from '../../live/edition.ts'
import { PLAIN_TYPE, vary, wantsPlain } from '../accept.ts'
import { sendJson } from '../answer.ts'
import { HealthAnswer, LiveAnswer, ReadyAnswer } from '../answer-schemas.ts'
import { answers, DESCRIBED_BY, jsonOrLine, link, PLAIN, UNAVAILABLE } from '../describe.ts'
import { type Problem, problem, RETRY_AFTER_S } from '../problems.ts'
import { sendProblem, unavailable } from '../refuse.ts'
import { OpenQuery, ReadyQuery } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'

/** Adds `/livez`, `/readyz` and `/healthz`. */
export function addHealth(app: App, parts: Parts): void {
  const { live } = parts

  app.get(
    '/livez',
    {
      schema: {
        operationId: 'livez',
        summary: 'Is it alive?',
        description: 'Whether the process turns, whatever its data: a restart would not mend a registry.',
        tags: ['Operation'],
        samples: [
          { name: 'Alive', path: '/livez' },
          { name: 'In a word', path: '/livez', headers: { accept: 'text/plain' } },
        ],
        querystring: OpenQuery,
        response: answers({
          says: 'It is.',
          body: jsonOrLine(LiveAnswer, '`alive` and a newline'),
          negotiated: true,
        }),
      },
    },
    (request, reply) => {
      vary(request, reply.header('cache-control', 'no-store'))
      if (wantsPlain(request)) return reply.type(PLAIN_TYPE).send('alive\n')
      return sendJson(request, reply, '{"status":"alive"}')
    },
  )

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'readyz',
        summary: 'Is it ready?',
        description:
          'Whether a registry is served and the service is not leaving. Probes read the status; `?verbose` tells each ' +
          'check to people.',
        tags: ['Operation'],
        samples: [
          { name: 'Ready', path: '/readyz' },
          { name: 'In a word', path: '/readyz', headers: { accept: 'text/plain' } },
          { name: 'Each check', path: '/readyz?verbose' },
        ],
        querystring: ReadyQuery,
        response: answers({
          says: 'It is; `degraded` when the last good registry answers.',
          body: jsonOrLine(ReadyAnswer, '`ok` or `degraded`, and a newline; the checks when asked for them'),
          negotiated: true,
          refusals: ['invalid_query', ...UNAVAILABLE, 'shutting_down', 'overloaded'],
          also: { 503: { [PLAIN]: { schema: Type.String({ description: 'The checks.' }) } } },
        }),
      },
    },
    (request, reply) => {
      const reason = notReady(parts)
      vary(request, reply.header('cache-control', 'no-store'))
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
      if (wantsPlain(request)) return reply.type(PLAIN_TYPE).send(`${state}\n`)
      return sendJson(request, reply, JSON.stringify({ ready: true, state, revision: info.revision }))
    },
  )

  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'healthz',
        summary: 'Is it well?',
        description:
          'Readiness with name, version and environment, in the form that the mesh reconciler reads.',
        tags: ['Operation'],
        samples: [{ name: 'Well', path: '/healthz?pretty' }],
        querystring: OpenQuery,
        response: answers({
          says: '`pass`, or `warn` while the last good registry answers.',
          body: { [HEALTH_MEDIA]: { schema: HealthAnswer } },
          headers: link('This description, as `rel="service-desc"`, and the page made of it.'),
          refusals: ['overloaded'],
          also: { 503: { [HEALTH_MEDIA]: { schema: HealthAnswer } } },
        }),
      },
    },
    (request, reply) => {
      const reason = notReady(parts)
      reply.header('cache-control', 'no-store')
      if (reason === undefined) reply.header('link', DESCRIBED_BY)
      else reply.code(503).header('retry-after', String(RETRY_AFTER_S))
      return sendJson(request, reply, renderHealth(parts, reason), `${HEALTH_MEDIA}; charset=utf-8`)
    },
  )
}

const HEALTH_MEDIA = 'application/health+json'

function renderHealth({ live, service, lifecycle, threads }: Parts, reason: Problem | undefined): string {
  const { since, watch, memory } = live.status()
  const status = reason !== undefined ? 'fail' : live.degraded ? 'warn' : 'pass'
  return JSON.stringify({
    status,
    ...service,
    // Of the registry's state; when the leaving began is nobody's to know for long.
    ...(lifecycle.draining ? {} : { since }),
    ...(reason === undefined ? {} : { output: `${reason.code}: ${reason.detail}` }),
    checks: {
      registry: [{ status, time: since, observedValue: live.current()?.info.revision ?? null }],
      watch: [{ status: watch === 'ok' ? 'pass' : 'warn' }],
      ...(memory !== 'none' && { memory: [{ status: memory === 'ok' ? 'pass' : 'warn' }] }),
      ...(threads && { threads: [renderThreads(threads())] }),
    },
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
  const { lastError, watch, memory } = live.status()
  const loaded = live.current() !== undefined
  const check = (ok: boolean, name: string, why: string): string =>
    `[${ok ? '+' : '-'}]${name} ${ok ? 'ok' : why}\n`
  return [
    check(loaded, 'registry', lastError === null ? 'not read yet' : `failed: ${lastError.code}`),
    check(
      !loaded || !live.degraded,
      'fresh',
      lastError === null ? 'not compared yet' : `last good is served: ${lastError.code}`,
    ),
    check(watch === 'ok', 'watch', 'degraded; polling'),
    memory === 'none'
      ? ''
      : check(memory === 'ok', 'memory', 'degraded; a restart may not find the last good pin'),
    check(!lifecycle.draining, 'running', 'shutting down'),
    // Nothing that is served depends on it: it is told, and decides nothing.
    check(manifestFaults.length === 0, 'manifest', manifestFaults.join('; ')),
    threads === undefined ? '' : renderThreadCheck(threads()),
  ].join('')
}
