import fc from 'fast-check'
import t from 'tap'
import { html, raw } from '../../src/page/html.ts'

t.test('what is put into a template is text, not markup', async t => {
  t.equal(
    html`<p title="${`"'`}">${'<b> & co'} ${7}</p>`.text,
    '<p title="&quot;&#39;">&lt;b&gt; &amp; co 7</p>',
  )
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => !/[<>"']/.test(html`${text}`.text)))
})

t.test('HTML, and lists of it, are put in as they are', async t => {
  t.equal(
    html`<ul>${['a', '<'].map(item => html`<li>${item}</li>`)}</ul>`.text,
    '<ul><li>a</li><li>&lt;</li></ul>',
  )
  t.equal(html`${raw('<hr>')}${[]}`.text, '<hr>')
})
