// Real sealed folders, the golden chain and the attacks that are known to have fooled another validator, each with
// the verdict that is written beside it.

import { join } from 'node:path'
import t from 'tap'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { codesOf, foldersIn, hasVectors, readJson, VECTORS } from '../fixtures/seal-world.ts'

const REAL_ROOT = '1f5f45f800b4add0a836950500b0eef90efefdfe5de6b238e44a7d57b99b9631'
const check = (path: string, runId?: string) =>
  checkSeal(readRunFolder(join(VECTORS, path), runId === undefined ? {} : { runId }))

t.test('the real run', async t => {
  if (!hasVectors(t)) return
  t.test('as sealed is valid', async t => {
    const { seal, faults, warnings } = check('p1_20260204_001')
    t.strictSame([seal?.root, faults, warnings], [REAL_ROOT, [], []])
  })
  t.test('with a CRLF hash list is valid, with a warning', async t => {
    const { seal, faults, warnings } = check('p1_20260204_001__manifest_crlf', 'p1_20260204_001')
    t.strictSame([seal?.root, faults, codesOf(warnings)], [REAL_ROOT, [], ['SEAL_LIST_CRLF']])
  })
  t.test('as a clone gives it has five sizes and five digests wrong, and line ends explain them', async t => {
    const { faults, warnings } = check('p1_20260204_001__as_in_git_HEAD', 'p1_20260204_001')
    const count = (code: string) => faults.filter(fault => fault.code === code).length
    t.strictSame([count('SEAL_SIZE_MISMATCH'), count('SEAL_DIGEST_MISMATCH'), faults.length], [5, 5, 10])
    t.strictSame(codesOf(warnings), ['SEAL_LINE_ENDINGS_CHANGED'])
    t.match(warnings[0]!.message, /^line endings changed/)
  })
  t.test('under the name of a copy is another run', async t => {
    t.strictSame(codesOf(check('p1_20260204_001__manifest_crlf').faults), ['SEAL_RUN_ID_MISMATCH'])
  })
})

t.test('the promotions and the golden chain are valid', async t => {
  if (!hasVectors(t)) return
  const pointers = readJson(join(VECTORS, '../facts/upstream_active_pointers_no_prose.json')) as {
    pointers: { active_ref: { run_id: string | null; manifest_sha256: string | null } }[]
  }
  const pinned = new Map(pointers.pointers.map(({ active_ref: ref }) => [ref.run_id, ref.manifest_sha256]))
  let promotions = 0
  for (const name of foldersIn(join(VECTORS, 'real_promotions_20260205/.codex/RUNS'))) {
    const { seal } = check(`real_promotions_20260205/.codex/RUNS/${name}`)
    t.equal(seal?.root, pinned.get(name), `${name} has the root that is pinned upstream`)
    promotions += 1
  }
  const chain = foldersIn(join(VECTORS, 'mini_chain_folders'))
  for (const name of chain) {
    const { seal, faults, warnings } = check(`mini_chain_folders/${name}`)
    t.strictSame([seal?.runId, faults, warnings], [name, [], []], name)
  }
  t.ok(promotions >= 3)
  t.equal(chain.length, 20)
})

t.test('the delta log that lost its payload lacks one file', async t => {
  if (!hasVectors(t)) return
  const name = foldersIn(join(VECTORS, 'real_delta_log_20260205__payload_lost'))[0]!
  const { seal, faults } = check(`real_delta_log_20260205__payload_lost/${name}`)
  t.equal(seal, undefined)
  t.strictSame(
    faults.map(({ code, path }) => [code, path]),
    [['SEAL_MISSING_FILE', 'REGISTRY_DELTA_LOG_v0_1.jsonl']],
  )
})

t.test('each adversarial folder gets its verdict', async t => {
  if (!hasVectors(t)) return
  const verdicts = readJson(join(VECTORS, 'adversarial/verdicts.json')) as { case: string; ours: string }[]
  for (const { case: name, ours } of verdicts) {
    const { seal, faults } = check(`adversarial/${name}`)
    t.equal(seal === undefined ? 'INVALID' : 'valid', ours, `${name}: ${codesOf(faults).join(' ')}`)
    t.equal(seal === undefined, faults.length > 0)
  }
  t.equal(verdicts.length, foldersIn(join(VECTORS, 'adversarial')).length)
  t.comment(`${verdicts.length} adversarial folders`)
})
