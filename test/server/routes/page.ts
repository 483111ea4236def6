import t from 'tap'
import { ASSETS } from '../../../src/page/assets.ts'
import { HOSTILE, HOSTILE_HTML, readingOf } from '../../fixtures/page-world.ts'
import { REPOS, registryText, snapshotOf, type World, world } from '../../fixtures/server-world.ts'

const NAMES = Object.keys(REPOS)
const namesOf = (page: string): string[] =>
  [...page.matchAll(/href="\/repositories\/([^"]+)"/g)].map(([, name]) => name!)
const nextOf = (page: string): string | undefined =>
  /<a rel="next" href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&')

const LINE =
  '{"timestamp":"2026-02-04T02:19:02Z","action":"disable","owner":"acme-works","repo":"OLD","process":"infra-cli","schema_version":"2.0"}\n'

/** Follows the links to the next page, as a reader without a script does. */
async function walk({ get }: World, url: string): Promise<string[]> {
  const pages: string[] = []
  for (let next: string | undefined = url; next !== undefined; next = nextOf(pages.at(-1)!)) {
    const { status, text } = await get(next)
    t.equal(status, 200, next)
    pages.push(text)
  }
  return pages
}

t.test('/ lists every repository, and says from which revision', async t => {
  const { get, live } = await world(t)
  const { status, text, headers } = await get('/')
  t.equal(status, 200)
  t.strictSame(namesOf(text), NAMES)
  t.equal(headers['infra-registry-revision'], live.snapshot!.info.revision)
  t.equal(headers['infra-schema-version'], '2.0')
})

t.test('the links to the next page reach every repository once', async t => {
  const repos = Object.fromEntries(
    Array.from({ length: 230 }, (_, i) => [
      `org-${i % 7}/r${i}`,
      `${i % 3 ? 'enabled' : 'disabled'} sandbox`,
    ]),
  )
  const text = registryText(repos)
  const many = await world(t, { registry: text })
  const pages = await walk(many, '/')
  t.equal(pages.length, 5)
  t.strictSame(pages.flatMap(namesOf).sort(), Object.keys(repos).sort())
  const some = await walk(many, '/?q=r1&state=disabled&org=&context=')
  const want = Object.keys(repos).filter(name => name.includes('r1') && repos[name]!.startsWith('disabled'))
  t.strictSame(some.flatMap(namesOf).sort(), want.sort())

  t.test('and a list that is begun in another revision ends', async t => {
    const next = nextOf(pages[0]!)!
    many.live.snapshot = snapshotOf(registryText(repos, 'another'))
    const { status, text: gone } = await many.get(next)
    t.equal(status, 410)
    t.match(readingOf(gone), 'The registry has changed')
    t.match(gone, '<a href="/">Begin the list again</a>')
  })
})

t.test('a form sends every field; what is empty is not asked for', async t => {
  const { get } = await world(t)
  for (const [query, want] of [
    ['q=&org=&state=&context=', NAMES],
    ['q=+APP+&org=&state=&context=', ['Acme-Works/app', 'Acme-Works/App.Sandbox_2']],
    ['q=&org=BETA_corp&state=enabled&context=sandbox', ['beta_corp/two']],
    ['q=a+fox', []],
    ['org=nobody', []],
    [`q=${encodeURIComponent(HOSTILE)}`, []],
  ] as const) {
    const { status, text } = await get(`/?${query}`)
    t.strictSame([status, namesOf(text)], [200, [...want]], query)
    t.notMatch(text, '<script>alert')
  }
  t.match(readingOf((await get('/?org=nobody')).text), 'The organisation “ nobody ” is not registered.')
})

t.test('an address that no form makes is a problem', async t => {
  const { get } = await world(t)
  for (const query of ['x=1', 'q=a&q=b', 'state=on', 'cursor=!', 'cursor=abc', `q=${'x'.repeat(201)}`]) {
    t.equal((await get(`/?${query}`)).code, 'invalid_query', query)
  }
  const { text } = await get('/repos?limit=1')
  t.equal((await get(`/?cursor=${JSON.parse(text).next}`)).code, 'invalid_query', 'that of another list')
  t.equal((await get('/repositories/Acme-Works/app?before=0')).code, 'invalid_query')
  t.equal((await get(`/?org=${'a'.repeat(201)}`)).code, 'invalid_name', 'longer than a form lets it be')
  t.equal((await get('/?cursor=9')).headers['cache-control'], 'no-store')
})

t.test('organisations are offered while they are few', async t => {
  const few = await world(t)
  t.match((await few.get('/')).text, '<option>beta_corp</option>')
  const repos = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`org-${i}/r`, 'enabled sandbox']))
  const many = await world(t, { registry: registryText(repos) })
  t.match((await many.get('/')).text, '<input id="org" name="org"')
})

t.test('/repositories/:org/:repo tells of one, in its own spelling, with its history', async t => {
  const { get, live } = await world(t)
  const bare = await get('/repositories/ACME-works/OLD')
  t.match(readingOf(bare.text), 'Acme-Works/ old Disabled production Why it is disabled why old is as it is')
  t.match(readingOf(bare.text), 'came without a changelog')
  live.log = LINE
  t.match(readingOf((await get('/repositories/Acme-Works/old')).text), '2026-02-04 02:19:02 UTC')
  t.match(readingOf((await get('/repositories/Acme-Works/app')).text), 'does not mention it')
  live.log = 'nonsense\n'
  t.match(readingOf((await get('/repositories/Acme-Works/app')).text), 'cannot be read')

  live.log = LINE.repeat(120)
  const pages = await walk({ get } as World, '/repositories/Acme-Works/old')
  const lines = pages.flatMap(page => [...page.matchAll(/>line (\d+)</g)].map(([, line]) => Number(line)))
  t.strictSame(
    lines,
    Array.from({ length: 120 }, (_, i) => 120 - i),
    'a long history is reached whole, without a script',
  )
})

t.test('unknown, disabled, unavailable and untrusted are four answers', async t => {
  const { get, live } = await world(t)
  const answers = [await get('/repositories/Acme-Works/nowhere'), await get('/repositories/Acme-Works/old')]
  live.snapshot = undefined
  live.fail('registry_missing')
  answers.push(await get('/repositories/Acme-Works/app'))
  live.fail('seal_invalid', HOSTILE)
  answers.push(await get('/repositories/Acme-Works/app'))
  t.strictSame(
    answers.map(({ status }) => status),
    [404, 200, 503, 503],
  )
  const titles = answers.map(({ text }) => /<h1[^>]*>(.*?)<\/h1>/.exec(text)![1])
  t.strictSame(titles, [
    'Not registered',
    '<span>Acme-Works/</span>old',
    'No registry is loaded',
    'Registry is not trusted',
  ])
  t.match(answers[3]!.text, HOSTILE_HTML)
  t.strictSame([answers[3]!.status, (await get('/')).status], [503, 503])
})

t.test('names that cannot be are unknown too', async t => {
  const { get } = await world(t)
  for (const name of ['a%20b/c', `x/${encodeURIComponent('<b>')}`, '%E2%80%AE/x', '__proto__/constructor']) {
    const { status, text } = await get(`/repositories/${name}`)
    t.equal(status, 404, name)
    t.notMatch(text, '<b>', name)
  }
})

t.test('before the first look at the disk it says so', async t => {
  const { get } = await world(t, { registry: null })
  const { status, text } = await get('/')
  t.equal(status, 503)
  t.match(readingOf(text), 'No registry is loaded')
  t.match(readingOf(text), 'the registry has not been read yet')
})

t.test('a degraded service shows what it has, with a banner', async t => {
  const { get, live } = await world(t)
  live.fail('mass_change_refused', 'it takes 4 of 8 entries away')
  live.ageS = 300
  for (const url of ['/', '/repositories/Acme-Works/app', '/repositories/Acme-Works/nowhere']) {
    const text = readingOf((await get(url)).text)
    t.match(text, 'Degraded: this is the last good registry')
    t.match(text, 'it takes 4 of 8 entries away')
    t.match(text, 'last known to be current 5 minutes ago')
  }
})

t.test('/assets/:file is kept for good', async t => {
  const { get } = await world(t)
  for (const { path, text, type } of ASSETS.values()) {
    const { status, headers, text: got } = await get(path)
    t.strictSame([status, got, headers['content-type']], [200, text, type])
    t.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    t.equal(headers['x-content-type-options'], 'nosniff')
  }
  for (const file of ['nothing.css', '__proto__', 'page.css']) {
    t.equal((await get(`/assets/${file}`)).code, 'route_not_found', file)
  }
})

t.test('a refused page is logged as every refusal is', async t => {
  const { get, lines } = await world(t)
  await get('/repositories/Acme-Works/nowhere?before=3')
  const line = JSON.parse(lines.at(-1)!)
  t.match(line, {
    msg: 'request refused',
    status: 404,
    code: 'repo_not_registered',
    path: '/repositories/Acme-Works/nowhere',
  })
})
