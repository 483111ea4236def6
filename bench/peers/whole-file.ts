// A peer: a server that answers everything with the content of FILE, from memory. What a caller does without a service:
// fetch the whole registry, parse it, and look for one entry.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const content = readFileSync(process.env.FILE!)
const headers = { 'content-type': 'application/json', 'content-length': content.byteLength }
const server = createServer((_request, response) => response.writeHead(200, headers).end(content))
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
