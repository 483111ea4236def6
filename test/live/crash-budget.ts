import t from 'tap'
import { CrashBudget } from '../../src/live/crash-budget.ts'

t.test(
  'the first crash is mended at once, the next ones after a wait that doubles, the sixth never',
  async t => {
    const budget = new CrashBudget()
    t.strictSame(
      [0, 1, 2, 3, 4, 5].map(s => budget.spend(s * 1_000)),
      [0, 200, 400, 800, 1_600, null],
    )
  },
)

t.test('crashes that are long past count no more', async t => {
  const budget = new CrashBudget()
  for (let n = 0; n < 20; n++) t.equal(budget.spend(n * 60_000), 0)
  t.equal(budget.spend(19 * 60_000 + 59_999), 200)
})
