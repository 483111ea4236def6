// Turns: what is asked for at once is done side by side, the sockets are heard in between, and nothing is done for
// those who have left.

import t from 'tap'
import type { Steps } from '../../src/registry/steps.ts'
import { Turns } from '../../src/server/turns.ts'

const staying = new AbortController().signal

/** Work of so many steps, each written down. */
function* work(name: string, steps: number, done: string[] = [], stepMs = 0): Steps<string> {
  for (let i = 0; i < steps; i++) {
    const began = performance.now()
    while (performance.now() - began < stepMs);
    done.push(name)
    yield
  }
  return name
}

t.test('each gets its own result', async t => {
  const turns = new Turns()
  const names = ['a', 'b', 'c']
  t.strictSame(await Promise.all(names.map((name, i) => turns.run(work(name, i * 3), staying))), names)
  t.equal(await turns.run(work('later', 5), staying), 'later', 'and so does who comes when all is done')
})

t.test('they take turns, a step each', async t => {
  const turns = new Turns()
  const done: string[] = []
  await Promise.all([turns.run(work('a', 3, done), staying), turns.run(work('b', 3, done), staying)])
  t.equal(done.join(''), 'ababab')
})

t.test('nothing is begun before the loop has come round', async t => {
  const done: string[] = []
  const turns = new Turns()
  const run = turns.run(work('a', 1, done), staying)
  t.strictSame(done, [])
  await Promise.resolve()
  t.strictSame(done, [], 'however many are asked for at once')
  await run
  t.strictSame(done, ['a'])
})

t.test('the loop comes round between two turns', async t => {
  const turns = new Turns()
  const done: string[] = []
  const stepsSeen: number[] = []
  let over = false
  const look = (): void => {
    stepsSeen.push(done.length)
    if (!over) setImmediate(look)
  }
  const runs = Promise.all(['a', 'b', 'c'].map(name => turns.run(work(name, 10, done, 1), staying)))
  setImmediate(look)
  await runs
  over = true
  t.equal(done.length, 30)
  const most = Math.max(...stepsSeen.slice(1).map((seen, i) => seen - stepsSeen[i]!))
  // Steps of a millisecond each: two, and perhaps the one that the second had not quite ended before.
  t.ok(most <= 3, `at most ${most} steps in one turn of the loop`)
})

t.test('what is asked for while others are under way has its turn among them', async t => {
  const turns = new Turns()
  const done: string[] = []
  const long = turns.run(work('L', 50, done, 0.5), staying)
  await new Promise(resolve => setImmediate(resolve))
  await turns.run(work('s', 1, done), staying)
  t.ok(done.length < 50, `a short one is done after ${done.length} steps`)
  t.equal(await long, 'L')
})

t.test('what nobody waits for any more is given up', async t => {
  const turns = new Turns(1)
  const done: string[] = []
  const leaving = new AbortController()
  let ended = false
  function* watched(): Steps<string> {
    try {
      return yield* work('gone', 1_000_000, done)
    } finally {
      ended = true
    }
  }
  const run = turns.run(watched(), leaving.signal)
  while (done.length < 40) await new Promise(resolve => setImmediate(resolve))
  const before = done.length
  leaving.abort()
  t.equal(await run, undefined)
  t.equal(done.length, before, 'not one more step')
  t.equal(await turns.run(work('b', 40), staying), 'b', 'which leaves its room')
  t.ok(ended, 'and the work was told')
  const early = AbortSignal.abort()
  t.equal(await turns.run(work('never', 1, done), early), undefined)
  t.notOk(done.includes('never'))
})

t.test('beyond the most searches that may be under way, the next one is refused', async t => {
  const turns = new Turns(2)
  const searches = ['a', 'b', 'c', 'd'].map(name => turns.run(work(name, 60, [], 0.1), staying))
  const pages = ['p', 'q', 'r'].map(name => turns.run(work(name, 32), staying))
  t.strictSame(await Promise.all(pages), ['p', 'q', 'r'], 'and a page is not')
  t.strictSame(await Promise.all(searches), ['a', 'b', undefined, undefined])
  t.equal(await turns.run(work('e', 40), staying), 'e', 'there is room again')
})

t.test('one that fails, fails alone, and leaves its room', async t => {
  const turns = new Turns(1)
  function* failing(): Steps<string> {
    yield* work('failing', 40)
    throw new Error('no good')
  }
  await t.rejects(turns.run(failing(), staying), { message: 'no good' })
  t.equal(await turns.run(work('a', 40), staying), 'a')
})
