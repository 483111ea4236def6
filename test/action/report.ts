// What is said of each outcome, where it ends up: text from a registry is text there, and nothing more.

import fc from 'fast-check'
import t from 'tap'
import { escapeMarkdown, renderCommand, renderOutputs } from '../../src/action/report.ts'

t.test('a command keeps to its line, whatever it says', async t => {
  t.equal(
    renderCommand('error', { title: 'a:b,c%', file: 'x\ny' }, '100%\r\n::error::z'),
    '::error title=a%3Ab%2Cc%25,file=x%0Ay::100%25%0D%0A::error::z\n',
  )
  t.equal(renderCommand('add-mask', {}, 'x'), '::add-mask::x\n')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const line = renderCommand('error', { title: text }, text)
      return !/[\r\n]/.test(line.slice(0, -1)) && line.endsWith('\n')
    }),
  )
})

t.test('Markdown shows a reason as it was written, on one line', async t => {
  t.equal(escapeMarkdown('a | <b>`c`\n\n# d'), 'a &#124; &#60;b&#62;&#96;c&#96; &#35; d')
  t.equal(escapeMarkdown('plain words, 1.5 of them/that'), 'plain words, 1.5 of them/that')
  fc.assert(fc.property(fc.string(), text => !/[<>|`[\]*_\n]/.test(escapeMarkdown(text))))
})

t.test('an output is one line', async t => {
  t.equal(renderOutputs({ a: 'b', c: '' }), 'a=b\nc=\n')
  t.throws(() => renderOutputs({ a: 'b\noutcome=registered' }), { name: 'TypeError' })
})
