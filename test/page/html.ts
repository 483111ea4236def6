import fc from 'fast-check'
import t from 'tap'
import { type Html, html, raw } from '../../src/page/html.ts'

const ESCAPED = '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;'

t.test('every value is escaped, in text and in quoted attributes', async t => {
  const sign = `<b a="1" c='2'>&`
  t.equal(html`<p title="${sign}">${sign}</p>`.text, `<p title="${ESCAPED}">${ESCAPED}</p>`)
})

t.test('HTML is put in as it is, numbers and lists too, and what is absent is nothing', async t => {
  t.equal(html`${raw('<br>')}${[html`<i>${'<'}</i>`, html`${2}`]}${0}`.text, '<br><i>&lt;</i>20')
  t.equal(html`[${undefined}${null}${false}${''}]`.text, '[]')
})

t.test('what only looks like HTML is refused', async t => {
  for (const value of [{ text: '<b>' }, JSON.parse('{"text":"<b>"}'), new Date(0), true]) {
    t.throws(() => html`${value as Html}`, TypeError)
  }
})

t.test('no text gets out of its place', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const got = html`"${text}"`.text.slice(1, -1)
      return !/[<>"']/.test(got) && !/&(?!(?:amp|lt|gt|quot|#39);)/.test(got)
    }),
  )
  t.pass()
})
