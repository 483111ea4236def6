// A diff as text, as a value and as Markdown, with reasons that would do harm if they could.

import fc from 'fast-check'
import t from 'tap'
import { diffRegistries } from '../../src/edit/diff.ts'
import { buildDiffReport, renderDiffMarkdown, renderDiffText } from '../../src/edit/render-diff.ts'
import { edit, editAll, editWorld } from '../fixtures/edit-world.ts'
import { reasons, runs } from '../fixtures/registry-world.ts'

const { document } = editAll([
  { action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true },
  { action: 'disable', repo: 'live', reason: 'closes #12 @acme/all | `x` <b>\u202e' },
  { repo: 'app', reset: true, context: 'production' },
  { action: 'unregister', repo: 'old', confirmDelete: true },
  { org: 'n', telemetryRepo: 't' },
])
const differences = diffRegistries(editWorld(), { ...document, description: 'Other.' })

t.test('as text', async t => {
  t.equal(
    renderDiffText(differences),
    [
      'TELEMETRY_REDIRECT  acme       acme/telemetry -> acme/t2, 3 entries',
      'CONTEXT_PROMOTION   acme/app   enabled sandbox "the first" -> enabled production "because a test says so"',
      'DISABLED            acme/live  enabled production "serves customers" -> disabled production "closes #12 @acme/all | `x` <b>\\u{202e}"',
      'REMOVED             acme/old   disabled sandbox ""',
      'ADDED               n          n/t',
      'ADDED               n/new      enabled sandbox "because a test says so"',
      'REASON_ONLY         registry   "A registry made for a test." -> "Other."',
    ].join('\n'),
  )
  t.equal(renderDiffText([]), 'no difference')
})

t.test('as a value', async t => {
  t.match(buildDiffReport(differences), {
    risk: 'TELEMETRY_REDIRECT',
    counts: {
      TELEMETRY_REDIRECT: 1,
      CONTEXT_PROMOTION: 1,
      DISABLED: 1,
      REMOVED: 1,
      ENABLED: 0,
      ADDED: 2,
      REASON_ONLY: 1,
    },
    differences,
  })
  t.equal(buildDiffReport([]).risk, null)
  t.strictSame(JSON.parse(JSON.stringify(buildDiffReport(differences))), buildDiffReport(differences))
})

t.test('as Markdown', async t => {
  t.equal(
    renderDiffMarkdown(differences.filter(({ risk }) => risk === 'DISABLED')),
    [
      '1 `DISABLED`',
      '',
      '| risk | subject | change |',
      '| --- | --- | --- |',
      '| `DISABLED` | <code>acme/live</code> | <code>enabled production "serves customers" -&#x3e; disabled production "closes &#x23;<wbr>12 &#x40;<wbr>acme/all &#x7c; &#x60;x&#x60; &#x3c;b&#x3e;&#x5c;u&#x7b;202e&#x7d;"</code> |',
      '',
    ].join('\n'),
  )
  t.equal(renderDiffMarkdown([]), 'No difference.\n')
})

t.test('no reason breaks a table, opens Markdown, names a person or closes an issue', async () => {
  const nasty = fc.constantFrom(
    '|',
    '\\|',
    '`',
    '``',
    '@me',
    '#1',
    'GH-1',
    'https://x.y',
    'www.x.y',
    '<!--',
    '</code>',
    '&#64;',
    '](x)',
    '$x$',
    ':tada:',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(nasty, reasons), { minLength: 1, maxLength: 8 }), words => {
      const reason = `r ${words.join(' ')}`.slice(0, 900).toWellFormed()
      const after = edit({ action: 'disable', repo: 'app', reason }).document
      const text = renderDiffMarkdown(diffRegistries(editWorld(), after))
      const rows = text.trimEnd().split('\n').slice(4)
      const cells = rows[0]!.split('|')
      const body = cells[3]!.trim().replace(/^<code>(.*)<\/code>$/, '$1')
      const bare = body.replaceAll('<wbr>', '').replace(/&#x[0-9a-f]+;/g, '')
      return rows.length === 1 && cells.length === 5 && !/[!#$%&()*+.:<=>?@[\\\]^_`{|}~]/.test(bare)
    }),
    runs(300),
  )
})

t.test('what would not fit into a pull request is counted', async t => {
  const text = renderDiffMarkdown(differences, 600)
  t.ok(text.length < 700)
  t.match(text, /\n\n5 more, of no greater risk\.\n$/)
  t.match(text, /1 `DISABLED`/, 'the counts are of all of them')
})
