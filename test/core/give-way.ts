// Work in turns: when it is asked whether anybody waits, and that it rests if so.

import t from 'tap'
import { inTurns } from '../../src/core/give-way.ts'

/** Calls `giveWay` until `count` has grown, and returns for how long each call that let it grow held the thread. */
function restsOf(giveWay: () => void, count: () => number, rests: number): number[] {
  const held: number[] = []
  while (held.length < rests) {
    const before = count()
    const began = performance.now()
    giveWay()
    if (count() > before) held.push(performance.now() - began)
  }
  return held
}

t.test('who has worked for a turn rests, if somebody waits', async t => {
  let asked = 0
  const isWanted = () => ++asked > 0
  const held = restsOf(inTurns({ workMs: 1, restMs: 20, isWanted }), () => asked, 3)
  t.ok(
    held.every(ms => ms >= 19),
    `rested for ${held.map(ms => ms.toFixed(1))} ms`,
  )
})

t.test('nobody is asked before the turn is over', async t => {
  const giveWay = inTurns({ workMs: Number.POSITIVE_INFINITY, restMs: 1, isWanted: () => t.fail('asked') })
  for (let i = 0; i < 1_000; i++) giveWay()
})

t.test('who is not wanted does not rest', async t => {
  let asked = 0
  const isWanted = () => ++asked < 0
  const never = 2 ** 31 - 1
  t.equal(restsOf(inTurns({ workMs: 0, restMs: never, isWanted }), () => asked, 10).length, 10)
})
