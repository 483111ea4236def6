// A stream of server-sent events (WHATWG HTML §9.2): the head, then an event for each change and a comment now and then,
// until one side has enough. At most one event ever waits for a client that reads slowly; one that does not read is cut.

import type { FastifyReply } from 'fastify'
import type { Scope } from './scope.ts'
import type { Watcher, Watchers } from './watchers.ts'

/** The time between two comments: shorter than the patience of the usual proxies. */
export const HEARTBEAT_MS = 15_000

/** When a client that lost its stream comes back: between one and two of these, so that not all come at once. */
const RETRY_MS = 1_500

const HEARTBEAT = ':\n\n'

type Response = FastifyReply['raw']

/** The head of every stream. `no` asks proxies that would collect events (nginx) to pass them on. */
export const STREAM_HEAD = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  // The body ends with the connection, so that an event is one write and not four.
  connection: 'close',
} as const

/**
 * Opens a stream of `scope` on a response that has no head yet, and keeps it until it is closed. The state of now is
 * the first event, unless the client knows it: `lastEventId` says what it saw last.
 */
export function openStream(
  watchers: Watchers,
  scope: Scope,
  response: Response,
  lastEventId: string | undefined,
): void {
  const retry = `retry: ${Math.round(RETRY_MS * (1 + Math.random()))}\n\n`
  const known = lastEventId !== undefined && scope.isKnownBy(lastEventId)
  const { socket } = response
  socket!.cork()
  response.removeHeader('transfer-encoding')
  response.writeHead(200, STREAM_HEAD)
  response.flushHeaders()
  socket!.write(known ? retry : Buffer.concat([Buffer.from(retry), scope.event]))
  socket!.uncork()
  const stream = new Stream(watchers, scope, response)
  // The first comment at any time, so that those who came together are not all due together.
  watchers.add(stream, Math.random() * HEARTBEAT_MS)
  response.once('close', () => watchers.delete(stream))
}

class Stream implements Watcher {
  readonly transport = 'sse'
  readonly scope: Scope
  tag: string
  slot: number | null = null
  readonly #watchers: Watchers
  readonly #response: Response
  /** Bytes wait for the client to read, and since when: `late` is since before the last heartbeat. */
  #held: 'no' | 'yes' | 'late' = 'no'

  constructor(watchers: Watchers, scope: Scope, response: Response) {
    this.#watchers = watchers
    this.#response = response
    this.scope = scope
    this.tag = scope.tag
  }

  notify(): void {
    // What is held back is not queued: once there is room, the newest is written.
    if (this.#held !== 'no') return
    this.tag = this.scope.tag
    this.#write(this.scope.event)
  }

  due(): void {
    if (this.#held === 'late') {
      this.#response.destroy()
      return
    }
    if (this.#held === 'yes') this.#held = 'late'
    else this.#write(HEARTBEAT)
    this.#watchers.delay(this, HEARTBEAT_MS)
  }

  end(): void {
    if (this.#held === 'no') this.#response.end()
    else this.#response.destroy()
  }

  /** Writes past the response, which would put off each write to the end of the turn. */
  #write(bytes: Buffer | string): void {
    const { socket } = this.#response
    if (socket === null || socket.destroyed) return
    socket.write(bytes)
    if (socket.writableLength === 0) return
    this.#held = 'yes'
    // Comes back when everything before it has gone, which no event of the socket would tell for so few bytes.
    socket.write(HEARTBEAT, error => {
      this.#held = 'no'
      if (!error && this.tag !== this.scope.tag) this.notify()
    })
  }
}
