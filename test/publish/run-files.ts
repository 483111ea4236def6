// A run in memory: the same payload, time and commit give the same bytes, and a verifier that shares nothing with
// this code but the format accepts them.

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { buildRun, type Envelope, runIdAt, utcSeconds } from '../../src/publish/run-files.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { folderOf, fuzzRuns, rootOf } from '../fixtures/seal-world.ts'

const envelope: Envelope = {
  run_id: '2026-08-09__101500__tag',
  created_utc: '2026-08-09T10:15:00Z',
  run_type: 'seal_promotion',
  option: 'QA',
  operation_id: 'OP-QA12',
  git_commit: null,
  working_tree_state: null,
  inputs: { z: 1, a: 2 },
  extra: { later: true },
}
const payload = new Map<string, Uint8Array>([
  ['b.json', Buffer.from('{}\n')],
  ['a/nested.txt', Buffer.from('nested\r\n')],
])

t.test('names and times', async t => {
  const now = new Date('2026-08-09T10:15:59.999Z')
  t.equal(runIdAt(now, 'tag'), '2026-08-09__101559__tag')
  t.equal(utcSeconds(now), '2026-08-09T10:15:59Z', 'the fraction is cut, not rounded')
})

t.test('a built run', async t => {
  const run = buildRun(envelope, payload)
  t.test('pins its whole text', async t => {
    t.equal(
      Buffer.from(run.files.get('run.json')!).toString(),
      `{
  "created_utc": "2026-08-09T10:15:00Z",
  "git_commit": null,
  "inputs": {
    "z": 1,
    "a": 2
  },
  "later": true,
  "operation_id": "OP-QA12",
  "option": "QA",
  "outputs": [
    "MANIFEST.sha256",
    "a/nested.txt",
    "b.json",
    "manifest.json",
    "run.json"
  ],
  "run_id": "2026-08-09__101500__tag",
  "run_type": "seal_promotion",
  "working_tree_state": null
}
`,
    )
  })
  t.test('lists every file but the manifest in the manifest, by relpath', async t => {
    const entries = JSON.parse(Buffer.from(run.files.get('manifest.json')!).toString())
    t.match(entries, [
      { relpath: 'a/nested.txt', bytes: 8 },
      { relpath: 'b.json', bytes: 3 },
      { relpath: 'run.json' },
    ])
    t.strictSame(Object.keys(entries[0]), ['relpath', 'bytes', 'sha256'])
  })
  t.test('has a hash list in relpath order, LF, with the root last', async t => {
    const lines = Buffer.from(run.files.get('MANIFEST.sha256')!).toString().split('\n')
    t.strictSame(
      lines.slice(0, 4).map(line => line.slice(66)),
      ['a/nested.txt', 'b.json', 'manifest.json', 'run.json'],
    )
    t.equal(lines[4], `ROOT_SHA256  ${run.root}`)
    t.equal(lines[5], '')
    t.equal(run.root, rootOf(lines.slice(0, 4)), 'S5, as another sealer computes it')
  })
  t.test('keeps the payload bytes themselves', async t => {
    for (const [relpath, bytes] of payload) t.equal(run.files.get(relpath), bytes)
  })
})

t.test('the hash list satisfies sha256sum', async t => {
  const dir = t.testdir()
  const { files } = buildRun(envelope, new Map([['b.json', Buffer.from('{}\n')]]))
  const { writeFileSync } = await import('node:fs')
  for (const [name, bytes] of files) writeFileSync(`${dir}/${name}`, bytes)
  const out = execFileSync('sh', ['-c', 'grep -v ROOT_SHA256 MANIFEST.sha256 | sha256sum --check --strict'], {
    cwd: dir,
    encoding: 'utf8',
  })
  t.match(out, /^b\.json: OK$/m)
  t.match(out, /^manifest\.json: OK$/m)
})

t.test('whatever is sealed verifies, and twice the same is the same', async t => {
  const names = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}(\/[a-z][a-z0-9]{0,5})?$/)
  const payloads = fc.dictionary(names, fc.uint8Array({ maxLength: 64 }), { minKeys: 1, maxKeys: 6 })
  fc.assert(
    fc.property(payloads, files => {
      const own = new Map(Object.entries(files))
      const reserved = ['run.json', 'manifest.json'].some(name => own.has(name))
      const folders = [...own.keys()].map(name => name.split('/')[0]!)
      if (reserved || new Set(folders).size !== folders.length) return
      const one = buildRun(envelope, own)
      const two = buildRun(envelope, new Map([...own].reverse()))
      const bytes = (files: ReadonlyMap<string, Uint8Array>) =>
        new Map([...files].map(([name, content]) => [name, Buffer.from(content)]))
      const { seal, faults } = checkSeal(folderOf(bytes(one.files), envelope.run_id))
      if (faults.length > 0 || seal?.root !== one.root) throw new Error(JSON.stringify(faults))
      if (two.root !== one.root) throw new Error('the order of the payload shows')
    }),
    { numRuns: fuzzRuns },
  )
  t.pass(`${fuzzRuns} payloads`)
})
