// A page read in steps: how much is looked at in one, and what is not looked at at all. What a page holds is tested in
// shared-snapshot.ts, against the plain version.

import t from 'tap'
import { type List, readList } from '../../src/registry/shared-list.ts'
import type { Page } from '../../src/registry/snapshot.ts'
import { finish, type Steps } from '../../src/registry/steps.ts'
import { TextColumn, TextColumnWriter } from '../../src/registry/text-column.ts'

const COUNT = 100

/** A list of a hundred names, every tenth of which ends in `x`; `looked` are the positions that were judged. */
function listOf(over: Partial<List<number>> = {}): { list: List<number>; looked: number[] } {
  const writer = new TextColumnWriter()
  for (let i = 0; i < COUNT; i++) writer.add(`acme/${i}${i % 10 === 9 ? 'x' : ''}`)
  const { bytes, offsets } = writer.finish()
  const looked: number[] = []
  const list: List<number> = {
    from: 0,
    to: COUNT,
    names: new TextColumn(Buffer.from(bytes), offsets),
    part: undefined,
    lets(position) {
      looked.push(position)
      return true
    },
    take: position => position,
    total: undefined,
    ...over,
  }
  return { list, looked }
}

/** Takes all steps, and returns how many positions were judged in each. */
function stepSizes(steps: Steps<Page<number>>, looked: number[]): number[] {
  const sizes: number[] = []
  for (let before = 0; !steps.next().done; before = looked.length) sizes.push(looked.length - before)
  return sizes
}

t.test('a list that was not counted is looked at whole, so many names in a step', async t => {
  const { list, looked } = listOf()
  t.strictSame(stepSizes(readList(list, { from: 0, limit: 2 }, 30), looked), [30, 30, 30, 10])
  t.strictSame(finish(readList(list, { from: 98, limit: 2 }, 30)), {
    items: [98, 99],
    total: 100,
    next: undefined,
  })
})

t.test('one that was is looked at from where the page begins to the item that follows it', async t => {
  const { list, looked } = listOf({ total: COUNT })
  t.strictSame(finish(readList(list, { from: 40, limit: 2 }, 30)), { items: [40, 41], total: 100, next: 42 })
  t.strictSame(looked, [40, 41, 42])
})

t.test('one that is known to be empty, or to be on this page whole, is not looked at further', async t => {
  const empty = listOf({ total: 0 })
  t.strictSame(finish(readList(empty.list, { from: 0, limit: 2 })), { items: [], total: 0, next: undefined })
  t.strictSame(empty.looked, [])
  const { list, looked } = listOf({ part: '9x', total: 10 })
  t.strictSame(finish(readList(list, { from: 0, limit: 10 }, 10)).items.length, 10)
  const few = listOf({ part: '/19x', total: 1 })
  t.strictSame(finish(readList(few.list, { from: 0, limit: 10 }, 10)), {
    items: [19],
    total: 1,
    next: undefined,
  })
  t.strictSame([looked.length, few.looked], [10, [19]])
})

t.test('items are taken a few at a time', async t => {
  const taken: number[] = []
  const { list } = listOf({ total: COUNT, take: position => taken.push(position) })
  const steps = readList(list, { from: 0, limit: COUNT })
  const sizes: number[] = []
  while (!steps.next().done) sizes.push(taken.length)
  t.strictSame(sizes, [0, 64])
  t.equal(taken.length, COUNT)
})

t.test('a part that no name can hold is found nowhere', async t => {
  const { list, looked } = listOf({ part: '0\nacme' })
  t.equal(finish(readList(list, { from: 0, limit: 9 })).total, 0)
  t.strictSame(looked, [])
})
