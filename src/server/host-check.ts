// Exactly one Host. Node refuses a request without one but lets two pass and keeps the first, while a proxy in
// front may have kept the second: then the two do not agree on whom the request was for (RFC 9112 §3.2).

import { sendProblem } from './answer.ts'
import { problem } from './problems.ts'
import type { App, Parts } from './server.ts'

/** Refuses requests with several Host headers, and tells clients to reconnect elsewhere once the service drains. */
export function addHostCheck(app: Pick<App, 'addHook'>, lifecycle: Parts['lifecycle']): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (lifecycle.draining) reply.header('connection', 'close')
    if (countHosts(request.raw.rawHeaders) > 1) {
      sendProblem(request, reply, problem('bad_request', 'the request has more than one Host header'))
      return
    }
    done()
  })
}

function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  return hosts
}
