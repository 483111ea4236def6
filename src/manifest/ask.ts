// Asks one address for `/healthz`: one connection, one request, one deadline over all of it, from the look-up of the
// name to the last byte. Nothing is followed, nothing is kept open, and what is read is bounded, whoever answers.
//
//   connecting ─► connected ─► answering ─► whole
//       │             │            │
//       │ deadline    └─ deadline ─┴─► hanging
//       ▼
//   unreachable                       (refused: stopped; broken off: protocol_error; too long: too_large)

import { type IncomingMessage, request } from 'node:http'
import { systemCode } from '../core/error.ts'
import type { HealthAnswer } from './judge.ts'
import { printable } from './printable.ts'
import type { ProbeState } from './probe-state.ts'

export interface Address {
  /** IPv4, IPv6 without brackets, or a name. */
  readonly address: string
  readonly port: number
}

export interface AskOptions {
  readonly deadlineMs: number
  /** Ends the asking at once. */
  readonly signal?: AbortSignal
}

/** What came of it: an answer to judge, or the state that the lack of one means. */
export type Asked =
  | { readonly answer: HealthAnswer; readonly latencyMs: number }
  | { readonly answer: null; readonly state: ProbeState; readonly detail: string }

/** A health document is a screenful. */
export const MAX_BODY_BYTES = 64 * 1024
const MAX_HEADER_BYTES = 16 * 1024

/** Asks `at`. Rejects only when `signal` is aborted, with its reason. */
export async function askHealth(at: Address, { deadlineMs, signal }: AskOptions): Promise<Asked> {
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Asked>()
  const begun = performance.now()
  let connected = false
  let answering = false
  const asking = request({
    host: at.address,
    port: at.port,
    path: '/healthz',
    headers: { accept: 'application/health+json, application/json', 'user-agent': 'infra-mesh-probe' },
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
  })
  const fail = (state: ProbeState, detail: string): void => resolve({ answer: null, state, detail })
  const failWith = (error: unknown): void => {
    const { state, detail } = explain(error, connected)
    fail(state, detail)
  }
  const onDeadline = (): void => {
    if (connected) fail('hanging', `no whole answer within ${deadlineMs} ms`)
    else fail('unreachable', `no connection within ${deadlineMs} ms`)
  }
  const onAbort = (): void => reject(signal?.reason)
  const timer = setTimeout(onDeadline, deadlineMs)
  signal?.addEventListener('abort', onAbort)

  asking.on('socket', socket => {
    socket.once('connect', () => {
      connected = true
    })
  })
  // Stays for good: a socket that is destroyed may still have an error to tell.
  asking.on('error', failWith)
  asking.on('close', () => {
    if (!answering) fail('protocol_error', 'the connection was closed without an answer')
  })
  asking.on('upgrade', (_response, socket) => {
    socket.destroy()
    fail('protocol_error', 'answered by another protocol (status 101)')
  })
  asking.on('response', response => {
    answering = true
    const { statusCode: status = 0, headers } = response
    collect(response)
      .then(body => {
        if (body === undefined) return fail('too_large', `longer than ${MAX_BODY_BYTES} bytes`)
        const answer = { status, contentType: headers['content-type'] ?? null, body }
        resolve({ answer, latencyMs: performance.now() - begun })
      })
      .catch(failWith)
  })
  asking.end()
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    asking.destroy()
  })
}

/** Reads a body up to the bound; `undefined` when there is more. Rejects when it breaks off. */
async function collect(response: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.byteLength
    if (length > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const NO_NAME = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']

function explain(error: unknown, connected: boolean): { state: ProbeState; detail: string } {
  const code = systemCode(error) ?? 'an unknown error'
  if (code === 'ECONNREFUSED') return { state: 'stopped', detail: 'connection refused' }
  if (code === 'HPE_HEADER_OVERFLOW')
    return { state: 'too_large', detail: `headers of more than ${MAX_HEADER_BYTES} bytes` }
  if (code.startsWith('HPE_')) return { state: 'protocol_error', detail: `not HTTP (${printable(code)})` }
  if (NO_NAME.includes(code)) return { state: 'unreachable', detail: `its name leads nowhere (${code})` }
  if (connected) return { state: 'protocol_error', detail: `the connection broke off (${printable(code)})` }
  return { state: 'unreachable', detail: `no connection (${printable(code)})` }
}
