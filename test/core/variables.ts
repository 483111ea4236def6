// Names that begin with INFRA_ are ours, or a slip of the pen.

import t from 'tap'
import { unknownVariables, VARIABLES } from '../../src/core/variables.ts'

t.test('a variable that is like ours and none of ours is unknown', async t => {
  const ours = Object.fromEntries(VARIABLES.map(name => [name, 'x']))
  t.strictSame(unknownVariables({ ...ours, PATH: 'x', INFRA: 'x', infra_home: 'x', MY_INFRA_X: 'x' }), [])
  t.strictSame(unknownVariables({ ...ours, INFRA_HOEM: '', INFRA_: 'x', INFRA_HOME_: 'x' }), [
    'INFRA_HOEM',
    'INFRA_',
    'INFRA_HOME_',
  ])
})
