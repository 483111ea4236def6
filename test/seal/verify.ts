// A sealed set as one value. What is refused is in corpus.ts and flips.ts, what is real in vectors.ts.

import fc from 'fast-check'
import t from 'tap'
import { SealError } from '../../src/seal/fault.ts'
import { checkSeal, verifySeal } from '../../src/seal/verify.ts'
import {
  codesOf,
  folderOf,
  fuzzRuns,
  PAYLOAD,
  RUN_ID,
  sealFiles,
  statedRoot,
} from '../fixtures/seal-world.ts'

t.test('a seal', async t => {
  const files = sealFiles()
  const seal = verifySeal(folderOf(files))
  t.match(seal, { runId: RUN_ID, root: statedRoot(files), run: { run_id: RUN_ID }, warnings: [] })
  t.ok(Object.isFrozen(seal))
  t.strictSame([...seal.files.keys()].sort(), [...files.keys()].sort())
  t.equal(seal.files.get(PAYLOAD), files.get(PAYLOAD), 'the buffers that were hashed')
  files.delete(PAYLOAD)
  t.ok(seal.files.has(PAYLOAD), 'and nobody else’s map')
})

t.test('nested files of any name are files like others', async t => {
  const payload = { 'sub/manifest.json': '[]\n', 'sub/MANIFEST.sha256': 'x\n', 'sub/run.json': '{}\n' }
  t.equal(checkSeal(folderOf(sealFiles({ payload }))).seal?.entries.length, 4)
})

t.test('all faults are thrown together', async t => {
  const files = sealFiles()
  files.set(PAYLOAD, Buffer.from('x')).set('unlisted', Buffer.from(''))
  files.delete('infra-changelog_snapshot.jsonl')
  files.set('run.json', Buffer.from('7'))
  let thrown: unknown
  try {
    verifySeal(folderOf(files))
  } catch (error) {
    thrown = error
  }
  if (!(thrown instanceof SealError)) return t.fail('no SealError')
  t.strictSame(codesOf(thrown.faults), [
    'SEAL_DIGEST_MISMATCH',
    'SEAL_MISSING_FILE',
    'SEAL_RUN_NOT_OBJECT',
    'SEAL_SIZE_MISMATCH',
    'SEAL_UNLISTED_FILE',
  ])
  t.equal(thrown.faults.length, 7)
  t.equal(thrown.code, thrown.faults[0]!.code)
})

t.test('no files make it throw, and none that were not sealed are accepted', async t => {
  const good = sealFiles()
  const name = fc.constantFrom(...good.keys(), 'x', 'sub/y', 'MANIFEST.json', 'SEAL.json')
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...good.values()),
    fc.constant(undefined),
  )
  const property = fc.property(fc.array(fc.tuple(name, content), { minLength: 1, maxLength: 4 }), changes => {
    const files = new Map(good)
    for (const [at, bytes] of changes) {
      if (bytes === undefined) files.delete(at)
      else files.set(at, Buffer.from(bytes))
    }
    const same = files.size === good.size && [...files].every(([at, bytes]) => good.get(at)?.equals(bytes))
    const { seal, faults } = checkSeal(folderOf(files))
    return same ? seal !== undefined : seal === undefined && faults.length > 0
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: fuzzRuns }), `${fuzzRuns} runs`)
})

t.test('200,000 faults in one file are no way to make it throw', async t => {
  const huge = {
    twice: `{${'"a":1,'.repeat(200_000)}"a":1}`,
    keys: `[{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":1`).join(',')}}]`,
    entries: `[${'{},'.repeat(9_999)}{}]`,
    lines: '\n'.repeat(4 * 2 ** 20),
  }
  for (const [name, text] of Object.entries(huge)) {
    const files = sealFiles()
    for (const file of ['run.json', 'manifest.json', 'MANIFEST.sha256']) files.set(file, Buffer.from(text))
    const { seal, faults } = checkSeal(folderOf(files))
    t.ok(seal === undefined && faults.length > 0, `${name}: ${faults.length} faults`)
  }
})
