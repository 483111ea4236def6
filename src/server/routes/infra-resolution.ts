// `/infra-resolution/:org/:repo`: the record that the engines keep as evidence, byte for byte. Its outcome is in
// the record, so it is 200 while a registry is loaded; when none is, it is 503 and never "unregistered".

import { buildEngineRecord, renderEngineRecord } from '../../registry/engine-record.ts'
import { answerFrom } from '../answer.ts'
import { outcomeOf } from '../meters.ts'
import { answers, EngineRecordAnswer, PlainQuery, REGISTRY_PROBLEMS, RepoParams } from '../schemas.ts'
import type { App, Parts } from '../server.ts'

/** Adds `/infra-resolution/:org/:repo`. */
export function addInfraResolution(app: App, { live, meters }: Parts): void {
  const response = answers(EngineRecordAnswer, REGISTRY_PROBLEMS)
  app.get(
    '/infra-resolution/:org/:repo',
    { schema: { params: RepoParams, querystring: PlainQuery, response } },
    (request, reply) =>
      answerFrom(live, request, reply, snapshot => {
        const { org, repo } = request.params
        const resolution = snapshot.resolve(org, repo)
        meters.resolved(outcomeOf(resolution))
        const record = buildEngineRecord({ org, repo }, resolution, snapshot.info.blobSha)
        return { text: renderEngineRecord(record) }
      }),
  )
}
