// Order by code point, as another implementation of the format sorts: arrays of code points, compared one by one.

import fc from 'fast-check'
import t from 'tap'
import { compareText } from '../../src/layer/code-points.ts'
import { fuzzRuns } from '../fixtures/seal-world.ts'

/** Compares as lists of code points, the slow and plain way. */
function reference(a: string, b: string): number {
  const [left, right] = [a, b].map(text => [...text].map(char => char.codePointAt(0)!)) as [
    number[],
    number[],
  ]
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = (left[at] ?? -1) - (right[at] ?? -1)
    if (order !== 0) return order
  }
  return 0
}

t.test('the cases that JavaScript or UTF-8 gets wrong', async t => {
  t.ok(compareText('\ue000', '\u{1f600}') < 0, 'a private character comes before an emoji')
  t.ok(compareText('\ud800', '\ue000') < 0, 'half a pair is the code point it is')
  t.ok(compareText('\ud83d', '\ud83d\ude00') < 0, 'and less than a whole one')
  t.ok(compareText('\ud83d\ue000', '\ud83d\ude00') < 0, 'whatever follows it')
  t.ok(compareText('\udcff', '\udcfe') > 0, 'two lone halves are two texts')
  t.equal(compareText('', ''), 0)
  t.ok(compareText('', 'a') < 0)
})

t.test('any two texts', async t => {
  // Few and dangerous characters, so that long common beginnings are common.
  const unit = fc.constantFrom('a', 'b', '\ud83d', '\ude00', '\ue000', '\uffff', '\ud800', '\udfff', 'é')
  const text = fc.array(unit, { maxLength: 6 }).map(units => units.join(''))
  fc.assert(
    fc.property(text, text, (a, b) => Math.sign(compareText(a, b)) === Math.sign(reference(a, b))),
    { numRuns: fuzzRuns * 5 },
  )
  t.pass('compare as their code points do')
})
