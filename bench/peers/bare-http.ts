// A peer: `node:http` that answers everything with a constant string of BODY_BYTES characters.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = 'x'.repeat(Number(process.env.BODY_BYTES))
const server = createServer((_request, response) => response.end(body))
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
