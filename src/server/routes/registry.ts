// `/registry`: the active pin and its numbers. `/status`: how the service stands to what lies on disk; it is the one
// that answers when there is no registry.

import type { LiveStatus } from '../../live/status.ts'
import type { RegistryInfo } from '../../registry/snapshot.ts'
import { vary, wantsPlain } from '../accept.ts'
import { answerFrom, type Find, sendJson } from '../answer.ts'
import { RegistryAnswer, StatusAnswer } from '../answer-schemas.ts'
import { answers, jsonOrLine, registryAnswers } from '../describe.ts'
import { OpenQuery, RegistryHeaders, RegistryQuery } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'
import { answerAfterChange } from '../watch/poll.ts'
import type { Watchers } from '../watch/watchers.ts'

/** Adds `/registry` and `/status`. */
export function addRegistry(app: App, { live }: Parts, watchers: Watchers): void {
  const findLine: Find = ({ info }, face) => ({
    text: `${info.revision}\n`,
    plain: true,
    etag: face.plainEtag,
  })
  const findNumbers: Find = ({ info, orgCount, counts }, face) => ({
    text: JSON.stringify({ ...renderInfo(info), counts: { orgs: orgCount, repos: counts } }),
    etag: face.infoEtag,
  })
  app.get(
    '/registry',
    {
      schema: {
        operationId: 'getRegistry',
        summary: 'Which registry is served?',
        description: 'The active pin and its numbers. As plain text, the revision.',
        tags: ['Registry'],
        samples: [
          { name: 'What is served', path: '/registry?pretty' },
          { name: 'The bare revision', path: '/registry', headers: { accept: 'text/plain' } },
          { name: 'A version that nobody has', path: '/registry?schema_version=3.0' },
        ],
        querystring: RegistryQuery,
        headers: RegistryHeaders,
        response: registryAnswers({
          says: 'What is served, since when, and how much of it there is.',
          body: jsonOrLine(RegistryAnswer, 'The revision and a newline.'),
          negotiated: true,
          refusals: ['invalid_query'],
        }),
      },
    },
    (request, reply) => {
      vary(request, reply)
      const find = wantsPlain(request) ? findLine : findNumbers
      const { wait } = request.query
      if (wait === undefined) return answerFrom(live, request, reply, find)
      const subject = { kind: 'info' } as const
      return answerAfterChange({ live, watchers }, request, reply, { subject, wait, find })
    },
  )

  app.get(
    '/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'How does the service stand to what lies on disk?',
        description:
          'What is served, what lies on disk, when they were last compared, and what went wrong. It is the one that ' +
          'answers when there is no registry, and when the service is overloaded.',
        tags: ['Registry'],
        samples: [{ name: 'All is well', path: '/status?pretty' }],
        querystring: OpenQuery,
        response: answers({ says: 'Whatever the state.', body: StatusAnswer }),
      },
    },
    (request, reply) =>
      sendJson(
        request,
        reply.header('cache-control', 'no-store'),
        JSON.stringify(renderStatus(live.status())),
      ),
  )
}

function renderStatus(status: LiveStatus): object {
  const { state, since, active, disk, lastCheck, lastSuccess, lastError, watch, loads, refusals } = status
  return {
    state,
    since,
    active: active === null ? null : renderInfo(active),
    disk,
    last_check: lastCheck,
    last_success: lastSuccess,
    last_error: lastError,
    watch,
    loads,
    refusals,
  }
}

function renderInfo(info: RegistryInfo): object {
  return {
    revision: info.revision,
    run_id: info.runId,
    serial: info.serial,
    blob_sha: info.blobSha,
    schema_version: info.schemaVersion,
    activated_at: info.activatedAt,
    loaded_at: info.loadedAt,
    bytes: info.bytes,
  }
}
