// `/resolve/:org/:repo`: what the registry says of one repository. A disabled repository is registered, so it is
// answered; only `?require=enabled` turns it into a refusal.

import type { Resolution } from '../../registry/snapshot.ts'
import { answerFrom, type Body, headOf } from '../answer.ts'
import { NAMED, registryAnswers } from '../describe.ts'
import type { Face } from '../face.ts'
import { orgNotRegistered, repoDisabled, repoNotRegistered } from '../findings.ts'
import { EntryAnswer, RegistryHeaders, RepoParams, ResolveQuery } from '../schemas.ts'
import type { App, Parts } from '../server.ts'

type Found = Extract<Resolution, { outcome: 'found' }>

/** Adds `/resolve/:org/:repo`. */
export function addResolve(app: App, { live }: Parts): void {
  app.get(
    '/resolve/:org/:repo',
    {
      schema: {
        operationId: 'resolve',
        summary: 'What is this repository?',
        description:
          'Its state and context, its telemetry repository, and the reason that the last operator gave. A disabled ' +
          'repository is registered, and says so; with `?require=enabled` it is 403, so that a script needs nothing ' +
          'but the status. Not registered (404) is another answer than not available (503).',
        tags: ['Resolution'],
        samples: [
          { name: 'An enabled repository', path: '/resolve/orchard-works/press' },
          { name: 'A disabled one', path: '/resolve/orchard-works/old-scales?pretty' },
          {
            name: 'A disabled one, where an enabled one is needed',
            path: '/resolve/orchard-works/old-scales?require=enabled',
          },
          { name: 'A repository that nobody registered', path: '/resolve/orchard-works/unheard-of' },
        ],
        params: RepoParams,
        querystring: ResolveQuery,
        headers: RegistryHeaders,
        response: registryAnswers({
          says: 'The repository is registered: enabled or disabled.',
          body: EntryAnswer,
          refusals: [...NAMED, 'invalid_query', 'repo_disabled', 'org_not_registered', 'repo_not_registered'],
        }),
      },
    },
    (request, reply) =>
      answerFrom(live, request, reply, (snapshot, face) => {
        const { org, repo } = request.params
        const resolution = snapshot.resolve(org, repo)
        if (resolution.outcome === 'org_not_registered') return orgNotRegistered(org)
        if (resolution.outcome === 'repo_not_registered') return repoNotRegistered(resolution.org.org, repo)
        if (resolution.entry.state === 'disabled' && request.query.require === 'enabled') {
          return repoDisabled(resolution.entry)
        }
        return wholeAnswer(face, resolution)
      }),
  )
}

function wholeAnswer(face: Face, found: Found): Body {
  let answer = face.resolutions.get(found)
  if (answer === undefined) {
    const bytes = Buffer.from(`{${found.text},"registry":${face.registry}}`)
    // Made from bytes, the text is one flat string; put together, it would be put together again at every write.
    const body = { text: bytes.toString(), bytes: bytes.byteLength }
    answer = { ...body, head: headOf(face, body) }
    face.resolutions.set(found, answer)
  }
  return answer
}
