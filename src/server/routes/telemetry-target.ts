// `/telemetry-target`: where a repository's telemetry goes, and whether it may go where the caller means to send it.
// Only an enabled repository has a target, and the target is always of its own organisation (R7).

import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { foldName, parseFullName } from '../../registry/names.ts'
import type { Snapshot } from '../../registry/snapshot.ts'
import { type Answer, answerFrom, JSON_TYPE, PLAIN_TYPE } from '../answer.ts'
import type { Face } from '../face.ts'
import { invalidFullName, orgNotRegistered, repoDisabled, repoNotRegistered } from '../findings.ts'
import { outcomeOf } from '../meters.ts'
import { problem } from '../problems.ts'
import {
  answers,
  OrgParams,
  OrgTargetAnswer,
  PlainQuery,
  REGISTRY_PROBLEMS,
  RepoParams,
  TargetAnswer,
  TargetByNameQuery,
  TargetQuery,
} from '../schemas.ts'
import type { App, Parts } from '../server.ts'

const problems = [...REGISTRY_PROBLEMS, 403, 404]

/** Adds the three forms of `/telemetry-target`: by path, by `?repo=`, and of an organisation. */
export function addTelemetryTarget(app: App, { live }: Parts): void {
  app.get(
    '/telemetry-target/:org/:repo',
    { schema: { params: RepoParams, querystring: TargetQuery, response: answers(TargetAnswer, problems) } },
    (request, reply) =>
      answerFrom(live, vary(request, reply), reply, (snapshot, face) =>
        findTarget(snapshot, face, request, request.params, request.query.target),
      ),
  )

  app.get(
    '/telemetry-target',
    { schema: { querystring: TargetByNameQuery, response: answers(TargetAnswer, problems) } },
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
        params: OrgParams,
        querystring: PlainQuery,
        response: answers(OrgTargetAnswer, [...REGISTRY_PROBLEMS, 404]),
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
  { org, repo }: { org: string; repo: string },
  target: string | undefined,
): Answer {
  const asked = target === undefined ? undefined : parseFullName(target)
  if (target !== undefined && asked === undefined) return invalidFullName('target', target)
  const resolution = snapshot.resolve(org, repo)
  request.server.meters.resolved(outcomeOf(resolution))
  if (resolution.outcome === 'org_not_registered') return orgNotRegistered(org)
  if (resolution.outcome === 'repo_not_registered') return repoNotRegistered(resolution.org.org, repo)
  const { entry } = resolution
  if (entry.state === 'disabled') return repoDisabled(entry)
  if (asked !== undefined && foldName(target!) !== foldName(entry.telemetry_repo)) {
    const detail = `"${entry.org}/${entry.repo}" may not write to "${target}" (want "${entry.telemetry_repo}")`
    const foreign = foldName(asked.org) !== foldName(entry.org)
    return problem(foreign ? 'cross_org_telemetry' : 'telemetry_target_mismatch', detail)
  }
  return renderTarget(request, face, {
    org: entry.org,
    repo: entry.repo,
    telemetry_repo: entry.telemetry_repo,
  })
}

function renderTarget(
  request: FastifyRequest,
  face: Face,
  target: { org: string; repo?: string; telemetry_repo: string },
): Answer {
  const type = new Negotiator(request.raw).mediaType([JSON_TYPE, PLAIN_TYPE])
  if (type === PLAIN_TYPE) return { text: `${target.telemetry_repo}\n`, plain: true, etag: face.plainEtag }
  return { text: `${JSON.stringify(target).slice(0, -1)},"registry":${face.registry}}` }
}

/** Marks the answer, whatever it will be, as chosen by `Accept`. */
function vary(request: FastifyRequest, reply: FastifyReply): FastifyRequest {
  reply.raw.setHeader('vary', 'Accept')
  return request
}
