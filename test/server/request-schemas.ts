import t from 'tap'
import { OrgParams, RepoParams } from '../../src/server/request-schemas.ts'
import { BITING_NAMES, REGISTRY_ROUTES, REPO_100, registryText, world } from '../fixtures/server-world.ts'

type Want = readonly [status: number, code: string | undefined]
const INVALID: Want = [400, 'invalid_name']
const BAD: Want = [400, 'bad_request']
const NO_ORG: Want = [404, 'org_not_registered']
const NO_REPO: Want = [404, 'repo_not_registered']
const NO_ROUTE: Want = [404, 'route_not_found']
const TOO_LONG: Want = [414, 'uri_too_long']
const FOUND: Want = [200, undefined]

// Paths below /resolve/, as they are sent, and the one answer of each.
const PATHS: readonly (readonly [path: string, want: Want])[] = [
  ['Acme-Works/app', FOUND],
  ['acme-works/APP', FOUND],
  ['ACME-WORKS/app.sandbox_2', FOUND],
  ['BETA_CORP/One', FOUND],
  ['k/k', FOUND],
  ['%6b/%6B', FOUND],
  [`acme-works/${REPO_100}`, FOUND],
  [`acme-works/${REPO_100.toUpperCase()}`, FOUND],
  [`acme-works/${REPO_100}x`, TOO_LONG],
  [`acme-works/${'a'.repeat(100)}`, NO_REPO],
  [`acme-works/${'a'.repeat(101)}`, TOO_LONG],
  [`acme-works/${'a'.repeat(7_000)}`, TOO_LONG],
  [`acme-works/${'%72'.repeat(34)}`, NO_REPO],
  [`acme-works/${'%72'.repeat(100)}`, NO_REPO],
  [`acme-works/${'%72'.repeat(101)}`, TOO_LONG],
  [`${'a'.repeat(39)}/app`, NO_ORG],
  [`${'a'.repeat(40)}/app`, INVALID],
  [`${'a'.repeat(100)}/app`, INVALID],
  [`${'a'.repeat(101)}/app`, TOO_LONG],
  [`${'a'.repeat(39)}_${'b'.repeat(60)}/app`, NO_ORG],
  ['a/b/c', NO_ROUTE],
  ['k', NO_ROUTE],
  ['', NO_ROUTE],
  ['k/', INVALID],
  ['/k', INVALID],
  ['/', INVALID],
  ['k//k', NO_ROUTE],
  ['k/k/', NO_ROUTE],
  ['k/k//', NO_ROUTE],
  ['k%2Fk', NO_ROUTE],
  ['k/a%2Fb', INVALID],
  ['k/..%2Fk', INVALID],
  ['k/%5C', INVALID],
  ['k/%00', INVALID],
  ['k/k%00', INVALID],
  ['k/k%0d%0aX:%20y', INVALID],
  ['k/k%0A', INVALID],
  ['k/%20k', INVALID],
  ['k/k%20', INVALID],
  ['k/k%09', INVALID],
  ['k/%1b%5B31m', INVALID],
  ['k/%ff', BAD],
  ['k/%C0%AE', BAD],
  ['k/%ED%A0%80', BAD],
  ['k/%', BAD],
  ['k/%2', BAD],
  ['k/%zz', BAD],
  ['%ff/k', BAD],
  ['k/%25', INVALID],
  ['k/%256b', INVALID],
  ['k/k;x', INVALID],
  ['k/k;x=1', INVALID],
  ['k/k%3F', INVALID],
  ['k/k%23', INVALID],
  ['k/k@main', INVALID],
  ['k/k:x', INVALID],
  ['k/k*', INVALID],
  ['k/k+k', INVALID],
  ['k/.git', INVALID],
  ['k/k.git', INVALID],
  ['k/k.GiT', INVALID],
  ['k/...', NO_REPO],
  ['k/-', NO_REPO],
  ['k/_', NO_REPO],
  ['-k/k', INVALID],
  ['_k/k', INVALID],
  ['k_/k', INVALID],
  ['k_k_k/k', INVALID],
  ['k.k/k', INVALID],
  ['%E2%84%AA/k', INVALID],
  ['k/%E2%84%AA', INVALID],
  ['k/%C5%BF', INVALID],
  ['acme-work%C5%BF/app', INVALID],
  ['k/%EF%BD%8B', INVALID],
  ['%EF%BD%8B/k', INVALID],
  ['k/k%CC%81', INVALID],
  ['k/k%E2%80%8B', INVALID],
  ['k/%D0%BA', INVALID],
  ['k/%EF%BB%BFk', INVALID],
  ['k/%F0%9D%93%80', INVALID],
]

t.test('each path has one answer', async t => {
  const { get } = await world(t)
  for (const [path, [status, code]] of PATHS) {
    const answer = await get(`/resolve/${path}`)
    t.strictSame(
      [answer.status, answer.code],
      [status, code],
      `${path.slice(0, 60)} is ${status} ${code ?? ''}`,
    )
  }
  for (const url of [
    '/Resolve/k/k',
    '/RESOLVE/k/k',
    '//resolve/k/k',
    '/resolve//k/k',
    '/LIVEZ',
    '/livez/',
    '/orgs/k/',
    '/repositories/k',
    '/assets/',
  ]) {
    t.equal((await get(url)).code, 'route_not_found', `${url} is no route`)
  }
})

t.test('each path is judged alike on every route that takes names', async t => {
  const { get } = await world(t)
  for (const [path, [status, code]] of PATHS) {
    const target = await get(`/telemetry-target/${path}`)
    const record = await get(`/infra-resolution/${path}`)
    // One segment is the route of an organisation here.
    const want = /^[^/]+$/.test(path) || path === '' ? undefined : status
    if (want === undefined) continue
    t.equal(target.status, want, `/telemetry-target/${path.slice(0, 60)}`)
    const known = status === 404 && code !== 'route_not_found' ? 200 : status
    t.equal(record.status, known, `/infra-resolution/${path.slice(0, 60)}`)
  }
})

t.test('every casing of a name is the name', async t => {
  const { get } = await world(t)
  const name = 'k/App'
  const { get: other } = await world(t, { registry: registryText({ [name]: 'enabled sandbox' }) })
  for (let bits = 0; bits < 16; bits++) {
    const path = [...'k/app']
      .map((letter, i) => (bits & (1 << (i > 1 ? i - 1 : i)) ? letter.toUpperCase() : letter))
      .join('')
    const { status, json } = await other(`/resolve/${path}`)
    t.strictSame(
      [status, json.org, json.repo],
      [200, 'k', 'App'],
      `${path} is answered in the canonical spelling`,
    )
  }
  t.equal((await get('/resolve/K/K')).json.org, 'k')
})

t.test('no code point beyond ASCII is part of a name, in any position', async t => {
  const { get } = await world(t)
  const like = (letter: string): string[] => {
    const found: string[] = []
    for (let point = 0x80; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const text = String.fromCodePoint(point)
      if (
        text.toLowerCase() === letter ||
        text.toUpperCase().toLowerCase() === letter ||
        text.normalize('NFKC').toLowerCase() === letter
      )
        found.push(text)
    }
    return found
  }
  const alike = [...like('k'), ...like('s'), ...like('a'), ...like('p'), 'İ', 'ı', 'ß', 'ﬀ']
  t.ok(alike.length > 60, `${alike.length} look-alikes`)
  for (const text of alike) {
    for (const path of [`${text}/k`, `k/${text}`, `acme-work${text}/app`, `acme-works/a${text}p`]) {
      const { status, code } = await get(`/resolve/${encodeURI(path)}`)
      if (status !== 400 || code !== 'invalid_name') t.fail(`${path} is ${status} ${code}`)
    }
  }
})

t.test('names that bite', async t => {
  const owner = new RegExp(OrgParams.properties.org.pattern!)
  const orgs = BITING_NAMES.filter(name => owner.test(name))
  const registered = Object.fromEntries([
    ...orgs.flatMap(org => BITING_NAMES.map(repo => [`${org}/${repo}`, 'enabled sandbox'])),
    ...BITING_NAMES.map(repo => [`plain/${repo}`, 'disabled production']),
  ])
  const before = Object.getOwnPropertyNames(Object.prototype).join()
  const without = await world(t)
  const within = await world(t, { registry: registryText(registered) })
  t.ok(orgs.includes('constructor') && BITING_NAMES.includes('__proto__'))
  for (const org of [...BITING_NAMES, 'plain']) {
    t.test(`${org} as an organisation`, async t => {
      const legal = org === 'plain' || orgs.includes(org)
      for (const repo of BITING_NAMES) {
        const absent = await without.get(`/resolve/${org}/${repo}`)
        t.equal(
          absent.code,
          legal ? 'org_not_registered' : 'invalid_name',
          `${org}/${repo}: absent means absent`,
        )
        const present = await within.get(`/resolve/${org}/${repo}`)
        t.strictSame(
          [present.status, present.json.org, present.json.repo],
          legal ? [200, org, repo] : [400, undefined, undefined],
        )
      }
    })
  }
  for (const repo of BITING_NAMES) {
    t.equal(
      (await without.get(`/resolve/k/${repo}`)).code,
      'repo_not_registered',
      `k/${repo}: absent means absent`,
    )
  }
  for (const url of REGISTRY_ROUTES) {
    for (const name of BITING_NAMES) {
      const { code } = await without.get(`${url}${url.includes('?') ? '&' : '?'}${name}=1`)
      t.equal(code, 'invalid_query', `${url}?${name}`)
    }
  }
  t.equal(Object.getOwnPropertyNames(Object.prototype).join(), before, 'Object.prototype is what it was')
})

t.test('names are held to the schema by route', async t => {
  t.strictSame(Object.keys(RepoParams.properties), ['org', 'repo'])
  for (const { pattern } of Object.values(RepoParams.properties)) t.match(pattern, /^\^/, 'anchored')
})
