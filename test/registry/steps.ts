import t from 'tap'
import { finish, type Steps } from '../../src/registry/steps.ts'

t.test('all steps are taken, and the result is given', async t => {
  let steps = 0
  function* count(to: number): Steps<number> {
    for (; steps < to; steps++) yield
    return steps
  }
  t.equal(finish(count(5)), 5)
  t.equal(finish(count(0)), 5, 'without a step too')
})
