import fc from 'fast-check'
import t from 'tap'
import { printable } from '../../src/manifest/printable.ts'

t.test('what a reader can see stays as it is', async t => {
  for (const text of ['', 'infra-resolver', 'a b', 'Größe 日本 🍎', 'back\\slash "quoted"']) {
    t.equal(printable(text), text)
  }
})

t.test('what a terminal could obey, or a reader not see, is spelt out', async t => {
  const table: readonly (readonly [text: string, shown: string])[] = [
    ['\u001b[2J\u001b]0;x\u0007', '\\u{1b}[2J\\u{1b}]0;x\\u{7}'],
    ['\u009b31m', '\\u{9b}31m'],
    ['a\r\nb\tc\u007f', 'a\\u{d}\\u{a}b\\u{9}c\\u{7f}'],
    ['\u202egnp.exe\u2066', '\\u{202e}gnp.exe\\u{2066}'],
    ['a\u200bb\u00adc\ufeff', 'a\\u{200b}b\\u{ad}c\\u{feff}'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['\ud800x', '\\u{d800}x'],
    ['\u{e0041}', '\\u{e0041}'],
  ]
  for (const [text, shown] of table) t.equal(printable(text), shown)
})

t.test(
  'whatever comes in, what comes out is one line that is shown as it is written, and not long',
  async t => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
        const shown = printable(text, 40)
        return !/[\p{C}\p{Zl}\p{Zp}]/u.test(shown) && shown.length <= 40 * '\\u{10ffff}'.length
      }),
    )
    t.equal(printable('x'.repeat(50), 40), `${'x'.repeat(39)}…`)
  },
)
