// Circles: one for each group, the shortest through its first name, however long the chains are.

import t from 'tap'
import { findCycles } from '../../src/manifest/cycles.ts'

const edges = (text: string): Map<string, string[]> =>
  new Map(text.split(' ').map(part => [part[0]!, [...part.slice(1)]]))

t.test('finds what leads back to itself', async t => {
  t.strictSame(findCycles(edges('ab bc cd')), [], 'a chain')
  t.strictSame(findCycles(edges('abc bd cd')), [], 'a diamond')
  t.strictSame(findCycles(edges('aa')), [['a']])
  t.strictSame(findCycles(edges('cb ba ac')), [['a', 'c', 'b']])
  t.strictSame(findCycles(edges('zy yz ab ba ca')), [
    ['a', 'b'],
    ['y', 'z'],
  ])
  t.strictSame(findCycles(edges('ab bc cda dc')), [['a', 'b', 'c']], 'one for a group')
})

t.test('a circle of 50,000 services overflows nothing', async t => {
  const long = new Map(Array.from({ length: 50_000 }, (_, i) => [`${i}`, [`${(i + 1) % 50_000}`]]))
  t.equal(findCycles(long)[0]!.length, 50_000)
})
