// Outside of a pool; inside one it is tested by the pool's tests, over real threads.

import t from 'tap'
import { joinPool } from '../../src/live/thread-port.ts'

t.test('nothing but the pool starts a serving thread', async t => {
  t.throws(() => joinPool(), { message: /started by the main thread/ })
})
