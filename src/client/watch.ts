// Being told of changes. Over server-sent events, and where there are none (an older service, a proxy that will not pass
// them) by long polling. A change is told by its revision and by nothing else: what it means is for the caller to ask.
// Both narrow what is told to the repository that was named; only the stream can do so for an organisation.
//
//   listen ──ended, broken──► wait ──► listen, from the last event known
//     │ └────204────► over
//     └─no such thing─► poll ──304, told──► poll      (nothing new, broken: wait ──► poll)

import { limitTo } from './ask.ts'
import { backoffMs, NEVER } from './clock.ts'
import { ClientError, failureError } from './error.ts'
import { EventStream } from './event-stream.ts'
import { exchange, open, readPieces, typeOf } from './exchange.ts'
import { type Answer, judge, type Problem } from './judge.ts'
import type { Parts } from './options.ts'
import type { Change } from './outcome.ts'
import { pathOf, readRefusal } from './refusal.ts'
import { readResolved } from './resolve.ts'
import { isPlainName } from './shapes.ts'

/**
 * What to be told of; of everything unless an organisation, or one repository of it, is named. What is named need not be
 * registered: that it appears or goes is a change, too. Where a watch passes from a stream to asking again and again, one
 * change may be told that was none of it.
 */
export interface WatchOptions {
  /** Ends the watch, which then throws the signal's reason. */
  readonly signal?: AbortSignal
  /** Where event streams do not pass, a watch of an organisation is told of every change of the registry. */
  readonly org?: string
  /** A repository of `org`. */
  readonly repo?: string
}

/** Why a connection was over. */
type End = 'again' | 'later' | 'broken' | 'over' | 'no_such_thing'

interface State {
  /** The last revision told. */
  revision: string | undefined
  eventId: string | undefined
  etag: string | undefined
  /** What the last poll found. */
  gist: string | undefined
  retryMs: number
}

const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 60_000
/** Heartbeats come several times within it. */
const SILENCE_MS = 60_000
const WAIT = '?wait=30s'
/** The wait, its jitter, and the way there and back. */
const POLL_LIMIT_MS = 45_000

/** Tells of each change until the caller stops; `Client.watch` says the rest. */
export async function* watch(parts: Parts, options: WatchOptions): AsyncGenerator<Change, void, undefined> {
  const { signal = NEVER } = options
  const query = queryOf(options)
  const polled = polledOf(options)
  const state: State = {
    revision: undefined,
    eventId: undefined,
    etag: undefined,
    gist: undefined,
    retryMs: FIRST_RETRY_MS,
  }
  let streams = true
  for (let broken = 0; ; ) {
    signal.throwIfAborted()
    const end = yield* streams
      ? listen(parts, state, `/events${query}`, signal)
      : poll(parts, state, polled, signal)
    signal.throwIfAborted()
    if (end === 'over') return
    if (end === 'no_such_thing') streams = false
    broken = end === 'broken' ? broken + 1 : 0
    if (end === 'broken' || end === 'later') {
      // Spread out: all watchers of a service lose it in the same moment.
      const waitMs = state.retryMs * (0.5 + parts.random()) + backoffMs(broken, parts.random)
      await parts.clock.sleep(waitMs, signal)
    }
  }
}

function queryOf({ org, repo }: WatchOptions): string {
  for (const name of [org, repo]) {
    if (name !== undefined && !isPlainName(name))
      throw new ClientError('CLIENT_BAD_NAME', `${JSON.stringify(name)} is not a name that GitHub allows`)
  }
  if (repo === undefined) return org === undefined ? '' : `?org=${org}`
  if (org !== undefined) return `?repo=${org}/${repo}`
  throw new ClientError('CLIENT_BAD_OPTION', `repo: want the org of ${JSON.stringify(repo)}, too`)
}

/** What is polled: where, and the gist of an answer, which is another one when there is a change to tell. */
interface Polled {
  readonly path: string
  /** Returns `undefined` when the answer says nothing. Throws what is not believed. */
  gistOf(said: Answer | Problem): string | undefined
}

/** Says what to poll. Nobody can wait for an organisation, so a watch of one waits for any change. */
function polledOf({ org, repo }: WatchOptions): Polled {
  if (org === undefined || repo === undefined) {
    return {
      path: `/registry${WAIT}`,
      gistOf: said => (said.outcome === 'answer' ? said.told.revision : undefined),
    }
  }
  const asked = { org, repo }
  const path = pathOf('/resolve', asked)
  return {
    path: `${path}${WAIT}`,
    gistOf: said => {
      if (said.outcome === 'answer') return JSON.stringify(readResolved(said.body, said.told, asked))
      const refusal = readRefusal(said, path)
      return refusal.outcome === 'not-registered' ? refusal.missing : undefined
    },
  }
}

/** Listens to the stream for as long as it lasts. */
async function* listen(
  parts: Parts,
  state: State,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Change, End, undefined> {
  const seen = state.eventId === undefined ? {} : { 'last-event-id': state.eventId }
  const limit = limitTo(parts, SILENCE_MS, signal)
  try {
    const response = await open(parts, path, { accept: 'text/event-stream', ...seen }, limit.signal)
    const end = endOf(response)
    if (end !== undefined) {
      await response.body?.cancel()
      return end
    }
    const stream = new EventStream()
    for await (const piece of readPieces(response)) {
      limit.restart()
      for (const heard of stream.push(piece)) {
        if ('retryMs' in heard) state.retryMs = Math.min(heard.retryMs, LONGEST_RETRY_MS)
        else {
          state.eventId = heard.id
          // Of less than everything the id says more than the revision, behind a dot.
          yield* tell(state, heard.id.split('.', 1)[0] ?? '')
        }
      }
    }
    return 'later'
  } catch (thrown) {
    if (thrown instanceof ClientError) throw thrown
    // Whatever broke the connection, the next one takes up where this one left off.
    return 'broken'
  } finally {
    limit.release()
  }
}

/** Says what to do with an answer that is not a stream; nothing about one that is. */
function endOf({ status, headers }: Response): End | undefined {
  if (status === 204) return 'over'
  if (status === 429 || status >= 500) return 'broken'
  return status === 200 && typeOf(headers) === 'text/event-stream' ? undefined : 'no_such_thing'
}

/** Asks once, and lets the service wait with the answer until there is another one. */
async function* poll(
  parts: Parts,
  state: State,
  { path, gistOf }: Polled,
  signal: AbortSignal,
): AsyncGenerator<Change, End, undefined> {
  const limit = limitTo(parts, POLL_LIMIT_MS, signal)
  try {
    const headers: Record<string, string> = state.etag === undefined ? {} : { 'if-none-match': state.etag }
    const judged = judge(await exchange(parts, path, headers, limit.signal), parts.clock.now())
    if (judged.outcome === 'unchanged') return 'again'
    // Nothing was ever told: this is no service that had to go for a while, it is somebody else.
    if (judged.outcome === 'outage' && !judged.passing && state.revision === undefined)
      throw failureError({ outcome: 'unavailable', code: judged.code, detail: judged.detail, attempts: 1 })
    if (judged.outcome !== 'answer' && judged.outcome !== 'problem') return 'broken'
    const gist = gistOf(judged)
    if (gist === undefined || judged.told === undefined) return 'broken'
    const isNews = gist !== state.gist
    state.gist = gist
    // A 404 has none to wait with, and the one before it would hide that the registry went back to what it was.
    state.etag = (judged.outcome === 'answer' && judged.etag) || undefined
    if (isNews) yield* tell(state, judged.told.revision)
    // No news under another tag: two instances, say, that answer in turn. They would be asked without a pause.
    return isNews ? 'again' : 'later'
  } catch (thrown) {
    // What is not believed says nothing, like an outage; what else is thrown is for the caller.
    if (thrown instanceof ClientError && thrown.failure?.outcome !== 'untrusted') throw thrown
    return 'broken'
  } finally {
    limit.release()
  }
}

/** Tells of a revision that was not the last one told. */
function* tell(state: State, revision: string): Generator<Change, void, undefined> {
  if (revision === state.revision || !/^[0-9a-f]{64}$/.test(revision)) return
  state.revision = revision
  yield { revision }
}
