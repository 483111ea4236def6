// run.json from bytes.

import fc from 'fast-check'
import t from 'tap'
import { checkRunJson } from '../../src/seal/run-json.ts'
import { fuzzRuns, RUN_ID, sealFiles } from '../fixtures/seal-world.ts'

const good = sealFiles().get('run.json')!
const read = (members: object) =>
  checkRunJson(
    Buffer.from(JSON.stringify({ run_id: RUN_ID, created_utc: '2026-08-09T10:15:00Z', ...members })),
    RUN_ID,
  )

t.test('an envelope', async t => {
  const native = {
    run_type: 'seal_promotion',
    option: 'QA',
    operation_id: 'OP-QA12',
    git_commit: 'a'.repeat(40),
    working_tree_state: 'clean',
    mass_change: true,
  }
  const { run, faults } = read({ ...native, outputs: ['a'] })
  t.strictSame(faults, [])
  t.match(run, native)
  t.strictSame(run!.members.get('outputs'), ['a'])
  t.ok(Object.isFrozen(run) && Object.isFrozen(run!.members.get('outputs')))
})

t.test('a member that is absent or of another type reads as null', async t => {
  const { run, faults } = read({ run_type: 7, option: ['QA'], working_tree_state: 'tidy', git_commit: null })
  t.strictSame(faults, [])
  t.match(run, {
    run_type: null,
    option: null,
    operation_id: null,
    git_commit: null,
    working_tree_state: null,
  })
  t.equal(run!.members.get('run_type'), 7)
})

t.test('a mass change is allowed by true and by nothing that looks like it', async t => {
  for (const mass_change of ['true', 1, {}, [], null]) t.equal(read({ mass_change }).run!.mass_change, false)
})

t.test('no bytes make the reader throw', async t => {
  const mutated = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255))
    .map(([at, value]) => Buffer.from(good).fill(value, at, at + 1))
  const inputs = fc.oneof(
    fc.uint8Array(),
    mutated,
    fc.json().map(text => Buffer.from(text)),
  )
  const property = fc.property(inputs, bytes => {
    const { run, faults } = checkRunJson(bytes, RUN_ID)
    return run !== undefined || faults.length > 0
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: fuzzRuns }), `${fuzzRuns} runs`)
})
