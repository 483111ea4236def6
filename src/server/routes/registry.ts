// `/registry`: the active pin and its numbers. `/status`: how the service stands to what lies on disk; it is the one
// that answers when there is no registry.

import type { LiveStatus } from '../../live/status.ts'
import type { RegistryInfo } from '../../registry/snapshot.ts'
import { answerFrom, type Find, JSON_TYPE } from '../answer.ts'
import { answers, REGISTRY_PROBLEMS, RegistryAnswer, RegistryQuery, StatusAnswer } from '../schemas.ts'
import type { App, Parts } from '../server.ts'
import { answerAfterChange } from '../watch/poll.ts'
import type { Watchers } from '../watch/watchers.ts'

/** Adds `/registry` and `/status`. */
export function addRegistry(app: App, { live }: Parts, watchers: Watchers): void {
  const find: Find = ({ info, orgCount, counts }, face) => ({
    text: JSON.stringify({ ...renderInfo(info), counts: { orgs: orgCount, repos: counts } }),
    etag: face.infoEtag,
  })
  app.get(
    '/registry',
    { schema: { querystring: RegistryQuery, response: answers(RegistryAnswer, REGISTRY_PROBLEMS) } },
    (request, reply) => {
      const { wait } = request.query
      if (wait === undefined) return answerFrom(live, request, reply, find)
      const subject = { kind: 'info' } as const
      return answerAfterChange({ live, watchers }, request, reply, { subject, wait, find })
    },
  )

  app.get('/status', { schema: { response: answers(StatusAnswer) } }, (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(JSON_TYPE)
      .send(JSON.stringify(renderStatus(live.status()))),
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
