import t from 'tap'
import {
  entryPath,
  plural,
  renderAge,
  renderMark,
  renderNumber,
  renderRevision,
  renderRun,
  renderSpan,
  renderText,
  renderTime,
} from '../../src/page/words.ts'
import { HOSTILE, HOSTILE_HTML } from '../fixtures/page-world.ts'

t.test('a text of somebody else is escaped, and what nobody would see in it is shown', async t => {
  t.equal(renderText(HOSTILE).text, HOSTILE_HTML)
  t.equal(renderText('plain – and 🦊 עברית').text, '<bdi>plain – and 🦊 עברית</bdi>')
  for (const unit of ['\u2028', '\ufeff', '\u3164', '\u{e0041}', '\ud800', '\u0085', '\u00ad']) {
    const code = unit.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    t.equal(renderText(`a${unit}b`).text, `<bdi>a<span class="unseen">U+${code}</span>b</bdi>`)
  }
})

t.test('a time is for people and for programs', async t => {
  const text = '<time datetime="2026-03-02T09:08:07.000Z">2026-03-02 09:08'
  t.equal(renderTime('2026-03-02T09:08:07Z').text, `${text} UTC</time>`)
  t.equal(renderTime('2026-03-02T09:08:07Z', true).text, `${text}:07 UTC</time>`)
})

t.test('an age is told in the largest unit that fits', async t => {
  const now = Date.parse('2026-03-02T09:00:00Z')
  for (const [seconds, want] of [
    [-5, 'less than a minute ago'],
    [0, 'less than a minute ago'],
    [59, 'less than a minute ago'],
    [60, '1 minute ago'],
    [3_599, '59 minutes ago'],
    [7_200, '2 hours ago'],
    [86_400, '1 day ago'],
    [86_400 * 4_000, '4,000 days ago'],
  ] as const) {
    t.equal(renderAge(new Date(now - seconds * 1000).toISOString(), now), want)
  }
  t.equal(renderSpan(120_000), '2 minutes')
})

t.test('numbers, names and marks', async t => {
  t.strictSame([0, 999, 1_000, 1_000_000].map(renderNumber), ['0', '999', '1,000', '1,000,000'])
  t.strictSame([plural(1, 'day'), plural(0, 'entry', 'entries')], ['1 day', '0 entries'])
  t.equal(entryPath({ org: 'a', repo: '..x?' }), '/repositories/a/..x%3F')
  t.equal(renderRevision('a'.repeat(64)).text, `<code title="${'a'.repeat(64)}">aaaaaaaaaaaa</code>`)
  t.equal(renderRun('day__time__<tag>').text.replace(/<[^>]*>/g, ''), 'day__time__&lt;tag&gt;')
  t.match(renderMark('off').text, 'aria-hidden', 'a mark is seen, not heard')
})
