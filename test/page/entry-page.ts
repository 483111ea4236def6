import t from 'tap'
import type { Change } from '../../src/changelog/change.ts'
import { type Past, renderEntryPage } from '../../src/page/entry-page.ts'
import { editAll } from '../fixtures/edit-world.ts'
import { entryOf, HOSTILE, HOSTILE_HTML, readingOf, viewOf } from '../fixtures/page-world.ts'

const { changes } = editAll([
  { repo: 'new', context: 'sandbox' },
  { action: 'disable', repo: 'new', reason: HOSTILE.replace('\0', '') },
  { action: 'retarget-org', repo: undefined, telemetryRepo: 'tele-2', confirmRedirect: true },
])
const pastOf = (all: readonly Change[], over: Partial<Past> = {}): Past => ({
  fault: undefined,
  isContinued: false,
  page: {
    lines: all.map((change, at) => ({ line: at + 1, change, fault: undefined })).reverse(),
    before: undefined,
  },
  ...over,
})
const page = (past: Past | undefined = undefined, over = {}): string =>
  renderEntryPage(viewOf(), entryOf(over), past)

t.test('an entry says what it is, why, and where its telemetry goes', async t => {
  const text = readingOf(page())
  t.match(text, 'Acme/ app Enabled production Why it is enabled why it is')
  t.match(text, 'Telemetry repository Acme/telemetry')
  t.match(text, 'Entry written by infra-cli')
  t.match(page(), 'href="/resolve/Acme/app"')
  t.match(page(), 'href="/?org=Acme"')
})

t.test('a disabled one says that it is registered, and that it must not run', async t => {
  const off = page(undefined, { state: 'disabled', reason: HOSTILE })
  t.match(readingOf(off), 'Disabled production Why it is disabled')
  t.match(readingOf(off), 'It is registered, and it must not run and must not write telemetry.')
  t.match(off, HOSTILE_HTML)
  t.notMatch(off, '<script>')
  t.match(readingOf(page(undefined, { reason: '' })), 'No reason was given.')
})

t.test('its history says who did what, when and why', async t => {
  const text = page(pastOf(changes))
  t.match(text, HOSTILE_HTML.replace('<span class="unseen">U+0000</span>', ''))
  const reading = readingOf(text)
  t.match(reading, 'Telemetry of the organisation moved telemetry to Acme/tele-2')
  t.match(reading, 'Registered for sandbox, telemetry to Acme/telemetry because a test says so')
  t.match(reading, /UTC , less than a minute ago, by infra-cli line 1/)
  t.ok(reading.indexOf('line 3') < reading.indexOf('line 1'), 'newest first')
  const legacy: Change = {
    ...{ timestamp: '2026-02-04T02:19:02Z', action: 'disable', owner: 'a', repo: 'b' },
    ...{ process: 'infra-cli', schema_version: '2.0' },
  }
  t.match(readingOf(page(pastOf([legacy]))), 'Disabled No reason was given. 2026-02-04 02:19:02 UTC')
})

t.test('a long one is paged', async t => {
  const { lines } = pastOf(changes).page
  t.match(page(pastOf(changes, { page: { lines, before: 17 } })), 'href="/repositories/Acme/app?before=17"')
  t.match(page(pastOf(changes, { isContinued: true })), 'Newest changes')
  t.notMatch(page(pastOf(changes)), 'class="pager"')
})

t.test('where there is none, it says which kind of none', async t => {
  const { active } = viewOf()
  t.match(readingOf(page()), 'None: this registry is sealed, and came without a changelog.')
  const plain = viewOf({ active: { ...active!, info: { ...active!.info, runId: null } } })
  t.match(readingOf(renderEntryPage(plain, entryOf(), undefined)), 'is a plain file')
  t.match(readingOf(page(pastOf([]))), 'does not mention it')
  const broken = page(pastOf([], { fault: HOSTILE }))
  t.match(readingOf(broken), 'cannot be read, so nothing of it is shown')
  t.match(broken, HOSTILE_HTML)
})

t.test('a line that cannot be read is shown as one', async t => {
  const fault = { code: 'LOG_BAD_VALUE', message: HOSTILE, column: 1 } as const
  const lines = [{ line: 9, change: undefined, fault }]
  const text = page(pastOf([], { page: { lines, before: undefined } }))
  t.match(readingOf(text), 'Line 9 of the changelog cannot be read LOG_BAD_VALUE')
  t.notMatch(text, '<script>')
})
