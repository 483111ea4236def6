// The page for people: `/` lists, `/repositories/:org/:repo` tells of one, `/assets/:file` is what both load. Answers
// for a reader are HTML, whatever they say; a problem document is left for addresses that no form or link here makes.

import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ASSETS } from '../../page/assets.ts'
import { renderEntryPage } from '../../page/entry-page.ts'
import { listPath, renderListPage } from '../../page/list-page.ts'
import { renderGonePage, renderUnavailablePage, renderUnknownPage } from '../../page/message-page.ts'
import type { ServiceView, Trouble } from '../../page/view.ts'
import { cursorScope, parseCursor, renderCursor } from '../../registry/cursor.ts'
import type { Filter, Snapshot } from '../../registry/snapshot.ts'
import { finish } from '../../registry/steps.ts'
import { goneSignal } from '../answer.ts'
import { atFront } from '../at-front.ts'
import { sendPage } from '../page-reply.ts'
import { PROBLEMS, type ProblemCode, problem } from '../problems.ts'
import { sendProblem, tellRefusal, unavailable } from '../refuse.ts'
import { EntryPageQuery, ListPageQuery, PageHeaders } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'
import type { Turns } from '../turns.ts'
import { assetAnswers, entryPageAnswers, listPageAnswers } from './page-answers.ts'

const ENTRIES = 50
const CHANGES = 50
/** Up to so many organisations are offered to choose from; beyond, a name is typed. */
const MAX_CHOICES = 100

/** Adds `/`, `/repositories/:org/:repo` and `/assets/:file`. */
export function addPage(app: App, parts: Parts, turns: Turns): void {
  const { live } = parts

  app.get(
    '/',
    {
      schema: {
        operationId: 'getListPage',
        summary: 'The repositories, for people',
        description:
          'A page that lists, filters and searches, with the registry that is served and how it stands. It works ' +
          'without scripts, and asks nobody else for anything.',
        tags: ['Page'],
        samples: [],
        querystring: ListPageQuery,
        headers: PageHeaders,
        response: listPageAnswers(),
      },
    },
    async (request, reply) => {
      await atFront(request, reply)
      // The router takes the target `*`, which is of the whole server, for the root.
      if (request.url === '*') return sendProblem(request, reply, problem('route_not_found', 'no such route'))
      const snapshot = live.current()
      if (snapshot === undefined) return sendUnavailable(parts, request, reply)
      const filter = readFilter(request.query)
      const scope = cursorScope(snapshot.info.revision, '/', filter)
      const { cursor } = request.query
      const at = cursor === undefined ? { ...scope, from: 0 } : parseCursor(cursor)
      // No link here makes one; it is the query that is wrong, whatever the registry.
      const foreign = problem('invalid_query', 'cursor is not one of this list')
      if (at === undefined) return sendProblem(request, reply, foreign)
      const view = viewOf(parts, snapshot)
      if (at.revision !== scope.revision) {
        return sendRefusal(request, reply, renderGonePage(view, listPath(filter)), 'revision_gone', snapshot)
      }
      if (at.filter !== scope.filter) return sendProblem(request, reply, foreign)
      const gone = goneSignal(reply)
      const page = await turns.run(snapshot.repos(filter, { from: at.from, limit: ENTRIES }), gone)
      if (gone.aborted) return reply.hijack()
      if (page === undefined)
        return sendProblem(request, reply, problem('overloaded', 'too many searches are under way'))
      const next = page.next === undefined ? undefined : renderCursor({ ...scope, from: page.next })
      const text = renderListPage(view, {
        ...{ filter, page, cursor, next, orgs: choicesOf(snapshot) },
        orgIsKnown: filter.org === undefined || snapshot.org(filter.org) !== undefined,
      })
      return sendPage(request, provenance(reply, snapshot), text)
    },
  )

  app.get(
    '/repositories/:org/:repo',
    {
      schema: {
        operationId: 'getEntryPage',
        summary: 'One repository, for people',
        description: 'What it is, and what was done to it and why, as the changelog of the sealed set tells.',
        tags: ['Page'],
        samples: [],
        params: Type.Object({ org: Type.String(), repo: Type.String() }),
        querystring: EntryPageQuery,
        headers: PageHeaders,
        response: entryPageAnswers(),
      },
    },
    (request, reply) => {
      const snapshot = live.current()
      if (snapshot === undefined) return sendUnavailable(parts, request, reply)
      const history = live.history()
      const { org, repo } = request.params
      const view = viewOf(parts, snapshot)
      const found = snapshot.resolve(org, repo)
      if (found.outcome !== 'found') {
        const known = found.outcome === 'repo_not_registered' ? found.org : undefined
        const text = renderUnknownPage(
          view,
          { org, repo, remediation: PROBLEMS[found.outcome].remediation },
          known,
        )
        return sendRefusal(request, reply, text, found.outcome, snapshot)
      }
      const { entry } = found
      const { before } = request.query
      const past = history && {
        fault: history.fault,
        page: history.of(entry.org, entry.repo, {
          limit: CHANGES,
          ...(before && { before: Number(before) }),
        }),
        isContinued: before !== undefined,
      }
      return sendPage(request, provenance(reply, snapshot), renderEntryPage(view, entry, past))
    },
  )

  app.get(
    '/assets/:file',
    {
      schema: {
        operationId: 'getAsset',
        summary: 'What a page loads',
        description: 'Its stylesheet, its script or its icon; the address names the content.',
        tags: ['Page'],
        samples: [],
        params: Type.Object({ file: Type.String() }),
        response: assetAnswers(),
      },
    },
    (request, reply) => {
      const asset = ASSETS.get(request.params.file)
      if (asset === undefined) return sendProblem(request, reply, problem('route_not_found', 'no such asset'))
      return reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('x-content-type-options', 'nosniff')
        .header('cross-origin-resource-policy', 'same-origin')
        .type(asset.type)
        .send(asset.text)
    },
  )
}

/** A form sends every field, empty or with blanks around what was meant: what is empty is not asked for. */
function readFilter(query: ListPageQuery): Filter {
  const org = query.org?.trim()
  const q = query.q?.trim()
  const { state, context } = query
  return { ...(org && { org }), ...(state && { state }), ...(context && { context }), ...(q && { q }) }
}

function choicesOf(snapshot: Snapshot): string[] | undefined {
  if (snapshot.orgCount > MAX_CHOICES) return undefined
  return finish(snapshot.orgs({}, { from: 0, limit: MAX_CHOICES })).items.map(({ org }) => org)
}

function viewOf({ live, service }: Parts, snapshot: Snapshot | undefined): ServiceView {
  const { state, since, watch, recent } = live.status()
  return {
    ...service,
    ...{ now: Date.now(), state, since, watch, recent, ageS: live.age() },
    trouble: troubleOf(live),
    active: snapshot === undefined ? null : snapshot,
  }
}

/** What is wrong, in the words of the wire; `null` while nothing is known to be. */
function troubleOf(live: Parts['live']): Trouble | null {
  const { lastError } = live.status()
  if (lastError === null) return null
  const { code, detail } = unavailable(live)
  const { title, remediation } = PROBLEMS[code]
  return { code, title, detail, remediation, since: lastError.since }
}

function sendUnavailable(parts: Parts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const view = viewOf(parts, undefined)
  const { code, detail } = unavailable(parts.live)
  const { title, remediation } = PROBLEMS[code]
  const trouble = view.trouble ?? { code, title, detail, remediation, since: view.since }
  return sendRefusal(request, reply, renderUnavailablePage(view, trouble), code)
}

/** Sends a page that is not what was asked for, and tells of the refusal. */
function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  code: ProblemCode,
  snapshot?: Snapshot,
): FastifyReply {
  tellRefusal(request, code, snapshot)
  const { status } = PROBLEMS[code]
  return sendPage(request, snapshot === undefined ? reply : provenance(reply, snapshot), text, status)
}

function provenance(reply: FastifyReply, { info }: Snapshot): FastifyReply {
  return reply
    .header('infra-registry-revision', info.revision)
    .header('infra-schema-version', info.schemaVersion)
}
