// `/infra-resolution/:org/:repo`: the record that the engines keep as evidence, byte for byte. Its outcome is in
// the record, so it is 200 while a registry is loaded; when none is, it is 503 and never "unregistered".

import { buildEngineRecord, renderEngineRecord } from '../../registry/engine-record.ts'
import { answerFrom } from '../answer.ts'
import { EngineRecordAnswer } from '../answer-schemas.ts'
import { NAMED, registryAnswers } from '../describe.ts'
import { outcomeOf } from '../meters.ts'
import { PlainQuery, RegistryHeaders, RepoParams } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'

/** Adds `/infra-resolution/:org/:repo`. */
export function addInfraResolution(app: App, { live }: Parts): void {
  app.get(
    '/infra-resolution/:org/:repo',
    {
      schema: {
        operationId: 'infraResolution',
        summary: "The engines' own record",
        description:
          'Eleven keys in a fixed order, byte for byte as engines keep it for evidence; `?pretty` changes nothing. ' +
          'The outcome is in `outcomeCode`, so it is 200 for any name while a registry is loaded.',
        tags: ['Resolution'],
        samples: [
          { name: 'An enabled repository', path: '/infra-resolution/orchard-works/press' },
          { name: 'A repository that nobody registered', path: '/infra-resolution/orchard-works/unheard-of' },
        ],
        params: RepoParams,
        querystring: PlainQuery,
        headers: RegistryHeaders,
        response: registryAnswers({
          says: 'The record, whatever its outcome.',
          body: EngineRecordAnswer,
          refusals: [...NAMED, 'invalid_query'],
        }),
      },
    },
    (request, reply) =>
      answerFrom(live, request, reply, snapshot => {
        const { org, repo } = request.params
        const resolution = snapshot.resolve(org, repo)
        const record = buildEngineRecord({ org, repo }, resolution, snapshot.info.blobSha)
        return { text: renderEngineRecord(record), outcome: outcomeOf(resolution) }
      }),
  )
}
