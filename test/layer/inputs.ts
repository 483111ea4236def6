// What a builder may be given: the sealed run that is pinned, or the one that is named, and each other is refused by its
// own code. The newest folder selects nothing.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readInput, readOptionalInput } from '../../src/layer/inputs.ts'
import { putFile, putPins, putSealed } from '../fixtures/layer-world.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

const FILE = 'RUN_REGISTRY_v0_1.jsonl'
const NONE = new Map<string, string>()

function world(t: Test) {
  const home = t.testdir()
  const run = putSealed(home, '2026-01-01__100000__run_registry_build', { [FILE]: '\n' })
  putPins(home, { run_registry: run })
  return { home, run, source: { home, named: NONE } }
}
const codeOf = (home: string, named = NONE) => thrownCode(() => readInput({ home, named }, 'run_registry'))

t.test('the pinned run', async t => {
  const { source, home, run } = world(t)
  const { ref, path, bytes } = readInput(source, 'run_registry')
  t.strictSame(ref, { run_id: run.runId, run_root: '.codex/RUNS', relpath: FILE, manifest_sha256: run.root })
  t.equal(path, `.codex/RUNS/${run.runId}/${FILE}`)
  t.equal(String(bytes), '\n')
  t.test('is taken whatever newer folders there are', async t => {
    putSealed(home, '2027-01-01__100000__run_registry_build', { [FILE]: '\n' })
    putFile(home, `.codex/RUNS/zzz_run_registry_build/${FILE}`, 'forged\n')
    t.equal(readInput(source, 'run_registry').ref.run_id, run.runId)
  })
  t.test('gives way to one that is named', async t => {
    const named = new Map([['run_registry', '2027-01-01__100000__run_registry_build']])
    t.match(readInput({ home, named }, 'run_registry').ref, {
      run_id: '2027-01-01__100000__run_registry_build',
    })
  })
})

t.test('each refusal has its code:', async t => {
  t.test('no pointer file, no entry', async t => {
    const { home, run } = world(t)
    putPins(home, { other: run })
    t.equal(codeOf(home), 'POINTER_NOT_PINNED')
    t.equal(codeOf(t.testdir()), 'POINTER_MISSING')
  })
  t.test('unknown and false, which are not the same', async t => {
    const { home } = world(t)
    putPins(home, { run_registry: null })
    t.equal(codeOf(home), 'POINTER_UNKNOWN')
    putPins(home, { run_registry: false })
    t.equal(codeOf(home), 'POINTER_FALSE')
  })
  t.test('a run that is not there', async t => {
    const { home, run } = world(t)
    putPins(home, { run_registry: { ...run, runId: 'gone' } })
    t.equal(codeOf(home), 'POINTER_RUN_MISSING')
    t.equal(codeOf(home, new Map([['run_registry', 'gone']])), 'POINTER_RUN_MISSING')
  })
  t.test('an unsealed run, pinned or named', async t => {
    const { home, run } = world(t)
    putFile(home, `.codex/RUNS/unsealed/${FILE}`, '\n')
    putPins(home, { run_registry: { ...run, runId: 'unsealed' } })
    t.equal(codeOf(home), 'SEAL_NOT_A_SEAL')
    t.equal(codeOf(home, new Map([['run_registry', 'unsealed']])), 'SEAL_NOT_A_SEAL')
  })
  t.test('a corrupt run', async t => {
    const { home, run } = world(t)
    const path = join(home, '.codex/RUNS', run.runId, FILE)
    chmodSync(path, 0o644)
    writeFileSync(path, ' ')
    t.equal(codeOf(home), 'SEAL_DIGEST_MISMATCH')
  })
  t.test('another ROOT than the pinned one', async t => {
    const { home, run } = world(t)
    putPins(home, { run_registry: { ...run, root: 'a'.repeat(64) } })
    t.equal(codeOf(home), 'POINTER_ROOT_MISMATCH')
  })
  t.test('a run of another registry', async t => {
    const { home } = world(t)
    putPins(home, { run_registry: putSealed(home, 'other', { 'x.json': '{}' }) })
    t.equal(codeOf(home), 'LAYER_INPUT_WRONG')
  })
  t.test('a sealed run whose content is no such registry', async t => {
    const { home } = world(t)
    putPins(home, { run_registry: putSealed(home, 'odd', { [FILE]: '{"run_id":5}\n' }) })
    t.equal(codeOf(home), 'LAYER_INPUT_INVALID')
    t.throws(() => readInput({ home, named: NONE }, 'run_registry'), {
      message: /^odd\/RUN_REGISTRY_v0_1\.jsonl:1:\d+: \w+ .*, and \d+ more$/,
    })
  })
})

t.test('an input that may be absent', async t => {
  const { home, run, source } = world(t)
  const optional = () => readOptionalInput(source, 'run_registry')
  t.equal(optional()?.ref.run_id, run.runId)
  t.equal(readOptionalInput(source, 'drift_signals'), null, 'is absent when nothing is pinned')
  mkdirSync(join(home, 'x'))
  t.equal(
    readOptionalInput({ home: join(home, 'x'), named: NONE }, 'drift_signals'),
    null,
    'or there is no pointer',
  )
  putPins(home, { run_registry: null })
  t.equal(optional(), null, 'or the pin is unknown')
  putPins(home, { run_registry: false })
  t.equal(thrownCode(optional), 'POINTER_FALSE', 'and is refused when it is known to be bad')
  putPins(home, { run_registry: { ...run, root: 'a'.repeat(64) } })
  t.equal(thrownCode(optional), 'POINTER_ROOT_MISMATCH')
  putFile(home, 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json', '{')
  t.equal(thrownCode(optional), 'POINTER_NOT_JSON')
})
