import t from 'tap'
import { renderEntryPage } from '../../src/page/entry-page.ts'
import { renderGonePage, renderUnavailablePage, renderUnknownPage } from '../../src/page/message-page.ts'
import { entryOf, HOSTILE, HOSTILE_HTML, readingOf, troubleOf, viewOf } from '../fixtures/page-world.ts'

const none = viewOf({ active: null, state: 'unavailable' })
const unknown = renderUnknownPage(
  viewOf(),
  { org: 'Acme', repo: 'nowhere', remediation: 'Mend it.' },
  undefined,
)
const unavailable = renderUnavailablePage(
  none,
  troubleOf({ code: 'registry_not_loaded', title: 'No registry is loaded' }),
)
const untrusted = renderUnavailablePage(none, troubleOf())
const disabled = renderEntryPage(viewOf(), entryOf({ state: 'disabled' }), undefined)

t.test('unknown, disabled, unavailable and untrusted differ in words and in look', async t => {
  t.match(readingOf(unknown), 'Not registered Acme/nowhere is unknown: the registry does not hold it.')
  t.match(readingOf(unknown), 'Unknown is not disabled')
  t.match(readingOf(disabled), 'It is registered, and it must not run')
  t.match(readingOf(unavailable), 'No registry is loaded No registry can be shown just now.')
  t.match(
    readingOf(untrusted),
    'Registry is not trusted There is a registry on disk, and it is not what was sealed',
  )
  for (const page of [unavailable, untrusted]) {
    t.match(readingOf(page), 'neither that one is registered, nor that it is not')
    t.match(readingOf(page), 'Since 2026-03-02 11:00:00 UTC (1 hour ago)')
    t.match(readingOf(page), 'What to do Find out what changed it.')
  }
  const looks = [unknown, disabled, unavailable, untrusted].map(
    page => /<section class="([^"]*)"/.exec(page.slice(page.indexOf('<main')))![1],
  )
  t.equal(new Set(looks).size, 4, looks.join(', '))
})

t.test('what is asked for, and what went wrong, is shown as text', async t => {
  t.match(
    renderUnknownPage(viewOf(), { org: '', repo: HOSTILE, remediation: '' }, undefined),
    /&lt;script&gt;/,
  )
  t.match(renderUnavailablePage(none, troubleOf({ detail: HOSTILE })), HOSTILE_HTML)
})

t.test('of an unknown repository it says whether its organisation is known', async t => {
  t.match(readingOf(unknown), 'Its organisation is not registered either.')
  const org = { org: 'Acme', telemetry_repo: 'Acme/t', repos: viewOf().active!.counts }
  const page = renderUnknownPage(viewOf(), { org: 'ACME', repo: 'nowhere', remediation: 'Mend it.' }, org)
  t.match(readingOf(page), 'Its organisation, Acme , is registered, with 8 repositories.')
  t.match(page, 'href="/?org=Acme"')
})

t.test(
  'a degraded service says so where something is unknown: it may be in what cannot be served',
  async t => {
    const view = viewOf({ state: 'degraded', trouble: troubleOf() })
    t.match(
      readingOf(renderUnknownPage(view, { org: 'a', repo: 'b', remediation: '' }, undefined)),
      'Degraded',
    )
  },
)

t.test('a list whose revision is gone leads back to its beginning', async t => {
  t.match(renderGonePage(viewOf(), '/?q=a'), '<a href="/?q=a">Begin the list again</a>')
})
