// Requests that come on one connection before the answers to those in front of them were read. Node makes no difference
// between them: each would be answered in memory, and a page of a list is tens of thousands of times as long as the line
// that asks for it. So an answer that is long, or long in coming, waits until it is its turn on the connection.

import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** So many may wait on one connection; whoever reads what it is sent has no use for more. */
const MOST_WAITING = 32

const waiting = new WeakMap<Socket, number>()

/** Tells whether a request has to wait for its turn; then it is answered by `again` when that has come. */
export function waitsForTurn(request: FastifyRequest, reply: FastifyReply, again: () => unknown): boolean {
  const turn = atFront(request, reply)
  // Nobody else would catch it here, outside the handler.
  turn?.then(again).catch(error => reply.send(error))
  return turn !== undefined
}

/** Resolves when the answers in front of this one are sent. A connection on which too many wait is cut. */
export function atFront(request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined {
  const { socket } = request.raw
  if (reply.raw.socket !== null) return undefined
  const count = (waiting.get(socket) ?? 0) + 1
  waiting.set(socket, count)
  if (count > MOST_WAITING) socket.destroy()
  return new Promise(resolve => {
    reply.raw.once('socket', () => {
      waiting.set(socket, waiting.get(socket)! - 1)
      resolve()
    })
  })
}
