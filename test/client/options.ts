// What a client is made with: checked at once, so that a wrong address is not found out in an outage.

import t from 'tap'
import { createClient } from '../../src/client/client.ts'
import { partsFor, partsOf } from '../../src/client/options.ts'

t.test('an address is taken as it is meant', async t => {
  for (const [url, base] of [
    ['http://localhost:8787', 'http://localhost:8787'],
    ['http://localhost:8787/', 'http://localhost:8787'],
    ['https://x.example/infra//', 'https://x.example/infra'],
    [new URL('https://x.example'), 'https://x.example'],
  ] as const)
    t.equal(partsOf({ url }).base, base)
  for (const url of [
    '',
    'localhost',
    '/infra',
    'ftp://x',
    'file:///x',
    'http://a:b@x',
    'http://x?y',
    'http://x#y',
  ])
    t.throws(() => createClient({ url }), { code: 'CLIENT_BAD_OPTION' }, url)
  try {
    createClient({ url: 'http://user:secret@x' })
  } catch (thrown) {
    t.notMatch((thrown as Error).message, /secret/)
  }
})

t.test('amounts are amounts, of the client and of a call', async t => {
  const url = 'http://x'
  t.match(partsOf({ url }), { deadlineMs: 10_000, staleIfErrorSeconds: 0 })
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const name of ['deadlineMs', 'staleIfErrorSeconds', 'cacheEntries'])
      t.throws(() => createClient({ url, [name]: wrong }), { code: 'CLIENT_BAD_OPTION' }, `${name} ${wrong}`)
    t.throws(() => partsFor(partsOf({ url }), { deadlineMs: wrong }), { code: 'CLIENT_BAD_OPTION' })
  }
  t.throws(() => createClient({ url, deadlineMs: 0 }), { code: 'CLIENT_BAD_OPTION' })
  t.match(partsFor(partsOf({ url }), { deadlineMs: 5, staleIfErrorSeconds: 7 }), {
    deadlineMs: 5,
    staleIfErrorSeconds: 7,
  })
})
