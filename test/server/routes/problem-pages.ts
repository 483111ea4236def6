import t from 'tap'
import { world } from '../../fixtures/server-world.ts'

t.test('/problems/:code', async t => {
  const { get, live } = await world(t, { registry: null })
  t.equal(live.snapshot, undefined)
  t.test('tells what a code means, with or without a registry', async t => {
    const { status, text, headers } = await get('/problems/uri_too_long')
    t.equal(status, 200)
    t.equal(
      text,
      `{
  "type": "/problems/uri_too_long",
  "code": "uri_too_long",
  "status": 414,
  "title": "Name too long",
  "meaning": "A name in the path has more than 100 characters; GitHub allows none so long.",
  "remediation": "Ask for <organisation>/<repository> as GitHub spells it."
}
`,
    )
    t.match(headers, {
      'cache-control': 'public, max-age=3600',
      'content-type': 'application/json; charset=utf-8',
    })
  })
  t.test('is 404 for a word that is no code', async t => {
    for (const word of [
      'none',
      'INTERNAL',
      'constructor',
      '__proto__',
      'toString',
      '',
      '%20',
      '..%2F',
      'a%00',
    ])
      t.equal((await get(`/problems/${word}`)).code, 'route_not_found', word)
  })
})
