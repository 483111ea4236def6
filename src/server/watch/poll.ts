// Long polling: a request whose client has what it would get is answered when that has changed, or when the wait is over.
// Until then it is one entry in the list of watchers, and on each connection one alone is held: the others have their turn
// behind it. The answer is that of any other request.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LiveView } from '../../live/live-view.ts'
import type { Snapshot } from '../../registry/snapshot.ts'
import { answerFrom, type Find, isNotModified } from '../answer.ts'
import { waitsForTurn } from '../at-front.ts'
import { sendProblem } from '../refuse.ts'
import { parseDuration } from './duration.ts'
import type { Scope, Subject } from './scope.ts'
import type { Watcher, Watchers } from './watchers.ts'

/** How long a bare `?wait` waits, and the longest that anybody does; a longer one is shortened to it. */
export const DEFAULT_WAIT_MS = 30_000
export const LONGEST_WAIT_MS = 60_000

/** Up to this share of the wait is added to it, so that those who came together do not all come again together. */
const JITTER = 1 / 16

export interface PollParts {
  readonly live: LiveView
  readonly watchers: Watchers
}

/** What a poll waits for. */
export interface Waiting {
  readonly subject: Subject
  /** The value of `?wait`: a duration, or empty. */
  readonly wait: string
  readonly find: Find
}

/** Answers like `answerFrom`, but where that would say 304 now, it first waits for `subject` to change. */
export function answerAfterChange(
  parts: PollParts,
  request: FastifyRequest,
  reply: FastifyReply,
  waiting: Waiting,
): FastifyReply | undefined {
  const { live, watchers } = parts
  const { subject, wait, find } = waiting
  const answer = (): FastifyReply | undefined => {
    if (watchers.closed) reply.raw.setHeader('connection', 'close')
    return answerFrom(live, request, reply, find)
  }
  // With several threads another snapshot may be shown between two looks. What the client has and what it waits for have
  // to be of one, or the change between them would wake nobody.
  let scope: Scope
  let snapshot: Snapshot | undefined
  do {
    snapshot = live.current()
    if (watchers.closed || !isNotModified(live, request, find)) return answer()
    scope = watchers.scopeOf(subject)
  } while (live.current() !== snapshot)
  const again = (): unknown => answerAfterChange(parts, request, reply, waiting)
  if (waitsForTurn(request, reply, again)) return undefined
  const noRoom = watchers.checkRoom()
  if (noRoom !== undefined) return sendProblem(request, reply, noRoom)
  const asked = wait === '' ? DEFAULT_WAIT_MS : Math.min(parseDuration(wait), LONGEST_WAIT_MS)
  const poll = new Poll(scope, () => {
    watchers.delete(poll)
    try {
      answer()
    } catch (error) {
      // Nobody else would catch it here, outside the handler.
      reply.send(error)
    }
  })
  watchers.add(poll, asked * (1 + JITTER * Math.random()))
  reply.raw.once('close', () => watchers.delete(poll))
  return undefined
}

class Poll implements Watcher {
  readonly transport = 'poll'
  readonly scope: Scope
  readonly tag: string
  slot: number | null = null
  readonly notify: () => void

  constructor(scope: Scope, answer: () => void) {
    this.scope = scope
    this.tag = scope.tag
    this.notify = answer
  }

  due(): void {
    this.notify()
  }

  end(): void {
    this.notify()
  }
}
