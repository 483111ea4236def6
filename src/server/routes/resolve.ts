// `/resolve/:org/:repo`: what the registry says of one repository. A disabled repository is registered, so it is
// answered; only `?require=enabled` turns it into a refusal.

import type { Found } from '../../registry/snapshot.ts'
import { type Answer, answerFrom, type Find, headOf } from '../answer.ts'
import { EntryAnswer } from '../answer-schemas.ts'
import { NAMED, registryAnswers } from '../describe.ts'
import type { Face } from '../face.ts'
import { orgNotRegistered, repoDisabled, repoNotRegistered } from '../findings.ts'
import { outcomeOf } from '../meters.ts'
import { RegistryHeaders, RepoParams, ResolveQuery } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'
import { answerAfterChange } from '../watch/poll.ts'
import type { Watchers } from '../watch/watchers.ts'

/** Adds `/resolve/:org/:repo`. */
export function addResolve(app: App, { live }: Parts, watchers: Watchers): void {
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
    (request, reply) => {
      const find: Find = (snapshot, face) => {
        const { org, repo } = request.params
        const resolution = snapshot.resolve(org, repo)
        const outcome = outcomeOf(resolution)
        if (resolution.outcome === 'org_not_registered') return { ...orgNotRegistered(org), outcome }
        if (resolution.outcome === 'repo_not_registered')
          return { ...repoNotRegistered(resolution.org.org, repo), outcome }
        // In this order: an entry is decoded when somebody looks at it, and most callers do not ask for that.
        if (request.query.require === 'enabled' && resolution.state === 'disabled')
          return { ...repoDisabled(resolution.entry), outcome }
        return wholeAnswer(face, resolution)
      }
      const { wait } = request.query
      if (wait === undefined) return answerFrom(live, request, reply, find)
      const subject = { kind: 'repo', ...request.params } as const
      return answerAfterChange({ live, watchers }, request, reply, { subject, wait, find })
    },
  )
}

/** Nothing is kept of it but its head: a large registry has more entries than are asked for twice. */
function wholeAnswer(face: Face, { text, bytes, state }: Found): Answer {
  const { tail, heads } = face
  const body = { text: `{${text}${tail.text}`, bytes: 1 + bytes + tail.bytes }
  let head = heads.get(body.bytes)
  if (head === undefined) {
    head = headOf(face, body)
    heads.set(body.bytes, head)
  }
  return { text: body.text, bytes: body.bytes, head, outcome: state }
}
