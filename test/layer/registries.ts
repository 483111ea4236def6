// The names of the layer: what is built comes after what it needs, and each run is told from the others.

import t from 'tap'
import { BUILDS, BUILT, isBuilt, isRegistry, REGISTRIES } from '../../src/layer/registries.ts'
import { isRegistryId } from '../../src/seal/pointer-entry.ts'

t.test('the order of the builds is the one of the runbook', async t => {
  t.strictSame(BUILT, [
    'run_registry',
    'op_status_table',
    'drift_signals',
    'system_health_report',
    'registry_delta_log',
  ])
})

t.test('every registry has a name, every build a type and an operation of its own', async t => {
  for (const id of Object.keys(REGISTRIES)) t.ok(isRegistryId(id) && isRegistry(id), id)
  for (const id of BUILT) t.ok(isBuilt(id) && isRegistry(id), id)
  for (const odd of ['toString', '', 'all', 'telemetry_registr'])
    t.notOk(isRegistry(odd) || isBuilt(odd), odd)
  for (const of of [
    (id: (typeof BUILT)[number]) => BUILDS[id].runType,
    (id: (typeof BUILT)[number]) => BUILDS[id].operationId,
  ])
    t.equal(new Set(BUILT.map(of)).size, BUILT.length)
})
