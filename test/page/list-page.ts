import t from 'tap'
import { type List, listPath, renderListPage, renderState } from '../../src/page/list-page.ts'
import { entryOf, HOSTILE, HOSTILE_HTML, readingOf, troubleOf, viewOf } from '../fixtures/page-world.ts'

const items = [
  entryOf(),
  entryOf({ repo: 'old', state: 'disabled', context: 'sandbox', reason: HOSTILE }),
  entryOf({ repo: 'mute', reason: '' }),
]
const page = (over: Partial<List> = {}): string =>
  renderListPage(viewOf(), {
    ...{ filter: {}, page: { items, total: 3, next: undefined }, cursor: undefined, next: undefined },
    ...{ orgs: ['Acme', 'beta'], orgIsKnown: true },
    ...over,
  })
const empty = { items: [], total: 0, next: undefined }

t.test('each entry has its address, its reason, its state in words and where its telemetry goes', async t => {
  const text = page()
  t.match(text, '<a href="/repositories/Acme/app"><span>Acme/</span>app</a>')
  t.match(readingOf(text), 'Acme/ app why it is Enabled production Acme/telemetry')
  t.match(readingOf(text), 'Disabled sandbox')
  t.match(text, HOSTILE_HTML)
  t.notMatch(text, '<script>')
  t.match(readingOf(text), 'Acme/ mute Enabled', 'without a reason nothing stands in its place')
  t.match(text, '<p id="count" role="status">3 repositories</p>')
})

t.test('the form shows what was asked for, whatever that was', async t => {
  const text = page({ filter: { q: HOSTILE, org: 'ACME', state: 'disabled', context: 'sandbox' } })
  t.match(text, 'value="&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39;')
  t.match(text, '<option selected>Acme</option>')
  t.match(text, '<option selected>disabled</option>')
  t.match(text, '<option selected>sandbox</option>')
  t.match(page({ filter: { org: '<x>' } }), '<option selected>&lt;x&gt;</option>')
  t.match(page({ filter: { org: 'b' }, orgs: undefined }), /<input id="org" name="org" value="b"/)
  t.notMatch(page(), 'selected')
})

t.test('more pages are links', async t => {
  const filter = { q: 'a&b' }
  const first = page({ filter, next: 'NEXT', page: { items, total: 1_000_000, next: 50 } })
  t.match(first, '<a rel="next" href="/?q=a%26b&amp;cursor=NEXT">Next page</a>')
  t.match(first, '1,000,000 repositories, 3 on this page')
  t.notMatch(first, 'First page')
  t.match(page({ filter, cursor: 'HERE' }), '<a href="/?q=a%26b">First page</a>')
  t.notMatch(page(), 'class="pager"')
})

t.test('nothing found says what that means, and what else to try', async t => {
  const nothing = (over: Partial<List>): string => readingOf(page({ page: empty, ...over }))
  t.match(nothing({ filter: { q: 'fox' } }), 'Nothing in the registry matches “ fox ”.')
  t.match(nothing({ filter: { q: 'fox' } }), 'That is not the same as disabled')
  t.match(nothing({ filter: { q: 'a fox' } }), 'A name holds letters')
  t.match(
    nothing({ filter: { q: 'x', state: 'enabled' } }),
    'with these filters. Look in every state and context',
  )
  t.match(page({ page: empty, filter: { q: 'x', org: 'a', state: 'enabled' } }), 'href="/?org=a&amp;q=x"')
  t.match(nothing({ filter: { org: HOSTILE }, orgIsKnown: false }), 'is not registered.')
  t.match(page({ page: empty, filter: { org: HOSTILE }, orgIsKnown: false }), HOSTILE_HTML)
})

t.test('a degraded service says so above the list', async t => {
  const view = viewOf({ state: 'degraded', trouble: troubleOf() })
  const text = renderListPage(view, {
    ...{ filter: {}, page: empty, cursor: undefined, next: undefined, orgs: [], orgIsKnown: true },
  })
  t.ok(text.indexOf('Degraded: this is the last good registry') < text.indexOf('<h1>'))
})

t.test('an address holds what is asked for, and nothing else', async t => {
  t.equal(listPath({}), '/')
  t.equal(listPath({ org: 'a', state: 'enabled' }, 'c'), '/?org=a&state=enabled&cursor=c')
})

t.test('a state is told by its word and by the shape of its mark', async t => {
  t.match(renderState(entryOf()).text, /mark on.*Enabled.*production/)
  t.match(renderState(entryOf({ state: 'disabled' })).text, /mark off.*Disabled.*production/)
})
