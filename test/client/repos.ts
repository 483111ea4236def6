// Lists: whole, of one revision, and never empty for want of a registry.

import t from 'tap'
import type { RepoPage } from '../../src/client/client.ts'
import { frontWorld, type Mood, pass, say, sayProblem, spoil } from '../fixtures/client-world.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'

async function all(pages: AsyncIterable<RepoPage>): Promise<string[]> {
  const names: string[] = []
  for await (const { items } of pages) names.push(...items.map(({ org, repo }) => `${org}/${repo}`))
  return names
}

t.test('pages follow each other in registry order, and every one says where it is from', async t => {
  const front = await frontWorld(t)
  const pages: RepoPage[] = []
  for await (const page of front.client.repos({}, { pageSize: 3 })) pages.push(page)
  t.strictSame(
    pages.map(({ items, total }) => [items.length, total]),
    [
      [3, 8],
      [3, 8],
      [2, 8],
    ],
  )
  t.match(pages[0], { revision: front.live.snapshot!.info.revision, degraded: false })
  t.match(pages[0]!.items[0], {
    org: 'Acme-Works',
    repo: 'app',
    telemetryRepo: 'Acme-Works/telemetry',
    reason: /why app/,
  })
  t.strictSame(
    await all(front.client.repos({ org: 'BETA_corp', state: 'enabled', context: 'sandbox', q: 'TWO' })),
    ['beta_corp/two'],
  )
  t.strictSame(await all(front.client.repos({ q: 'nothing-like-it' })), [])
})

t.test('a list ends with an error when the registry changes on the way', async t => {
  const front = await frontWorld(t)
  front.moods.push(pass, async (...args) => {
    front.live.snapshot = snapshotOf(registryText(undefined, 'another'))
    await pass(...args)
  })
  await t.rejects(all(front.client.repos({}, { pageSize: 3 })), {
    name: 'ClientError',
    code: 'CLIENT_REVISION_GONE',
  })
})

t.test('an outage is an error, and never an empty list', async t => {
  const front = await frontWorld(t)
  const html = say(404, { 'content-type': 'text/html' })
  front.moods.push(html)
  await t.rejects(all(front.client.repos()), {
    code: 'CLIENT_UNAVAILABLE',
    failure: { code: 'foreign_answer' },
  })
  front.moods.push(pass, html)
  await t.rejects(
    all(front.client.repos({}, { pageSize: 3 })),
    { code: 'CLIENT_UNAVAILABLE' },
    'nor half of one',
  )
  front.moods.push(sayProblem(503, 'pin_unknown'))
  await t.rejects(all(front.client.repos()), { code: 'CLIENT_UNTRUSTED', failure: { code: 'pin_unknown' } })
  await t.rejects(all(front.client.repos({ org: '-x' })), { code: 'CLIENT_BAD_NAME' })
  await t.rejects(all(front.client.repos({ q: '%' })), { code: 'CLIENT_BAD_OPTION' })
  await t.rejects(all(front.client.repos({}, { pageSize: 5_000 })), { code: 'CLIENT_BAD_OPTION' })
})

t.test('a list that does not add up is not trusted', async t => {
  const front = await frontWorld(t)
  type Body = { items: Record<string, unknown>[]; total: unknown; next: unknown; registry: object }
  const edit = (change: (body: Body) => unknown): Mood =>
    spoil(({ text }) => {
      const body = JSON.parse(text) as Body
      change(body)
      return { text: JSON.stringify(body) }
    })
  const lies: Readonly<Record<string, readonly [mood: Mood, code: string]>> = {
    'an item is missing': [edit(body => body.items.pop()), 'bad_shape'],
    'an item too many': [edit(body => body.items.push(body.items[0]!)), 'bad_shape'],
    'an endless list': [edit(body => Object.assign(body, { items: [], next: 'x' })), 'bad_shape'],
    'no items': [edit(body => Object.assign(body, { items: null })), 'bad_shape'],
    'no total': [edit(body => Object.assign(body, { total: '2' })), 'bad_shape'],
    'a number for a cursor': [edit(body => Object.assign(body, { next: 3 })), 'bad_shape'],
    'another revision': [
      edit(body => Object.assign(body.registry, { revision: 'f'.repeat(64) })),
      'revision_mismatch',
    ],
    'what was not asked for': [
      edit(body => Object.assign(body.items[0]!, { state: 'disabled' })),
      'wrong_subject',
    ],
  }
  for (const [name, [mood, code]] of Object.entries(lies)) {
    front.moods.push(mood)
    const pages = front.client.repos({ org: 'beta_corp', state: 'enabled' })
    await t.rejects(all(pages), { code: 'CLIENT_UNTRUSTED', failure: { code } }, name)
  }
  const both: Mood = async (...args) => {
    front.live.snapshot = snapshotOf(registryText(undefined, 'another'))
    args[1].url = '/repos?limit=3'
    await pass(...args)
  }
  front.moods.push(pass, both)
  await t.rejects(
    all(front.client.repos({}, { pageSize: 3 })),
    { code: 'CLIENT_UNTRUSTED', failure: { code: 'revision_mismatch' } },
    'a mix of two',
  )
})
