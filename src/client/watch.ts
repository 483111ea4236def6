// Being told of changes. Over server-sent events, and where there are none (an older service, a proxy that will not pass
// them) by long polling. A change is told by its revision and by nothing else: what it means is for the caller to ask.
//
//   look ──revision──► listen ──ended, broken──► wait ──► listen, from the last revision known
//    ▲ │                 │ └────204─────► over
//    └─┘ not to be had   └─no such thing─► poll ──304, 200──► poll      (broken: wait ──► poll)

import { ask, limitTo } from './ask.ts'
import { backoffMs, NEVER } from './clock.ts'
import { failureError } from './error.ts'
import { EventStream } from './event-stream.ts'
import { exchange, open, readPieces, typeOf } from './exchange.ts'
import { judge } from './judge.ts'
import type { Parts } from './options.ts'
import type { Change } from './outcome.ts'

/** What to be told of; of everything unless an organisation, or one repository of it, is named. */
export interface WatchOptions {
  /** Ends the watch, which then throws the signal's reason. */
  readonly signal?: AbortSignal
  readonly org?: string
  /** A repository of `org`. */
  readonly repo?: string
}

/** Why a connection was over. */
type End = 'again' | 'later' | 'broken' | 'over' | 'no_such_thing'

interface State {
  revision: string | undefined
  etag: string | undefined
  retryMs: number
}

type Step = (parts: Parts, state: State, options: WatchOptions) => AsyncGenerator<Change, End, undefined>

const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 60_000
/** Heartbeats come several times within it. */
const SILENCE_MS = 60_000
const POLL = '/registry?wait=30s'
/** The wait, its jitter, and the way there and back. */
const POLL_LIMIT_MS = 45_000

/** Tells of each change until the caller stops; `Client.watch` says the rest. */
export async function* watch(parts: Parts, options: WatchOptions): AsyncGenerator<Change, void, undefined> {
  const { signal = NEVER } = options
  const state: State = { revision: undefined, etag: undefined, retryMs: FIRST_RETRY_MS }
  let step: Step = look
  for (let broken = 0; ; ) {
    signal.throwIfAborted()
    const end = yield* step(parts, state, options)
    signal.throwIfAborted()
    if (end === 'over') return
    if (step === look && end === 'again') step = listen
    if (end === 'no_such_thing') step = poll
    broken = end === 'broken' ? broken + 1 : 0
    if (end === 'broken' || end === 'later') {
      // Spread out: all watchers of a service lose it in the same moment.
      const waitMs = state.retryMs * (0.5 + parts.random()) + backoffMs(broken, parts.random)
      await parts.clock.sleep(waitMs, signal)
    }
  }
}

/** Asks which revision is served. Throws when whoever is there is not the service. */
async function* look(
  parts: Parts,
  state: State,
  { signal }: WatchOptions,
): AsyncGenerator<Change, End, undefined> {
  const { said } = await ask(parts, '/registry', {}, signal)
  if (said.outcome === 'answer') {
    yield* tell(state, said.told.revision)
    return 'again'
  }
  if (said.outcome === 'untrusted') throw failureError(said)
  if (said.outcome === 'unavailable' && (said.code === 'foreign_answer' || said.code === 'refused'))
    throw failureError(said)
  return 'broken'
}

/** Listens to the stream for as long as it lasts. */
async function* listen(
  parts: Parts,
  state: State,
  { signal, org, repo }: WatchOptions,
): AsyncGenerator<Change, End, undefined> {
  const query = new URLSearchParams({ ...(org && { org }), ...(repo && { repo }) })
  const headers = { accept: 'text/event-stream', ...(state.revision && { 'last-event-id': state.revision }) }
  const limit = limitTo(parts, SILENCE_MS, signal)
  try {
    const response = await open(parts, `/events${query.size > 0 ? `?${query}` : ''}`, headers, limit.signal)
    const end = endOf(response)
    if (end !== undefined) {
      await response.body?.cancel()
      return end
    }
    const stream = new EventStream()
    for await (const piece of readPieces(response)) {
      limit.restart()
      for (const heard of stream.push(piece)) {
        if ('id' in heard) yield* tell(state, heard.id)
        else state.retryMs = Math.min(heard.retryMs, LONGEST_RETRY_MS)
      }
    }
    return 'later'
  } catch {
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
  { signal }: WatchOptions,
): AsyncGenerator<Change, End, undefined> {
  const limit = limitTo(parts, POLL_LIMIT_MS, signal)
  try {
    const headers: Record<string, string> = state.etag === undefined ? {} : { 'if-none-match': state.etag }
    const judged = judge(await exchange(parts, POLL, headers, limit.signal), parts.clock.now())
    if (judged.outcome === 'unchanged') return 'again'
    if (judged.outcome !== 'answer') return 'broken'
    state.etag = judged.etag ?? undefined
    const known = state.revision
    yield* tell(state, judged.told.revision)
    // The same revision under another tag: two instances, say, that answer in turn. They would be asked without a pause.
    return judged.told.revision === known ? 'later' : 'again'
  } catch {
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
