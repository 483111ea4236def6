import { EventEmitter } from 'node:events'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import t from 'tap'
import type { Snapshot } from '../../src/registry/snapshot.ts'
import { measured, measureRoute } from '../../src/server/measure.ts'
import { createMeters, openMeters } from '../../src/server/meters.ts'
import { FakeLive, registryText, snapshotOf } from '../fixtures/server-world.ts'

class Raw extends EventEmitter {
  statusCode = 200
  headersSent = false
  writableEnded = false

  end(status: number): void {
    this.statusCode = status
    this.headersSent = true
    this.writableEnded = true
  }
}

interface World {
  readonly raw: Raw
  /** Calls the measured handler. */
  call(request?: object): unknown
  /** Answers by route and class, those that are none left out. */
  counts(): Record<string, number>
  outcomes(): Record<string, number>
}

function world(url: string, answer: (raw: Raw) => unknown, snapshot?: Snapshot): World {
  const meters = openMeters(createMeters(1), 0)
  const raw = new Raw()
  const route = { url, handler: () => answer(raw) } as unknown as RouteOptions
  measureRoute(route, { meters, live: new FakeLive(snapshot) })
  const handler = route.handler as (this: unknown, ...args: unknown[]) => unknown
  return {
    raw,
    call: (request = {}) =>
      handler.call({}, { query: {}, headers: {}, routeOptions: { url }, ...request }, { raw }),
    counts: () =>
      Object.fromEntries(
        meters
          .read()
          .routes.flatMap(({ route, classes }) =>
            classes.map(({ count }, n) => [`${route} ${n + 2}xx`, count] as const),
          )
          .filter(([, count]) => count > 0),
      ),
    outcomes: () => Object.fromEntries(meters.read().outcomes.filter(([, count]) => count > 0)),
  }
}

t.test('an answer that is made at once is counted at once', async t => {
  for (const [status, name] of [
    [200, '/repos 2xx'],
    [304, '/repos 3xx'],
    [410, '/repos 4xx'],
    [503, '/repos 5xx'],
  ] as const) {
    const { raw, call, counts } = world('/repos', raw => raw.end(status))
    call()
    t.strictSame(counts(), { [name]: 1 })
    raw.emit('close')
    t.strictSame(counts(), { [name]: 1 }, 'and once')
  }
})

t.test('what the handler gives back, the framework gets', async t => {
  const given = {}
  t.equal(
    world('/repos', raw => {
      raw.end(200)
      return given
    }).call(),
    given,
  )
  const handler: RouteHandlerMethod = function (this: unknown, request, reply) {
    ;(reply.raw as unknown as Raw).end(200)
    return [this, request, reply]
  }
  const meters = openMeters(createMeters(1), 0)
  const parts = [{}, {}, { raw: new Raw() }] as const
  const got = measured(handler, meters, meters.other).call(
    parts[0] as never,
    parts[1] as FastifyRequest,
    parts[2] as unknown as FastifyReply,
  )
  t.strictSame(got, parts)
})

t.test('an answer that is made later is counted when it is over', async t => {
  const { raw, call, counts } = world('/repos', () => Promise.resolve())
  call()
  t.strictSame(counts(), {})
  raw.end(404)
  raw.emit('close')
  t.strictSame(counts(), { '/repos 4xx': 1 })
})

t.test('a caller that leaves before its answer begins had none', async t => {
  const { raw, call, counts } = world('/repos', () => Promise.resolve())
  call()
  raw.emit('close')
  t.strictSame(counts(), {})
})

t.test('a caller that asked to wait does not count as one that was kept waiting', async t => {
  for (const [url, request] of [
    ['/resolve/:org/:repo', { query: { wait: '30s' } }],
    ['/registry', { headers: { prefer: 'wait=30' } }],
    ['/events', {}],
  ] as const) {
    const { raw, call, counts } = world(url, () => undefined)
    call(request)
    raw.end(200)
    raw.emit('close')
    t.strictSame(counts(), { 'waiting 2xx': 1 }, url)
  }
  const { call, counts } = world('/registry', raw => raw.end(200))
  call({ query: { wait: '30s' } })
  t.strictSame(counts(), { '/registry 2xx': 1 }, 'unless it had not to')
})

t.test('a handler that throws is counted by what is answered for it', async t => {
  const error = new Error('a bug')
  const { raw, call, counts } = world('/repos', () => {
    throw error
  })
  t.throws(call, error)
  raw.end(500)
  raw.emit('close')
  t.strictSame(counts(), { '/repos 5xx': 1 })
})

t.test('nothing loaded is an outcome of a question for one repository, and of no other', async t => {
  const unavailable = (url: string, status: number, snapshot?: Snapshot) => {
    const { call, outcomes } = world(url, raw => raw.end(status), snapshot)
    call()
    return outcomes()
  }
  for (const url of [
    '/resolve/:org/:repo',
    '/telemetry-target/:org/:repo',
    '/telemetry-target',
    '/infra-resolution/:org/:repo',
  ]) {
    t.strictSame(unavailable(url, 503), { unavailable: 1 }, url)
    t.strictSame(unavailable(url, 404), {}, url)
    t.strictSame(unavailable(url, 503, snapshotOf(registryText())), {}, `${url}: no room is another reason`)
  }
  for (const url of ['/telemetry-target/:org', '/repos', '/readyz'])
    t.strictSame(unavailable(url, 503), {}, url)
})
