// Suggestions: what is near is named, what is far is not.

import t from 'tap'
import { nearestName, suggest } from '../../src/manifest/nearest.ts'

t.test('the nearest name', async t => {
  const names = ['lime', 'fennel', 'redroid']
  for (const [name, want] of [
    ['lime', 'lime'],
    ['LIME', 'lime'],
    ['lmie', 'lime'],
    ['fenel', 'fennel'],
    ['fennels', 'fennel'],
    ['redriod', 'redroid'],
    ['quince', undefined],
    ['', undefined],
    ['x', undefined],
  ] as const) {
    t.equal(nearestName(name, names), want, name)
  }
  t.equal(nearestName('ab', ['ax', 'ay']), 'ax', 'the first of several')
  t.equal(nearestName('a', []), undefined)
})

t.test('a suggestion can be put behind a message', async t => {
  t.equal(suggest('lmie', ['lime']), '; did you mean "lime"?')
  t.equal(suggest('quince', ['lime']), '')
})
