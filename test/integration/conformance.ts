// The running service, driven from schemas/openapi.json alone: requests are made of what the document says, valid and
// bent; every answer is held to it, status, code, headers and body; and all that it documents is reached. Worlds that
// no request can bring about (no registry, a drain, overload, a bug) are set up from outside.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { SAMPLE_REGISTRY } from '../../scripts/sample-registry.ts'
import { LOAD_CODES } from '../../src/live/load-result.ts'
import { ASSETS } from '../../src/page/assets.ts'
import { ask, Contract, hangUp, type Operation, type Parameter, type Request } from '../fixtures/contract.ts'
import { type World, world } from '../fixtures/server-world.ts'
import { chaos, dose, figures, startService } from '../fixtures/service.ts'

t.setTimeout(chaos ? 300_000 : 60_000)
t.teardown(hangUp)

const text = readFileSync(new URL('../../schemas/openapi.json', import.meta.url), 'utf8')
const contract = new Contract(text)
const reached = new Set<string>()

/** Asks, holds the answer to the document, and keeps what was reached. */
async function judge(port: number, request: Request): Promise<number> {
  const reply = await ask(port, request)
  try {
    reached.add(contract.judge(request, reply))
  } catch (error) {
    throw new Error(`${JSON.stringify(request)} is ${reply.status} ${reply.text.slice(0, 500)}`, {
      cause: error,
    })
  }
  return reply.status
}

/** A text that no parameter takes, and a name that is too long for any. */
const WRONG = '!'
const TOO_LONG = 'a'.repeat(101)

const choicesOf = ({ schema }: Parameter): string[] =>
  schema.enum ?? (schema.const === undefined ? [] : [schema.const])

/** What no example says: a page links to its assets, and a longer wait, or an empty one, is a wait indeed. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  file: [...ASSETS.keys()],
  wait: ['0', '1ms', '1.5ms2us', '1', '-1s', '1ms '],
}

const valuesOf = (name: string): readonly string[] => TOLD[name] ?? contract.valuesOf(name)

/** What a parameter may be given: what the examples give it, that bent, what its schema lists, and what it refuses. */
function candidatesOf(parameter: Parameter, more: readonly string[] = []): string[] {
  const given = valuesOf(parameter.name)
  const bent = given.flatMap(value => [`${value}x`, `x${value}`])
  const { maxLength } = parameter.schema
  const long = maxLength === undefined ? [] : ['a'.repeat(maxLength + 1)]
  return [...new Set([...given, ...bent, ...choicesOf(parameter), ...more, ...long, '9', WRONG])]
}

const fill = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? WRONG).replace('!', '%21'),
  )

/** Sets one parameter of a query. */
function withQuery(path: string, name: string, value: string): string {
  const url = new URL(path, 'http://localhost')
  url.searchParams.set(name, value)
  return url.pathname + url.search
}

/** The examples of an operation, and its bare path; where it has neither, its path with the names of other examples. */
function asIs({ template, samples, parameters }: Operation): readonly Request[] {
  if (template.includes('{') && samples.length > 0) return samples
  const names = parameters.filter(one => one.in === 'path').map(({ name }) => name)
  const path = fill(template, Object.fromEntries(names.map(name => [name, valuesOf(name)[0] ?? WRONG])))
  return [{ method: 'GET', path }, ...samples]
}

/** A request whose 304 is held back. */
const held = (path: string): Request => ({
  method: 'GET',
  path: withQuery(path, 'wait', '1ms'),
  headers: { 'if-none-match': '*' },
})

/** Every request that follows from an operation by bending its examples once, or two parameters of a query at a time. */
function* bend(operation: Operation, cursors: readonly string[]): Generator<Request> {
  const { template, parameters, media } = operation
  const of = (place: Parameter['in']) => parameters.filter(parameter => parameter.in === place)
  const bases = asIs(operation)
  if (of('query').some(({ name }) => name === 'wait')) yield held(bases[0]!.path)
  for (const base of bases) {
    yield base
    yield { ...base, method: 'HEAD' }
    yield { ...base, path: `${base.path}#x` }
    yield { ...base, content: 'x' }
    yield { ...base, path: withQuery(base.path, 'nobody_knows', '') }
    for (const accept of media) yield { ...base, headers: { ...base.headers, accept } }
    for (const { name } of of('header')) {
      for (const value of ['*', '"x"', '9'])
        yield { ...base, headers: { ...base.headers, [name.toLowerCase()]: value } }
    }
    for (const one of of('query')) {
      for (const value of candidatesOf(one, cursors)) {
        const path = withQuery(base.path, one.name, value)
        yield { ...base, path }
        for (const other of of('query').filter(({ required }) => required && !one.required && base.headers)) {
          for (const value of candidatesOf(other)) yield { ...base, path: withQuery(path, other.name, value) }
        }
      }
    }
  }
  const names = of('path')
  for (const { name } of names) {
    for (const value of [...candidatesOf(names[0]!), ...valuesOf(name), TOO_LONG]) {
      const others = Object.fromEntries(names.map(other => [other.name, valuesOf(other.name)[0] ?? WRONG]))
      yield { method: 'GET', path: fill(template, { ...others, [name]: value }) }
    }
  }
}

async function listen(t: Test, options: Parameters<typeof world>[1] = {}) {
  const at = await world(t, { registry: SAMPLE_REGISTRY, ...options })
  await at.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...at, port: (at.app.server.address() as AddressInfo).port }
}

const plain = contract.operations.flatMap(asIs)

t.test('all that is documented is reached', async t => {
  const idle = slowRequest(t, await listen(t))

  const other = await listen(t, { registry: SAMPLE_REGISTRY.replace('The registry', 'Another registry') })
  const page = await ask(other.port, { method: 'GET', path: '/repos?limit=1' })
  const cursors = [JSON.parse(page.text).next as string]

  const good = await listen(t)
  for (const operation of contract.operations) {
    for (const request of bend(operation, cursors)) await judge(good.port, request)
  }
  good.live.fail('registry_missing')
  for (const request of plain) await judge(good.port, request)
  good.lifecycle.draining = true
  for (const request of plain) await judge(good.port, request)

  const empty = await listen(t, { registry: null })
  for (const code of LOAD_CODES) {
    empty.live.fail(code)
    for (const request of plain) await judge(empty.port, request)
  }

  const broken = await listen(t, { broken: true })
  for (const { template } of contract.operations) {
    const path = fill(template, { org: 'a', repo: 'a', code: 'a', file: 'a' })
    await judge(broken.port, {
      method: 'GET',
      path: `${path}${path === '/telemetry-target' ? '?repo=a/a' : ''}`,
    })
  }

  for (const [method, path] of [
    ['GET', '/nowhere'],
    ['POST', '/registry'],
    ['GET', '/nowhere#x'],
    ['GET', `/orgs/${TOO_LONG}/`],
  ] as const) {
    await judge(empty.port, { method, path })
  }
  await judge(empty.port, { method: 'GET', path: '/nowhere', content: 'x' })
  await judge(empty.port, { method: 'POST', path: '/', headers: { padding: 'x'.repeat(9_000) } })

  const full = await listen(t, { maxWatchers: 0 })
  for (const request of [{ method: 'GET', path: '/events' }, held('/registry')]) {
    t.equal(await judge(full.port, request), 503, 'nobody else may wait')
  }

  // The overload is over after a second, which may not be enough for all of them.
  const nowhere = { id: 'Overloaded', first: { method: 'GET', path: '/nowhere' } }
  const shed = [...contract.operations.map(one => ({ id: one.id, first: asIs(one)[0]! })), nowhere]
  const unshed = () =>
    shed.filter(({ id }) => {
      const what = `${id} 503 overloaded`
      return contract.documented.has(what) && !reached.has(what)
    })
  // Those that wait for a change have been refused above, and for another reason.
  reached.delete('watchEvents 503 overloaded')
  reached.delete('getRegistry 503 overloaded')
  for (let left = unshed(); left.length > 0; left = unshed()) {
    await overload(good)
    for (const { first } of left) await judge(good.port, first)
  }
  await idle
  hangUp()

  const missed = [...contract.documented].filter(what => !reached.has(what))
  t.strictSame(missed, [], 'nothing is documented that cannot be had')
  t.comment(`${contract.documented.size} answers are documented`)
})

t.test('whatever is asked, nothing comes back that is not documented', async t => {
  const folder = t.testdir({ 'registry.json': SAMPLE_REGISTRY })
  const file = join(folder, 'registry.json')
  const loaded = await startService(t, { env: { INFRA_REGISTRY_FILE: file } })
  await loaded.logged(({ msg }) => msg === 'registry swapped')
  const bad = join(folder, 'bad.json')
  writeFileSync(bad, SAMPLE_REGISTRY.slice(0, 200))
  const empty = await startService(t, { env: { INFRA_REGISTRY_FILE: bad } })
  await empty.logged(({ msg }) => msg === 'registry refused')
  const degraded = await listen(t)
  degraded.live.fail('registry_invalid')
  degraded.live.ageS = 7
  const ports = { loaded: loaded.port, empty: empty.port, degraded: degraded.port }

  const runs = dose('CONFORMANCE', 1_500, 20_000)
  const statuses = new Map<number, number>()
  const property = fc.asyncProperty(
    fc.constantFrom('loaded', 'loaded', 'loaded', 'empty', 'degraded'),
    requests,
    async (kind: keyof typeof ports, request) => {
      const status = await judge(ports[kind], request)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      assert.ok(status < 500 || (kind === 'empty' && status === 503), `${kind}: ${status}`)
    },
  )
  await fc.assert(property, { numRuns: runs })
  for (const status of [200, 304, 400, 403, 404, 405, 406, 412, 413, 414, 503]) {
    t.ok((statuses.get(status) ?? 0) > runs / 1_000, `${status} came often enough for this to mean something`)
  }
  const count = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => [String(status), times])
  figures(t, 'conformance', { requests: runs, undocumented: 0, ...Object.fromEntries(count) })
})

/** What is near to the document, and noise. */
const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map(noise => encodeURIComponent(noise.toWellFormed())),
  fc.constantFrom('', '%ff', '%', '..', '.', '%2F', '+', '__proto__', 'constructor', WRONG, TOO_LONG, '%00'),
)
const likely = (parameter: Parameter) => {
  const candidate = fc.constantFrom(...candidatesOf(parameter).map(encodeURIComponent))
  // Noise may be empty, which is half a minute.
  if (parameter.name === 'wait') return candidate
  return fc.oneof({ weight: 8, arbitrary: candidate }, { weight: 1, arbitrary: wild })
}
const given = (parameter: Parameter) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom(...[...valuesOf(parameter.name), WRONG, TOO_LONG].map(encodeURIComponent)),
    },
    { weight: 2, arbitrary: likely(parameter) },
  )

/** What a field mostly says, so that many requests pass it. */
const usual = (name: string): string[] =>
  name === 'Infra-Schema-Version' ? Array(5).fill('2.0') : ['*', '*', '*']

const accept = fc.constantFrom(
  ...new Set(contract.operations.flatMap(({ media }) => media)),
  '*/*',
  'text/*;q=0.5, application/json;q=0.1',
  'image/png',
  ',;q',
)
const fields = (operation: Operation) =>
  fc.record(
    {
      accept,
      ...Object.fromEntries(
        operation.parameters
          .filter(parameter => parameter.in === 'header')
          .map(({ name }) => [
            name.toLowerCase(),
            fc.constantFrom(...usual(name), '*', '"x"', 'W/"x", "y"', '9', 'x"'),
          ]),
      ),
    },
    { requiredKeys: [] },
  )

const rarely = (weight: number, usual: fc.Arbitrary<string>, rare: fc.Arbitrary<string>) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: rare })

const ofOperation = (operation: Operation): fc.Arbitrary<Request> => {
  const { template, parameters } = operation
  const path = fc.tuple(...parameters.filter(one => one.in === 'path').map(one => given(one))).map(values => {
    let at = 0
    return template.replaceAll(/\{\w+\}/g, () => values[at++]!)
  })
  const known = parameters.filter(one => one.in === 'query')
  const pair = fc.oneof(
    { weight: 1, arbitrary: fc.tuple(wild, wild).map(([name, value]) => `${name}=${value}`) },
    ...known.map(one => ({ weight: 3, arbitrary: likely(one).map(value => `${one.name}=${value}`) })),
  )
  const needed = fc.tuple(
    ...known.filter(({ required }) => required).map(one => given(one).map(value => `${one.name}=${value}`)),
  )
  const query = fc
    .tuple(rarelyLeftOut(needed), fc.oneof(fc.constant([]), fc.array(pair, { maxLength: 2 })))
    .map(([must, may]) => [...must, ...may].join('&'))
  return fc
    .record({
      method: rarely(
        9,
        fc.constantFrom('GET', 'GET', 'GET', 'HEAD'),
        fc.constantFrom('POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'PROPFIND'),
      ),
      path: rarely(
        30,
        path,
        wild.map(noise => `/${noise}`),
      ),
      query,
      end: rarely(40, fc.constant(''), fc.constantFrom('#x', '/', '?')),
      headers: fc.oneof(fc.constant({}), fields(operation)),
      content: rarely(30, fc.constant(''), fc.constant('x')),
    })
    .map(({ path, query, end, content, ...rest }) => ({
      ...rest,
      path: `${path}${query === '' ? '' : `?${query}`}${end}`,
      ...(content !== '' && { content }),
    }))
}

function rarelyLeftOut(needed: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> {
  return fc.oneof({ weight: 9, arbitrary: needed }, { weight: 1, arbitrary: fc.constant<string[]>([]) })
}

const requests = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(...contract.operations.map(ofOperation)) },
  { weight: 2, arbitrary: fc.constantFrom(...plain) },
)

/** Keeps the loop of this process, which is that of its services too, from turning until they notice. */
async function overload({ get }: World): Promise<void> {
  while ((await get('/nowhere')).code !== 'overloaded') {
    const end = performance.now() + 1_200
    while (performance.now() < end);
    await new Promise(done => setImmediate(done))
  }
}

/** Sends half a request, and takes the answer to a client that is too slow. */
async function slowRequest(t: Test, { port }: { port: number }): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('POST / HTTP/1.1\r\nHost: a\r\n')
  let bytes = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    bytes += chunk
  })
  await once(socket, 'close')
  if (bytes === '') return
  const [head, body] = bytes.split('\r\n\r\n') as [string, string]
  const [line, ...rest] = head.split('\r\n')
  const headers = Object.fromEntries(rest.map(field => field.toLowerCase().split(': ') as [string, string]))
  const reply = { status: Number(line!.split(' ')[1]), headers, text: body }
  reached.add(contract.judge({ method: 'POST', path: '/' }, reply))
}
