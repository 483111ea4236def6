// One entry of the pointer file by itself; what a whole file refuses is in pointer.ts.

import t from 'tap'
import { checkJsonText, type JsonText } from '../../src/seal/json-text.ts'
import { checkPointerEntry, isRegistryId, RUN_ROOTS } from '../../src/seal/pointer-entry.ts'
import { codesOf, pointerBytes, pointerFile } from '../fixtures/seal-world.ts'

const check = (item: unknown) => {
  const json = checkJsonText(pointerBytes(item)) as JsonText
  return checkPointerEntry(json.value, json, '#')
}

t.test('what is read is what was written', async t => {
  for (const item of pointerFile('a'.repeat(64)).pointers) t.strictSame(check(item).entry, item)
})

t.test('only two folders may hold runs', async t => {
  t.strictSame(RUN_ROOTS, ['.codex/RUNS', 'reports/runs'])
  for (const run_root of RUN_ROOTS) {
    const item = pointerFile('a'.repeat(64)).pointers[0]!
    Object.assign(item.active_ref, { run_root })
    t.strictSame(check(item).faults, [])
  }
})

t.test('an entry of nothing lacks four members', async t => {
  const { entry, faults } = check({})
  t.equal(entry, undefined)
  t.strictSame([codesOf(faults), faults.length], [['POINTER_BAD_ENTRY'], 4])
})

t.test('registry ids', async t => {
  t.ok(isRegistryId('telemetry_registry'))
  for (const id of ['', 'A', '_a', 'a-b', 'a/b', 'a\n', 'a'.repeat(65), null, 7])
    t.notOk(isRegistryId(id), String(id))
})
