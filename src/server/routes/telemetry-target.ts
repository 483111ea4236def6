// `/telemetry-target`: where a repository's telemetry goes, and whether it may go where the caller means to send it.
// Only an enabled repository has a target, and the target is always of its own organisation (R7).

import type { FastifyRequest } from 'fastify'
import { type FullName, foldName, parseFullName } from '../../registry/names.ts'
import type { Resolution, Snapshot } from '../../registry/snapshot.ts'
import { vary, wantsPlain } from '../accept.ts'
import { type Answer, answerFrom } from '../answer.ts'
import { OrgTargetAnswer, TargetAnswer } from '../answer-schemas.ts'
import { type Answering, jsonOrLine, NAMED, registryAnswers } from '../describe.ts'
import type { Face } from '../face.ts'
import { invalidFullName, orgNotRegistered, repoDisabled, repoNotRegistered } from '../findings.ts'
import { outcomeOf } from '../meters.ts'
import { type Problem, problem } from '../problems.ts'
import {
  OrgParams,
  PlainQuery,
  RegistryHeaders,
  RepoParams,
  TargetByNameQuery,
  TargetQuery,
} from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'

const LINE = '`<organisation>/<repository>` of the telemetry repository, and a newline'
const answering = {
  says: 'The telemetry repository of an enabled repository.',
  body: jsonOrLine(TargetAnswer, LINE),
  negotiated: true,
  refusals: [
    'invalid_query',
    'invalid_name',
    'repo_disabled',
    'cross_org_telemetry',
    'telemetry_target_mismatch',
    'org_not_registered',
    'repo_not_registered',
  ],
} as const satisfies Answering

/** Adds the three forms of `/telemetry-target`: by path, by `?repo=`, and of an organisation. */
export function addTelemetryTarget(app: App, { live }: Parts): void {
  app.get(
    '/telemetry-target/:org/:repo',
    {
      schema: {
        operationId: 'telemetryTarget',
        summary: 'Where does its telemetry go?',
        description:
          'Only an enabled repository has a target, and the target is always of its own organisation. With ' +
          '`?target=` it is asked whether the repository may write there.',
        tags: ['Resolution'],
        samples: [
          { name: 'An enabled repository', path: '/telemetry-target/orchard-works/press' },
          {
            name: 'The bare name, for a shell',
            path: '/telemetry-target/orchard-works/press',
            headers: { accept: 'text/plain' },
          },
          {
            name: 'A target of another organisation',
            path: '/telemetry-target/Juniper-Labs/still?target=orchard-works/telemetry',
          },
          { name: 'A disabled repository', path: '/telemetry-target/orchard-works/old-scales' },
        ],
        params: RepoParams,
        querystring: TargetQuery,
        headers: RegistryHeaders,
        response: registryAnswers({ ...answering, refusals: [...answering.refusals, 'uri_too_long'] }),
      },
    },
    (request, reply) =>
      answerFrom(live, vary(request, reply), reply, (snapshot, face) =>
        findTarget(snapshot, face, request, request.params, request.query.target),
      ),
  )

  app.get(
    '/telemetry-target',
    {
      schema: {
        operationId: 'telemetryTargetByName',
        summary: 'Where does its telemetry go? By `?repo=`',
        description: 'The same question with the name in the query, for callers that have it in one piece.',
        tags: ['Resolution'],
        samples: [
          { name: 'An enabled repository', path: '/telemetry-target?repo=juniper-labs/still' },
          { name: 'Not a name', path: '/telemetry-target?repo=still' },
        ],
        querystring: TargetByNameQuery,
        headers: RegistryHeaders,
        response: registryAnswers(answering),
      },
    },
    (request, reply) =>
      answerFrom(live, vary(request, reply), reply, (snapshot, face) => {
        const name = parseFullName(request.query.repo)
        if (name === undefined) return invalidFullName('repo', request.query.repo)
        return findTarget(snapshot, face, request, name, request.query.target)
      }),
  )

  app.get(
    '/telemetry-target/:org',
    {
      schema: {
        operationId: 'orgTelemetryTarget',
        summary: 'Where does the telemetry of an organisation go?',
        description: 'It says nothing about any repository: whether one may write is asked for by its name.',
        tags: ['Resolution'],
        samples: [{ name: 'An organisation', path: '/telemetry-target/orchard-works' }],
        params: OrgParams,
        querystring: PlainQuery,
        headers: RegistryHeaders,
        response: registryAnswers({
          says: 'The telemetry repository of the organisation.',
          body: jsonOrLine(OrgTargetAnswer, LINE),
          negotiated: true,
          refusals: [...NAMED, 'invalid_query', 'org_not_registered'],
        }),
      },
    },
    (request, reply) =>
      answerFrom(live, vary(request, reply), reply, (snapshot, face) => {
        const org = snapshot.org(request.params.org)
        if (org === undefined) return orgNotRegistered(request.params.org)
        return renderTarget(request, face, { org: org.org, telemetry_repo: org.telemetry_repo })
      }),
  )
}

function findTarget(
  snapshot: Snapshot,
  face: Face,
  request: FastifyRequest,
  name: FullName,
  target: string | undefined,
): Answer {
  const asked = target === undefined ? undefined : parseFullName(target)
  if (target !== undefined && asked === undefined) return invalidFullName('target', target)
  const resolution = snapshot.resolve(name.org, name.repo)
  const judged = judge(resolution, name, asked)
  const answer = 'code' in judged ? judged : renderTarget(request, face, judged)
  return { ...answer, outcome: outcomeOf(resolution) }
}

/** The target of what was found, or why there is none, or why it is not the one that was asked about. */
function judge(
  resolution: Resolution,
  { org, repo }: FullName,
  asked: FullName | undefined,
): Target | Problem {
  if (resolution.outcome === 'org_not_registered') return orgNotRegistered(org)
  if (resolution.outcome === 'repo_not_registered') return repoNotRegistered(resolution.org.org, repo)
  const { entry } = resolution
  if (entry.state === 'disabled') return repoDisabled(entry)
  const target = asked && `${asked.org}/${asked.repo}`
  if (target !== undefined && foldName(target) !== foldName(entry.telemetry_repo)) {
    const detail = `"${entry.org}/${entry.repo}" may not write to "${target}" (want "${entry.telemetry_repo}")`
    const foreign = foldName(asked!.org) !== foldName(entry.org)
    return problem(foreign ? 'cross_org_telemetry' : 'telemetry_target_mismatch', detail)
  }
  return { org: entry.org, repo: entry.repo, telemetry_repo: entry.telemetry_repo }
}

interface Target {
  readonly org: string
  readonly repo?: string
  readonly telemetry_repo: string
}

function renderTarget(request: FastifyRequest, face: Face, target: Target): Answer {
  if (wantsPlain(request)) return { text: `${target.telemetry_repo}\n`, plain: true, etag: face.plainEtag }
  return { text: `${JSON.stringify(target).slice(0, -1)},"registry":${face.registry}}` }
}
