// `/resolve/:org/:repo`: what the registry says of one repository. A disabled repository is registered, so it is
// answered; only `?require=enabled` turns it into a refusal.

import { answerFrom } from '../answer.ts'
import { orgNotRegistered, repoDisabled, repoNotRegistered } from '../findings.ts'
import { answers, EntryAnswer, REGISTRY_PROBLEMS, RepoParams, ResolveQuery } from '../schemas.ts'
import type { App, Parts } from '../server.ts'

/** Adds `/resolve/:org/:repo`. */
export function addResolve(app: App, { live }: Parts): void {
  const response = answers(EntryAnswer, [...REGISTRY_PROBLEMS, 403, 404])
  app.get(
    '/resolve/:org/:repo',
    { schema: { params: RepoParams, querystring: ResolveQuery, response } },
    (request, reply) =>
      answerFrom(live, request, reply, (snapshot, face) => {
        const { org, repo } = request.params
        const resolution = snapshot.resolve(org, repo)
        if (resolution.outcome === 'org_not_registered') return orgNotRegistered(org)
        if (resolution.outcome === 'repo_not_registered') return repoNotRegistered(resolution.org.org, repo)
        if (resolution.entry.state === 'disabled' && request.query.require === 'enabled') {
          return repoDisabled(resolution.entry)
        }
        return { text: `{${resolution.text},"registry":${face.registry}}` }
      }),
  )
}
