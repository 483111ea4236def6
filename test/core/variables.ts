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

t.test('what Kubernetes tells every pod of a Service of that name is nobody’s slip', async t => {
  const told = {
    INFRA_RESOLVER_SERVICE_HOST: '10.0.0.1',
    INFRA_RESOLVER_SERVICE_PORT: '80',
    INFRA_RESOLVER_SERVICE_PORT_HTTP: '80',
    INFRA_RESOLVER_PORT: 'tcp://10.0.0.1:80',
    INFRA_RESOLVER_PORT_80_TCP: 'tcp://10.0.0.1:80',
    INFRA_RESOLVER_PORT_80_TCP_PROTO: 'tcp',
    INFRA_RESOLVER_PORT_80_TCP_PORT: '80',
    INFRA_RESOLVER_PORT_80_TCP_ADDR: '10.0.0.1',
  }
  t.strictSame(unknownVariables({ ...told, INFRA_HOME: 'x' }), [])
  t.strictSame(unknownVariables({ INFRA_SERVICE_HOST: '10.0.0.1', INFRA_PORT: 'tcp://10.0.0.1:80' }), [])
  const slips = { INFRA_RESOLVER_HOME: 'x', INFRA_PORT: '80' }
  t.strictSame(unknownVariables({ ...told, ...slips }), Object.keys(slips))
})
