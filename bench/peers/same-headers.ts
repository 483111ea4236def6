// A peer: Fastify with one route that returns a constant string of BODY_BYTES characters under the headers HEADERS, as
// JSON. What is between it and the bare one is the price of saying which registry an answer is from.

import { fastify } from 'fastify'

const body = 'x'.repeat(Number(process.env.BODY_BYTES))
const headers = JSON.parse(process.env.HEADERS ?? '{}') as Record<string, string>
const app = fastify()
app.get('/resolve/:org/:repo', (_request, reply) => reply.headers(headers).send(body))
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${address}\n`)
