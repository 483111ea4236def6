// A peer: Fastify with one route that returns a constant string of BODY_BYTES characters, and nothing else.

import { fastify } from 'fastify'

const body = 'x'.repeat(Number(process.env.BODY_BYTES))
const app = fastify()
app.get('/resolve/:org/:repo', (_request, reply) => reply.send(body))
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${address}\n`)
