// What nobody holds is gone after a collection that was asked for, and not before it; at once, or in steps.

import t from 'tap'
import { beginCollecting, collectGarbage } from '../../src/live/collect.ts'
import { kinds, watchCollections } from '../fixtures/collections.ts'

/** Makes something that nobody holds. */
const lost = (): WeakRef<object> => new WeakRef({})

/** What a weak reference names is held for the rest of the turn in which it was made. */
const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

t.test('in steps that begin after a collection of what is young, the first time and every time', async t => {
  // Keeps the process, as sockets do a service.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  const held: unknown[] = []
  for (let time = 0; time < 20; time++) {
    // What is made and soon left leaves gaps in what is old: the next thing made there could be what begins it.
    for (let i = 0; i < 2_000; i++) held[Math.floor(Math.random() * 20_000)] = new Function(`return ${i % 7}`)
    const collections = watchCollections()
    beginCollecting()
    await collections.next(kinds.all)
    const [first, ...rest] = await collections.end()
    t.equal(first, kinds.young)
    t.ok(rest.includes(kinds.step), `then ${rest.join()}`)
  }
})

t.test('at once', async t => {
  const reference = lost()
  await nextTurn()
  t.not(reference.deref(), undefined)
  await nextTurn()
  collectGarbage()
  t.equal(reference.deref(), undefined)
})

t.test('in steps', async t => {
  const gone = Promise.withResolvers<void>()
  const registry = new FinalizationRegistry<void>(gone.resolve)
  // Keeps the process, as sockets do a service, and the registry.
  const alive = setInterval(() => registry, 1_000)
  t.teardown(() => clearInterval(alive))

  let held: object | undefined = {}
  registry.register(held, undefined)
  // Twice, since what is young would be gone with the first step.
  for (let i = 0; i < 2; i++) {
    await nextTurn()
    collectGarbage()
  }
  t.ok(held)
  held = undefined
  await nextTurn()

  const collections = watchCollections()
  beginCollecting()
  await gone.promise
  const seen = await collections.end()
  t.equal(seen[0], kinds.young)
  t.ok(seen.includes(kinds.step), `kinds of collections: ${seen.join()}`)
})

t.test('and not again with the next collection of what is young', async t => {
  const collections = watchCollections()
  let made = 0
  for (let i = 0; i < 1_000; i++) made += Array.from({ length: 1_000 }, () => ({})).length
  t.equal(made, 1_000_000)
  const seen = await collections.end()
  t.ok(seen.length > 0)
  t.strictSame(new Set(seen), new Set([kinds.young]))
})
