// What nobody holds is gone after a collection that was asked for, and not before it.

import t from 'tap'
import { collectGarbage } from '../../src/live/collect.ts'

/** Makes something that nobody holds. */
const lost = (): WeakRef<object> => new WeakRef({})

/** What a weak reference names is held for the rest of the turn in which it was made. */
const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

t.test('at once', async t => {
  const reference = lost()
  await nextTurn()
  t.not(reference.deref(), undefined)
  await nextTurn()
  collectGarbage('at once')
  t.equal(reference.deref(), undefined)
})

t.test('when idle', async t => {
  const reference = lost()
  await nextTurn()
  collectGarbage('when idle')
  for (let turn = 0; turn < 100_000 && reference.deref() !== undefined; turn++) await nextTurn()
  t.equal(reference.deref(), undefined)
})
