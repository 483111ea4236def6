import t from 'tap'
import { renderBanner, renderBrief, renderServicePanel, renderTrouble } from '../../src/page/service-panel.ts'
import type { ServiceView } from '../../src/page/view.ts'
import { HOSTILE, HOSTILE_HTML, readingOf, troubleOf, viewOf } from '../fixtures/page-world.ts'

const panel = (over: Partial<ServiceView> = {}): string => readingOf(renderServicePanel(viewOf(over)).text)
const active = viewOf().active!

t.test('the panel says which registry this is, since when, and what it holds', async t => {
  const text = panel()
  t.match(text, 'Current: it is what lies on disk')
  t.match(text, active.info.revision.slice(0, 12))
  t.match(text, 'Serial 7')
  t.match(text, 'Active since 2026-03-02 09:00 UTC 2 hours ago')
  t.match(text, '8 repositories of 3 organisations')
  t.match(text, 'Enabled 4 enabled in production 2 enabled in sandbox')
  t.match(text, 'Disabled 1 disabled in production 1 disabled in sandbox')
  t.match(renderServicePanel(viewOf()).text, 'href="/?state=disabled&amp;context=sandbox"')
})

t.test('a plain file has no run and no serial, and says that it is not sealed', async t => {
  const text = panel({ active: { ...active, info: { ...active.info, runId: null, serial: null } } })
  t.match(text, 'a plain file, not sealed')
  t.notMatch(text, /Run |Serial/)
})

t.test(
  'degraded is said in the panel, in the line, and in a banner that says since when and why',
  async t => {
    const view = viewOf({ state: 'degraded', ageS: 754, trouble: troubleOf({ detail: HOSTILE }) })
    t.match(readingOf(renderServicePanel(view).text), 'Degraded: it is not what lies on disk')
    t.match(readingOf((renderBrief(view) || { text: '' }).text), 'Degraded: revision')
    const banner = renderBanner(view).text
    t.match(
      readingOf(banner),
      'What lies on disk cannot be served. Registry is not trusted, since 2026-03-02 11:00:00 UTC (1 hour ago). What is shown was last known to be current 12 minutes ago.',
    )
    t.match(banner, HOSTILE_HTML)
    t.match(banner, 'Find out what changed it.')
    t.match(banner, 'href="/problems/seal_invalid"')
    t.match(
      readingOf(renderBanner({ ...view, trouble: null }).text),
      'Nothing has been read from disk since the service started.',
    )
    t.equal(renderBanner(viewOf()).text, '<div id="banner"></div>', 'and while all is well nothing is')
    t.match(readingOf((renderBrief(viewOf()) || { text: '' }).text), 'Current: revision')
  },
)

t.test('a watcher that fails is a note', async t => {
  t.match(panel({ watch: 'degraded' }), 'the disk is polled')
  t.notMatch(panel(), 'polled')
})

t.test('the last reloads are told, each with its end', async t => {
  const at = '2026-03-02T11:30:00Z'
  const text = renderServicePanel(
    viewOf({
      recent: [
        { at, result: 'refused', code: 'seal_invalid', detail: HOSTILE, revision: null, count: 1_508 },
        { at, result: 'recalled', code: null, detail: null, revision: 'f'.repeat(64), count: 1 },
      ],
    }),
  ).text
  t.match(readingOf(text), 'Refused seal_invalid 1,508 times 2026-03-02 11:30:00 UTC , 30 minutes ago')
  t.match(
    readingOf(text),
    'Recalled from the last start 2026-03-02 11:30:00 UTC , 30 minutes ago, ffffffffffff',
  )
  t.match(text, HOSTILE_HTML)
  t.match(panel({ recent: [] }), 'None since the service started.')
})

t.test('without a registry there are only the reloads', async t => {
  const text = panel({ active: null })
  t.notMatch(text, 'Active registry')
  t.match(text, 'Last reloads')
  t.equal(renderBrief(viewOf({ active: null })), false)
})

t.test('trouble is its reason, its remedy and its code', async t => {
  const text = readingOf(renderTrouble(troubleOf()).text)
  t.equal(text.trim(), 'Why run.json: digest mismatch What to do Find out what changed it. Code seal_invalid')
})
