// The memory is bounded, lets go of what was not used for longest, and never goes back in time.

import t from 'tap'
import { Memory, toldBy } from '../../src/client/memory.ts'

const told = { revision: 'r', ageSeconds: 1.5, degraded: false }
const answer = (value: unknown) => ({ value, etag: '"x"', told, cameAt: 1_000 })

t.test('what was not used for longest goes first', async t => {
  const memory = new Memory(2)
  memory.set('a', 1, answer('a'))
  memory.set('b', 1, answer('b'))
  memory.get('a')
  memory.set('c', 1, answer('c'))
  t.strictSame(
    [memory.get('a')?.value, memory.get('b')?.value, memory.get('c')?.value],
    ['a', undefined, 'c'],
  )
})

t.test('of two answers the one that was asked for later counts', async t => {
  const memory = new Memory(2)
  memory.set('a', 2, undefined)
  memory.set('a', 1, answer('old'))
  t.equal(memory.get('a'), undefined)
  memory.set('a', 2, answer('new'))
  t.equal(memory.get('a')?.value, 'new')
})

t.test('questions are numbered as they are asked', async t => {
  const memory = new Memory(2)
  const first = memory.newQuestion()
  t.ok(memory.newQuestion() > first)
})

t.test('a memory of nothing remembers nothing', async t => {
  const memory = new Memory(0)
  memory.set('a', 1, answer('a'))
  t.equal(memory.get('a'), undefined)
})

t.test('an answer ages from when it came', async t => {
  t.strictSame(toldBy(answer(1), 3_000), { ...told, ageSeconds: 3.5 })
  t.equal(toldBy(answer(1), 999), undefined)
})
