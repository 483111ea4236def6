import t from 'tap'
import { inTurns, TURN_MS } from '../../../src/server/watch/in-turns.ts'

t.test('what is quick is done in one turn, in order', async t => {
  const done: number[] = []
  const all = inTurns([1, 2, 3], n => done.push(n))
  t.strictSame(done, [1, 2, 3], 'at once')
  await all
})

t.test('what takes long leaves the loop its turns', async t => {
  let turns = 0
  let running = true
  const turn = (): void => {
    turns += 1
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  const stretches: number[] = []
  let last = -1
  await inTurns(Array(60), () => {
    if (turns !== last) stretches.push(0)
    last = turns
    const end = performance.now() + 1
    while (performance.now() < end);
    stretches[stretches.length - 1]! += 1
  })
  running = false
  t.ok(Math.max(...stretches) <= TURN_MS, `${stretches} of what takes a millisecond or more in each turn`)
})

t.test('a collection that changes meanwhile', async t => {
  const items = new Set(['a', 'b', 'c'])
  const done: string[] = []
  await inTurns(items, item => {
    done.push(item)
    if (item === 'a') items.delete('b')
    if (item === 'c') items.add('d')
  })
  t.strictSame(done, ['a', 'c', 'd'], 'what has gone is left out, what has come is done')
})
