// One run folder, whatever lies in it: there is a record, and what is odd is a warning.

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { type RunRecord, readRecord } from '../../src/layer/run-record.ts'
import { putFile } from '../fixtures/layer-world.ts'
import { fuzzRuns } from '../fixtures/seal-world.ts'

const MISSING = ['missing MANIFEST.sha256', 'missing manifest.json']

const ORDER =
  'registry_version run_id run_root run_key run_path created_utc run_type option operation_id git_commit working_tree_state has_run_json has_manifest_sha256 has_manifest_json manifest_root_sha256 files warnings'.split(
    ' ',
  )
const byGivenOrder = (a: string, b: string): number => ORDER.indexOf(a) - ORDER.indexOf(b)

/** Reads a folder that holds these files. */
function recordOf(t: Test, files: Readonly<Record<string, string | Uint8Array>>): RunRecord {
  const folder = t.testdir()
  for (const [name, content] of Object.entries(files)) putFile(folder, name, content)
  return readRecord('reports/runs', 'r', folder)
}
const ofRun = (t: Test, run: string | Uint8Array): RunRecord => recordOf(t, { 'run.json': run })

t.test('a whole folder', async t => {
  const run = {
    operation_id: 'OP-A01',
    created_utc: '2026-02-01T00:00:00Z',
    run_type: 'op_run',
    option: 'A',
    git_commit: 'c0ffee',
    working_tree_state: 'clean',
  }
  const record = recordOf(t, {
    'run.json': JSON.stringify(run),
    'manifest.json': '[]',
    'MANIFEST.sha256': 'ab  run.json\nROOT_SHA256  cd\n',
    'deep/inside.txt': 'not listed',
  })
  t.strictSame(record, {
    registry_version: '0.1',
    run_id: 'r',
    run_root: 'reports/runs',
    run_key: 'reports/runs::r',
    run_path: 'reports/runs/r/',
    created_utc: '2026-02-01T00:00:00Z',
    run_type: 'op_run',
    option: 'A',
    operation_id: 'OP-A01',
    git_commit: 'c0ffee',
    working_tree_state: 'clean',
    has_run_json: true,
    has_manifest_sha256: true,
    has_manifest_json: true,
    manifest_root_sha256: 'cd',
    files: [
      { relpath: 'MANIFEST.sha256', bytes: 29 },
      { relpath: 'manifest.json', bytes: 2 },
      { relpath: 'run.json', bytes: JSON.stringify(run).length },
    ],
    warnings: [],
  })
  t.equal(Object.keys(record).join(), Object.keys(record).sort(byGivenOrder).join(), 'keys stand in order')
})

t.test('a malformed run.json is a warning', async t => {
  const cases: readonly (readonly [what: string, bytes: string | Uint8Array, warning: RegExp])[] = [
    ['no JSON', '{not json', /^Failed to parse run\.json: not JSON: \w+: line 1 column 2$/],
    ['empty', '', /^Failed to parse run\.json: not JSON: the file is empty: line 1 column 1$/],
    ['two documents', '{} {}', /^Failed to parse run\.json: text follows the document/],
    ['a byte-order mark', '\ufeff{}', /^Failed to parse run\.json: the file begins with a byte-order mark/],
    ['not UTF-8', Buffer.of(0x22, 0xff, 0x22), /^Failed to parse run\.json: not UTF-8: byte 1/],
    ['not a number of JSON', '{"a": NaN}', /^Failed to parse run\.json: not JSON/],
    ['broken and with a duplicate key', '{"a": 1, "a": 2, b}', /^Failed to parse run\.json: not JSON/],
    ['an array', '[1]', /^run\.json top-level is not an object$/],
    ['a text', '"x"', /^run\.json top-level is not an object$/],
    ['too deep', '['.repeat(100_000), /^Failed to parse run\.json: /],
    [
      'large',
      Buffer.alloc(16 * 1024 * 1024 + 1, 0x20),
      /^Failed to parse run\.json: larger than 16777216 bytes$/,
    ],
  ]
  for (const [what, bytes, warning] of cases) {
    const record = ofRun(t, bytes)
    t.match(record.warnings, [warning, ...MISSING], what)
    t.equal(record.warnings.length, 3)
    t.match(record, { has_run_json: true, created_utc: null, operation_id: null })
  }
  t.strictSame(ofRun(t, 'null').warnings, MISSING, 'null says nothing and is nothing odd')
})

t.test('the last of two equal keys counts, whatever the line ends', async t => {
  const { option, warnings } = ofRun(t, '{\r\n "option": "A",\r "option": "B"}')
  t.strictSame([option, warnings], ['B', MISSING])
})

t.test('a member that is no text', async t => {
  t.test('is null, with a warning where it says something', async t => {
    const odd = { created_utc: 5, run_type: ['x'], option: { a: 1 }, operation_id: true, git_commit: 1.5 }
    const record = ofRun(t, JSON.stringify({ ...odd, working_tree_state: 'filthy', created_at: '2026' }))
    t.match(record, { created_utc: null, run_type: null, option: null, operation_id: null, git_commit: null })
    t.equal(record.working_tree_state, null)
    t.strictSame(record.warnings, [
      'run.json created_utc is a number, not a string',
      'run.json run_type is an array, not a string',
      'run.json option is an object, not a string',
      'run.json operation_id is a boolean, not a string',
      'run.json git_commit is a number, not a string',
      'run.json working_tree_state is neither clean nor dirty',
      ...MISSING,
    ])
  })
  t.test('and says nothing is null without one', async t => {
    for (const empty of ['null', 'false', '0', '0.0', '-0', '""', '[]', '{}']) {
      const { created_utc, option, warnings } = ofRun(
        t,
        `{"option":${empty},"created_utc":${empty},"created_at":"2026"}`,
      )
      t.strictSame([option, created_utc, warnings], [null, '2026', MISSING], empty)
    }
  })
  t.test('is never one of the prototype', async t => {
    t.strictSame(ofRun(t, '{"__proto__":{"option":"A"}}').option, null)
  })
})

t.test('the stated root', async t => {
  const rootIn = (list: string): string | null =>
    recordOf(t, { 'MANIFEST.sha256': list }).manifest_root_sha256
  t.equal(rootIn('ROOT_SHA256\t  one\r\nROOT_SHA256  two\r\n'), 'one', 'is the one of the first line')
  t.equal(rootIn('ROOT_SHA256  one two\n'), 'two', 'its last word')
  t.equal(rootIn('ROOT_SHA256\n'), null)
  t.equal(rootIn(' ROOT_SHA256  one\n'), null, 'the line begins with the word')
  t.equal(rootIn('ROOT_SHA256\nROOT_SHA256  two'), 'two')
  t.equal(rootIn(''), null)
})

t.test('what lies in the folder', async t => {
  const folder = t.testdir({ real: 'text', sub: { 'run.json': '{}' } })
  symlinkSync('real', join(folder, 'link'))
  symlinkSync('nowhere', join(folder, 'dangling'))
  symlinkSync('loop', join(folder, 'loop'))
  symlinkSync('sub', join(folder, 'folder-link'))
  spawnSync('mkfifo', [join(folder, 'run.json')])
  writeFileSync(join(folder, '.hidden'), '')
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff)]), 'x')
  for (const name of ['B', 'a', 'é', '\ue000', '😀']) writeFileSync(join(folder, name), '')
  const record = readRecord('.codex/RUNS', 'r', folder)
  t.strictSame(
    record.files.map(({ relpath }) => relpath),
    ['.hidden', 'B', 'a', 'link', 'real', 'é', '\udcff', '\ue000', '😀'],
    'files and links to files, by code point',
  )
  t.strictSame(
    record.warnings,
    ['missing run.json', ...MISSING],
    'a pipe is no run.json, and is not waited for',
  )
})

t.test('a folder that cannot be listed is a warning', async t => {
  const folder = t.testdir()
  t.strictSame(readRecord('.codex/RUNS', 'gone', join(folder, 'gone')).warnings, [
    'the folder cannot be listed (ENOENT)',
    'missing run.json',
    ...MISSING,
  ])
  if (process.getuid?.() === 0) return t.comment('NOT RUN as root: a file that may not be looked at')
  mkdirSync(join(folder, 'shut'))
  writeFileSync(join(folder, 'shut/run.json'), '{}')
  chmodSync(join(folder, 'shut'), 0o444)
  const { files, warnings } = readRecord('.codex/RUNS', 'shut', join(folder, 'shut'))
  t.strictSame(files, [{ relpath: 'run.json', bytes: -1 }])
  t.strictSame(warnings, ['Failed to parse run.json: cannot be read', ...MISSING])
  chmodSync(join(folder, 'shut'), 0o755)
})

t.test('any bytes give a record', async t => {
  const folder = t.testdir()
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map(text => Buffer.from(text)),
    fc
      .record({ created_utc: fc.jsonValue(), option: fc.jsonValue(), working_tree_state: fc.jsonValue() })
      .map(value => Buffer.from(JSON.stringify(value))),
  )
  fc.assert(
    fc.property(any, any, (run, list) => {
      writeFileSync(join(folder, 'run.json'), run)
      writeFileSync(join(folder, 'MANIFEST.sha256'), list)
      const record = readRecord('.codex/RUNS', 'r', folder)
      for (const key of ['created_utc', 'option', 'run_type', 'operation_id', 'git_commit'] as const)
        if (record[key] !== null && typeof record[key] !== 'string') return false
      return record.warnings.includes('missing manifest.json')
    }),
    { numRuns: fuzzRuns },
  )
  t.pass('and never anything but texts and null')
})
