// What an engine is told of a repository: each outcome whole, each lie found, and nothing taken for "not registered" but
// what the service says in so many words.

import t from 'tap'
import {
  die,
  type Front,
  frontWorld,
  half,
  hang,
  type Mood,
  pass,
  say,
  sayProblem,
  spoil,
  stall,
} from '../fixtures/client-world.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'

const HTML = { 'content-type': 'text/html' }
const JSON_TYPE = { 'content-type': 'application/json' }
const FOREIGN = 'f'.repeat(64)

const marksOf = ({ live }: Front) => ({
  'infra-registry-revision': live.snapshot!.info.revision,
  'infra-schema-version': '2.0',
})

t.test('each outcome has its own fields and no others', async t => {
  const front = await frontWorld(t)
  const { revision } = front.live.snapshot!.info
  const fresh = { revision, ageSeconds: 0, degraded: false }
  t.strictSame(await front.client.resolve('ACME-works', 'APP'), {
    outcome: 'registered',
    org: 'Acme-Works',
    repo: 'app',
    state: 'enabled',
    context: 'production',
    telemetryRepo: 'Acme-Works/telemetry',
    process: 'infra-cli',
    reason: 'why app is as it is, "quoted" – dashed',
    ...fresh,
    stale: false,
  })
  t.strictSame(await front.client.resolve('Acme-Works', 'silent'), {
    outcome: 'disabled',
    org: 'Acme-Works',
    repo: 'silent',
    state: 'disabled',
    context: 'sandbox',
    telemetryRepo: 'Acme-Works/telemetry',
    process: 'infra-cli',
    reason: '',
    ...fresh,
    stale: false,
  })
  t.match(await front.client.resolve('Acme-Works', 'constructor'), {
    outcome: 'not-registered',
    missing: 'repository',
    detail: /is not in the registry/,
    ...fresh,
  })
  t.match(await front.client.resolve('nobody', 'app'), { outcome: 'not-registered', missing: 'organisation' })
  const missing = await front.client.resolve('nobody', 'app')
  t.strictSame(Object.keys(missing).sort(), 'ageSeconds degraded detail missing outcome revision'.split(' '))
})

t.test('what the service says of itself is passed on', async t => {
  const front = await frontWorld(t)
  front.live.fail('seal_invalid')
  front.live.ageS = 93
  t.match(await front.client.resolve('k', 'k'), {
    outcome: 'registered',
    ageSeconds: 93,
    degraded: true,
    stale: false,
  })
  front.live.snapshot = undefined
  t.match(await front.client.resolve('k', 'k'), {
    outcome: 'untrusted',
    code: 'seal_invalid',
    detail: /of a test/,
  })
  front.live.fail('pin_unknown')
  t.match(await front.client.resolve('k', 'k'), { outcome: 'untrusted', code: 'pin_unknown' })
  front.live.fail('rollback_refused')
  t.match(await front.client.resolve('k', 'k'), { outcome: 'untrusted', code: 'pin_invalid' })
  t.equal(front.asked.length, 4, 'what is not trusted is not asked for again')
  front.live.fail('registry_invalid')
  t.strictSame(await front.client.resolve('k', 'k', { deadlineMs: 60_000 }), {
    outcome: 'unavailable',
    code: 'registry_invalid',
    detail: 'a registry_invalid of a test',
    attempts: 3,
    retryAfterSeconds: 2,
  })
})

t.test('nothing that somebody else says is an answer', async t => {
  const document = (front: Front): string =>
    JSON.stringify({
      type: '/problems/repo_not_registered',
      title: 'x',
      status: 404,
      detail: 'x',
      instance: '/resolve/k/unknown',
      code: 'repo_not_registered',
      registry: marksOf(front),
    })
  const cases: Readonly<Record<string, readonly [mood: (front: Front) => Mood, code: string]>> = {
    'a page of a proxy': [() => say(404, HTML, '<h1>Not Found</h1>'), 'foreign_answer'],
    'a page with our marks': [front => say(404, { ...HTML, ...marksOf(front) }, '<h1>'), 'foreign_answer'],
    'a login page': [() => say(200, HTML, '<form>'), 'foreign_answer'],
    'JSON of another service': [() => say(404, JSON_TYPE, '{"message":"Not Found"}'), 'foreign_answer'],
    'JSON of another service that is well': [
      () => say(200, JSON_TYPE, '{"org":"k","repo":"unknown"}'),
      'foreign_answer',
    ],
    'our words without our marks': [() => sayProblem(404, 'repo_not_registered'), 'foreign_answer'],
    'our words as plain JSON': [
      front => say(404, { ...JSON_TYPE, ...marksOf(front) }, document(front)),
      'foreign_answer',
    ],
    'our words under 200': [spoilHead(200), 'foreign_answer'],
    'our words under 410': [spoilHead(410), 'foreign_answer'],
    'our words under 403': [spoilHead(403), 'refused'],
    'our words under 500': [spoilHead(500), 'server_error'],
    'our words with half a revision': [
      front =>
        sayProblem(404, 'repo_not_registered', { ...marksOf(front), 'infra-registry-revision': 'abc' }),
      'foreign_answer',
    ],
    'another problem of ours': [
      front => sayProblem(404, 'route_not_found', marksOf(front)),
      'foreign_answer',
    ],
    'a problem that is not ours': [front => sayProblem(404, 'not_found', marksOf(front)), 'foreign_answer'],
    'a redirect': [() => say(302, { location: '/resolve/k/k' }), 'foreign_answer'],
    'no content': [() => say(204), 'foreign_answer'],
    'a teapot': [() => say(418), 'foreign_answer'],
    'a 401': [() => say(401, HTML), 'refused'],
    'a 429': [() => say(429), 'rate_limited'],
    'a 502': [() => say(502, HTML, '<h1>'), 'server_error'],
    'a 503 of a proxy': [() => say(503, HTML, '<h1>'), 'server_error'],
    'a cut connection': [() => die, 'network'],
    'half an answer': [() => half, 'network'],
    silence: [() => hang, 'deadline'],
    'half an answer and silence': [() => stall, 'deadline'],
    'an unasked 304': [front => say(304, { ...marksOf(front), etag: '"x"' }), ''],
    'a 304 of a proxy': [() => say(304, { etag: '"x"' }), 'foreign_answer'],
    'an overload': [() => sayProblem(503, 'overloaded'), 'overloaded'],
    'a farewell': [() => sayProblem(503, 'shutting_down'), 'shutting_down'],
  }
  const front = await frontWorld(t)
  for (const [name, [mood, code]] of Object.entries(cases)) {
    const client = front.connect()
    front.moods.push(mood(front), mood(front), mood(front))
    const answer = await client.resolve('k', 'unknown')
    if (code === '') t.match(answer, { outcome: 'untrusted', code: 'bad_shape' }, name)
    else t.match(answer, { outcome: 'unavailable', code }, name)
    t.equal(front.clock.waiting, 0, `${name}: no timer is left`)
    front.moods.length = 0
  }
})

/** The genuine "not registered", under another status line. */
function spoilHead(status: number): () => Mood {
  return () => spoil(() => ({ status }))
}

t.test('an answer that contradicts itself is not trusted', async t => {
  const edit = (change: (body: Record<string, unknown>) => object): Mood =>
    spoil(({ text }) => {
      const body = JSON.parse(text) as Record<string, unknown>
      return { text: JSON.stringify({ ...body, ...change(body) }) }
    })
  const head = (name: string, value: string): Mood =>
    spoil(({ headers }) => ({ headers: { ...headers, [name]: value } }))
  const cases: Readonly<Record<string, readonly [mood: Mood, code: string]>> = {
    'another revision in the head': [head('infra-registry-revision', FOREIGN), 'revision_mismatch'],
    'another revision in the body': [
      edit(body => ({ registry: { ...(body.registry as object), revision: FOREIGN } })),
      'revision_mismatch',
    ],
    'no registry in the body': [edit(() => ({ registry: undefined })), 'bad_shape'],
    'another repository': [edit(() => ({ repo: 'other' })), 'wrong_subject'],
    'another organisation': [edit(() => ({ org: 'other', telemetry_repo: 'other/t' })), 'wrong_subject'],
    'an unknown version': [head('infra-schema-version', '3.0'), 'schema_version_unknown'],
    'an age that is none': [head('age', '-1'), 'bad_shape'],
    'an unknown state': [edit(() => ({ state: 'paused' })), 'bad_shape'],
    'a state from the prototype': [edit(() => ({ state: 'toString' })), 'bad_shape'],
    'an unknown context': [edit(() => ({ context: 'staging' })), 'bad_shape'],
    'no reason': [edit(() => ({ reason: undefined })), 'bad_shape'],
    'telemetry of another organisation': [edit(() => ({ telemetry_repo: 'evil/t' })), 'bad_shape'],
    'telemetry with a path': [edit(() => ({ telemetry_repo: 'k/t/../..' })), 'bad_shape'],
    'no name': [edit(() => ({ org: ['k'] })), 'bad_shape'],
    'an array': [spoil(() => ({ text: '[]' })), 'bad_shape'],
    'a null': [spoil(() => ({ text: 'null' })), 'bad_shape'],
    nothing: [spoil(() => ({ text: '' })), 'bad_shape'],
    'truncated JSON': [spoil(({ text }) => ({ text: text.slice(0, -20) })), 'bad_shape'],
  }
  const front = await frontWorld(t)
  for (const [name, [mood, code]] of Object.entries(cases)) {
    const client = front.connect()
    front.moods.push(mood)
    t.match(await client.resolve('k', 'k'), { outcome: 'untrusted', code }, name)
    t.equal(front.asked.length % 2, 1, 'and is not asked for again')
    t.match(await client.resolve('k', 'k'), { outcome: 'registered' })
  }

  for (const other of ['/k/other', '/k/unknown-too']) {
    front.moods.push(spoil(({ text }) => ({ text: text.replaceAll('/k/unknown', other) })))
    t.match(
      await front.client.resolve('k', 'unknown'),
      { outcome: 'untrusted', code: 'wrong_subject' },
      `nor of another path, such as ${other}`,
    )
  }
  front.moods.push(spoil(({ headers }) => ({ headers: { ...headers, 'infra-schema-version': '2.1' } })))
  t.match(await front.client.resolve('k', 'unknown'), {
    outcome: 'untrusted',
    code: 'schema_version_unknown',
  })
  front.moods.push(sayProblem(403, 'repo_disabled', marksOf(front)))
  t.match(
    await front.client.resolve('k', 'k'),
    { outcome: 'untrusted', code: 'bad_shape' },
    'a refusal that was not asked for',
  )
})

t.test('members that are not known are passed over', async t => {
  const front = await frontWorld(t)
  front.moods.push(spoil(({ text }) => ({ text: `{"since":"2030",${text.slice(1)}` })))
  t.match(await front.client.resolve('k', 'k'), { outcome: 'registered', since: undefined })
})

t.test('a name that would be another address is never asked for', async t => {
  const front = await frontWorld(t)
  for (const name of ['', '.', '..', 'a/b', 'a?b', 'a#b', '%2e%2e', 'a b', 'ä', '\ud800', 'x'.repeat(101)]) {
    await t.rejects(front.client.resolve('k', name), { code: 'CLIENT_BAD_NAME' }, JSON.stringify(name))
    await t.rejects(front.client.telemetryTarget(name, 'k'), { code: 'CLIENT_BAD_NAME' })
  }
  t.equal(front.asked.length, 0)
  for (const name of ['x.git', '-k'])
    await t.rejects(
      front.client.resolve(name, 'k'),
      { code: 'CLIENT_BAD_NAME' },
      `${name}, as the service says`,
    )
  t.match(await front.client.resolve('k', '__proto__'), { outcome: 'not-registered' })
})

t.test('a service behind a path is found, and one that sees the path too', async t => {
  const front = await frontWorld(t)
  const proxied = front.connect({ url: `${front.url}/infra/` })
  const strip: Mood = async (_front, request, response) => {
    request.url = request.url!.replace('/infra', '')
    return pass(front, request, response)
  }
  front.moods.push(strip, strip, async (_front, request, response) => {
    const path = request.url!
    request.url = path.replace('/infra', '')
    return spoil(({ text }) => ({ text: text.replace('"instance":"', '"instance":"/infra') }))(
      front,
      request,
      response,
    )
  })
  t.match(await proxied.resolve('k', 'k'), { outcome: 'registered' })
  t.match(await proxied.resolve('k', 'nope'), { outcome: 'not-registered' })
  t.match(await proxied.resolve('k', 'nope'), { outcome: 'not-registered' })
  t.match(
    front.asked.map(({ path }) => path),
    ['/infra/resolve/k/k', '/infra/resolve/k/nope'],
  )
})

t.test('the answer follows the registry', async t => {
  const front = await frontWorld(t)
  t.match(await front.client.resolve('k', 'k'), { outcome: 'registered' })
  front.live.snapshot = snapshotOf(registryText({ 'k/k': 'disabled sandbox' }))
  const { revision } = front.live.snapshot.info
  t.match(await front.client.resolve('k', 'k'), { outcome: 'disabled', context: 'sandbox', revision })
  front.live.snapshot = snapshotOf(registryText({ 'k/other': 'disabled sandbox' }))
  t.match(await front.client.resolve('k', 'k'), { outcome: 'not-registered', missing: 'repository' })
})
