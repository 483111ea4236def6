import { EventEmitter, once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { REPO_100, REPOS, registryText, snapshotOf, type World, world } from '../../fixtures/server-world.ts'

const NAMES = Object.keys(REPOS)
const LISTS = ['/repos', '/orgs', '/telemetry-repos'] as const
const namesOf = (json: { items: { org: string; repo?: string }[] }) =>
  json.items.map(({ org, repo }) => (repo === undefined ? org : `${org}/${repo}`))

/** Walks a list by its Link header and returns the answers. */
async function walk({ get }: World, url: string) {
  const pages = [await get(url)]
  for (let link = pages[0]!.headers.link; link !== undefined; link = pages.at(-1)!.headers.link) {
    const next = /^<([^>]+)>; rel="next"$/.exec(String(link))![1]!
    pages.push(await get(next))
  }
  return pages
}

t.test('/repos', async t => {
  const { get } = await world(t)
  const { json, headers } = await get('/repos')
  t.strictSame(namesOf(json), NAMES, 'lists all, in registry order')
  t.strictSame([json.total, json.next, headers.link], [NAMES.length, null, undefined], 'on one page')
  const { registry, ...entry } = (await get('/resolve/Acme-Works/app')).json
  t.strictSame(json.items[0], entry, 'with the members of /resolve')
  t.strictSame(json.registry, registry)
})

t.test('/orgs and /telemetry-repos', async t => {
  const { get } = await world(t)
  for (const url of ['/orgs', '/telemetry-repos']) {
    const { json } = await get(url)
    t.strictSame(namesOf(json), ['Acme-Works', 'beta_corp', 'k'])
    t.strictSame(
      json.items[0],
      {
        org: 'Acme-Works',
        telemetry_repo: 'Acme-Works/telemetry',
        repos: { total: 5, enabled: { sandbox: 1, production: 2 }, disabled: { sandbox: 1, production: 1 } },
      },
      `${url} counts by state and context`,
    )
  }
})

t.test('/orgs/:org', async t => {
  const { get } = await world(t)
  const { json } = await get('/orgs/ACME-works')
  const { registry, ...org } = json
  t.strictSame(org, (await get('/orgs')).json.items[0], 'is the item of the list')
  t.ok(registry.revision)
  t.equal((await get('/orgs/nobody')).code, 'org_not_registered')
})

t.test('a filter', async t => {
  const { get } = await world(t)
  for (const [query, want] of [
    ['org=ACME-WORKS', NAMES.slice(0, 5)],
    ['org=nobody', []],
    ['state=disabled', ['Acme-Works/old', 'Acme-Works/silent']],
    ['state=enabled&context=sandbox', ['Acme-Works/App.Sandbox_2', 'beta_corp/two']],
    ['context=production&org=beta_corp', ['beta_corp/one']],
    ['q=APP', ['Acme-Works/app', 'Acme-Works/App.Sandbox_2']],
    ['q=works/o', ['Acme-Works/old']],
    ['q=s/S', ['Acme-Works/silent']],
    ['q=nothing', []],
    [`q=${REPO_100}`, [`Acme-Works/${REPO_100}`]],
  ] as const) {
    const { status, json } = await get(`/repos?${query}`)
    t.strictSame([status, namesOf(json), json.total], [200, [...want], want.length], `/repos?${query}`)
  }
  for (const [url, want] of [
    ['/orgs?state=disabled', ['Acme-Works']],
    ['/orgs?context=sandbox', ['Acme-Works', 'beta_corp']],
    ['/orgs?q=K', ['Acme-Works', 'k']],
    ['/telemetry-repos?q=k/t', ['k']],
    ['/telemetry-repos?org=K', ['k']],
    ['/orgs?q=telemetry', []],
  ] as const) {
    t.strictSame(namesOf((await get(url)).json), want, url)
  }
  for (const list of LISTS) {
    for (const query of [
      'state=',
      'state=Enabled',
      'state=absent',
      'context=prod',
      'q=',
      'q=%00',
      'q=a%20b',
      'q=%E2%84%AA',
      `q=${'a'.repeat(141)}`,
    ]) {
      t.equal((await get(`${list}?${query}`)).code, 'invalid_query', `${list}?${query.slice(0, 20)}`)
    }
  }
})

t.test('the limit', async t => {
  const { get } = await world(t)
  for (const list of LISTS) {
    for (const limit of [
      '0',
      '-1',
      '1001',
      '01',
      '+1',
      '1.0',
      '1e2',
      '',
      '0x1',
      '9'.repeat(30),
      'Infinity',
      '%201',
    ]) {
      t.equal((await get(`${list}?limit=${limit}`)).code, 'invalid_query', `${list}?limit=${limit}`)
    }
    t.equal((await get(`${list}?limit=1`)).json.items.length, 1)
    t.equal((await get(`${list}?limit=1000`)).json.next, null)
  }
  const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`many/r${i}`, 'enabled sandbox']))
  const { get: ask } = await world(t, { registry: registryText(many) })
  t.match(
    (await ask('/repos')).json,
    { total: 1_001, items: { length: 100 }, next: String },
    'is 100 by default',
  )
  t.match(
    (await ask('/repos?limit=1000')).json,
    { total: 1_001, items: { length: 1_000 }, next: String },
    'is 1,000 at most',
  )
})

t.test('a walk along the Link headers', async t => {
  const at = await world(t)
  for (const limit of [1, 2, 3, 7, 8, 9]) {
    for (const query of ['', '&state=enabled', '&org=acme-works&q=S', '&schema_version=2.0']) {
      const whole = namesOf((await at.get(`/repos?${query.slice(1)}`)).json)
      const pages = await walk(at, `/repos?limit=${limit}${query}`)
      t.strictSame(
        pages.flatMap(({ json }) => namesOf(json)),
        whole,
        `${limit} at a time${query}: each item once, in order`,
      )
      t.equal(pages.length, Math.max(1, Math.ceil(whole.length / limit)), 'without an empty page')
      for (const { json, headers } of pages) {
        t.equal(json.total, whole.length, 'the total on every page')
        t.equal(json.next === null, headers.link === undefined, 'Link and next agree')
        if (json.next !== null)
          t.equal(
            new URL(String(headers.link).slice(1).split('>')[0]!, 'http://x').searchParams.get('cursor'),
            json.next,
          )
      }
    }
  }
  for (const list of LISTS.slice(1)) {
    t.strictSame(
      (await walk(at, `${list}?limit=1`)).flatMap(({ json }) => namesOf(json)),
      ['Acme-Works', 'beta_corp', 'k'],
    )
  }
})

t.test('a cursor', async t => {
  const at = await world(t)
  const { get, live } = at
  const cursor = async (url: string): Promise<string> => (await get(url)).json.next
  const next = await cursor('/repos?limit=2&state=enabled')
  t.test('serves any limit', async t => {
    t.equal((await get(`/repos?limit=1&state=enabled&cursor=${next}`)).json.items[0].repo, REPO_100)
  })
  t.test('serves a name in any case', async t => {
    const named = await cursor('/repos?limit=1&org=acme-works')
    t.equal((await get(`/repos?org=ACME-WORKS&cursor=${named}`)).status, 200)
  })
  t.test('of other filters or another list is refused', async t => {
    for (const url of [
      '/repos?',
      '/repos?state=disabled&',
      '/repos?state=enabled&q=a&',
      '/orgs?state=enabled&',
      '/telemetry-repos?state=enabled&',
    ]) {
      const { status, code } = await get(`${url}cursor=${next}`)
      t.strictSame([status, code], [400, 'invalid_query'], url)
    }
  })
  t.test('that this service did not give is refused', async t => {
    const text = Buffer.from(next, 'base64url').toString()
    for (const forged of [
      'A',
      'AAAA',
      '_',
      next.slice(1),
      `${next}A`,
      next.slice(0, -1),
      ...[
        `${text}x`,
        text.replace(/\d+$/, '-1'),
        text.replace(/\d+$/, '01'),
        text.replace(/\d+$/, '1e3'),
        text.toUpperCase(),
      ].map(other => Buffer.from(other).toString('base64url')),
    ]) {
      t.equal((await get(`/repos?state=enabled&cursor=${forged}`)).status, 400, forged)
    }
    for (const bad of ['', 'a b', 'a/b', `${next}=`, 'é', 'A'.repeat(65)]) {
      t.equal(
        (await get(`/repos?state=enabled&cursor=${encodeURIComponent(bad)}`)).code,
        'invalid_query',
        bad.slice(0, 9),
      )
    }
  })
  t.test('past the end is an empty page with the same total', async t => {
    const far = Buffer.from(Buffer.from(next, 'base64url').toString().replace(/\d+$/, '9999999999')).toString(
      'base64url',
    )
    t.match((await get(`/repos?state=enabled&cursor=${far}`)).json, { total: 6, items: [], next: null })
  })
  t.test('of a revision that is no longer served is gone', async t => {
    live.snapshot = snapshotOf(registryText(REPOS, 'the next revision'))
    for (const url of ['/repos?state=enabled&', '/repos?', '/orgs?']) {
      const { status, code } = await get(`${url}cursor=${next}`)
      t.strictSame([status, code], [410, 'revision_gone'], url)
    }
    t.equal((await get('/repos?limit=2&state=enabled')).status, 200, 'and the list can be begun again')
  })
  t.test('without a registry is a question without an answer', async t => {
    live.snapshot = undefined
    t.equal((await get(`/repos?state=enabled&cursor=${next}`)).code, 'registry_not_loaded')
  })
})

t.test('a registry without a repository is an empty list, and says so with its revision', async t => {
  const { get } = await world(t, { registry: registryText({}) })
  for (const list of LISTS) {
    const { status, json, headers } = await get(list)
    t.match(
      [status, json],
      [200, { total: 0, items: [], next: null, registry: { revision: /^[0-9a-f]{64}$/ } }],
      list,
    )
    t.ok(headers['infra-registry-revision'])
  }
})

/** A snapshot whose lists of repositories never end, and that notes when they are given up. */
function endless() {
  const state = { begun: 0, steps: 0, ended: 0 }
  const given = new EventEmitter()
  const snapshot = snapshotOf(registryText())
  snapshot.repos = function* () {
    state.begun += 1
    given.emit('begun')
    try {
      for (;;) {
        state.steps += 1
        yield
      }
    } finally {
      state.ended += 1
      given.emit('ended')
    }
  }
  return { state, given, snapshot }
}

t.test('a list that takes its time', async t => {
  t.test('is of the registry that was served when it was asked for', async t => {
    const { get, live } = await world(t)
    const old = live.snapshot!
    const asked = get('/repos?q=a')
    const other = get('/repos?limit=1')
    await new Promise(resolve => setImmediate(resolve))
    live.snapshot = snapshotOf(registryText({ 'next/only': 'enabled sandbox' }, 'next'))
    const { json, headers } = await asked
    t.equal(headers['infra-registry-revision'], old.info.revision)
    t.equal(json.registry.revision, old.info.revision)
    t.equal(json.total, NAMES.filter(name => name.toLowerCase().includes('a')).length)
    t.equal((await other).json.total, NAMES.length)
    t.strictSame(namesOf((await get('/repos')).json), ['next/only'])
  })

  t.test('holds up nobody else, and ends when its connection does', async t => {
    const { app, live, get } = await world(t)
    const { state, given, snapshot } = endless()
    live.snapshot = snapshot
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    const [begun, ended] = [once(given, 'begun'), once(given, 'ended')]
    socket.write('GET /repos HTTP/1.1\r\nHost: x\r\n\r\n')
    await begun
    t.equal((await get('/resolve/k/k')).status, 200, 'others are answered')
    t.strictSame([state.begun, state.ended], [1, 0], 'meanwhile')
    socket.destroy()
    await ended
    const { steps } = state
    t.equal((await get('/resolve/k/k')).status, 200)
    t.strictSame([state.ended, state.steps], [1, steps], 'and not one more step is taken')
  })

  t.test('is refused when there are too many of them', async t => {
    const { app, live } = await world(t)
    const { state, given, snapshot } = endless()
    live.snapshot = snapshot
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const sockets = Array.from({ length: 65 }, () => connect(port, '127.0.0.1'))
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
    })
    const answers = sockets.map(socket => once(socket, 'data'))
    for (const socket of sockets) socket.write('GET /repos HTTP/1.1\r\nHost: x\r\n\r\n')
    const [data] = await Promise.race(answers)
    const text = String(data)
    t.match(text, /^HTTP\/1\.1 503 .*"code":"overloaded"/s)
    t.match(text, /\r\nretry-after: 2\r\n/i)
    t.match(text, /\r\ncache-control: no-store\r\n/i)
    t.notMatch(text, /infra-registry-revision|etag/i, 'the registry has no say in it')
    t.strictSame([state.begun, state.ended], [65, 1])
    for (const socket of sockets) socket.destroy()
    while (state.ended < 65) await once(given, 'ended')
  })

  t.test('that fails is a failure of the service, and says no more', async t => {
    const { live, get } = await world(t)
    // biome-ignore lint/correctness/useYield: it fails before it comes to that
    live.snapshot!.repos = function* () {
      throw new Error('a secret of the house')
    }
    const { status, code, text } = await get('/repos')
    t.strictSame([status, code], [500, 'internal'])
    t.notMatch(text, 'secret')
  })
})
