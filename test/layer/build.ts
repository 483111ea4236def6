// One build as a function: the same context gives the same files, and nothing is read from a clock.

import t from 'tap'
import { buildArtifacts, summarize } from '../../src/layer/build.ts'
import { BUILT } from '../../src/layer/registries.ts'
import { treeOf } from '../fixtures/home-world.ts'
import { contextOf, makeLayerHome } from '../fixtures/layer-world.ts'

t.test('a build is a function of its context, and writes nothing', async t => {
  const home = await makeLayerHome(t)
  const before = treeOf(home)
  for (const registryId of BUILT) {
    const build = () => buildArtifacts(registryId, contextOf(home))
    t.strictSame(build(), build(), registryId)
  }
  t.strictSame(treeOf(home), before)
})

t.test('a status table says what its drift was taken from', async t => {
  const home = await makeLayerHome(t)
  const { files, inputs } = buildArtifacts('op_status_table', contextOf(home))
  const meta = JSON.parse(files.get('OPERATION_STATUS_TABLE_v0_1.meta.json')!)
  t.match(meta.drift_signals_run, /__drift_signals_build\/DRIFT_SIGNALS_v0_1\.json$/)
  t.strictSame(meta.system_drift, { canon_dirty: null, schema_drift: null, threshold_drift: null })
  t.match(inputs, { 'registry/OPERATION_CATALOG_v0_1.json': { sha256: /^[0-9a-f]{64}$/ } })
})

t.test('health names what it was made of', async t => {
  const home = await makeLayerHome(t)
  const { summary, inputs, records } = summarize(contextOf(home))
  t.match(summary.input_sources, {
    status_table: /op_status_table_build\/OPERATION_STATUS_TABLE_v0_1\.json$/,
    registry: /run_registry_build\/RUN_REGISTRY_v0_1\.jsonl$/,
    drift_signals: /drift_signals_build\/DRIFT_SIGNALS_v0_1\.json$/,
  })
  t.strictSame(Object.keys(inputs), ['op_status_table', 'run_registry', 'drift_signals'])
  t.equal(records.length, 2)
})
