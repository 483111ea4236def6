// Broken folders, one fault each where a fault can stand alone, everything that follows re-hashed consistently.
// None is accepted, each is named by its own codes, and between them they meet every code that a disk can show.

import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { SEAL_CODES } from '../../src/seal/fault.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import {
  type Bends,
  codesOf,
  type Files,
  type Listed,
  PAYLOAD,
  RUN_ID,
  sealFiles,
  writeFolder,
} from '../fixtures/seal-world.ts'

interface Broken {
  readonly codes: readonly string[]
  readonly bends?: Bends
  /** What is done to the folder on disk. */
  readonly onDisk?: (path: string) => void
}

const zeros = '0'.repeat(64)
const bytes = (text: string): Buffer => Buffer.from(text)
const files = (change: (files: Files) => void): Bends => ({ files: change })
const entry = (relpath: string): Listed => ({ relpath, bytes: 0, sha256: zeros })
const drop = (name: string): Bends => files(all => void all.delete(name))
const run = (value: unknown): Bends => ({ run: () => JSON.stringify(value) })
const named = (relpath: unknown): Bends => ({ entries: all => [{ ...all[0]!, relpath }, ...all] })
const first = (change: object): Bends => ({ entries: all => [{ ...all[0]!, ...change }, ...all.slice(1)] })
const spelled = (number: string): Bends => ({
  manifest: text => text.replace(/"bytes": \d+/, `"bytes": ${number}`),
})
const badPath = (relpath: unknown): Broken =>
  typeof relpath === 'string'
    ? { codes: ['SEAL_LIST_UNKNOWN_LINE', 'SEAL_MANIFEST_BAD_RELPATH'], bends: named(relpath) }
    : { codes: ['SEAL_MANIFEST_BAD_RELPATH'], bends: named(relpath) }

const socket = createServer()
const socketPath = join(tmpdir(), `seal-${process.pid}.sock`)

const corpus: Record<string, Broken> = {
  // S1
  'no folder': { codes: ['SEAL_FOLDER_MISSING'], onDisk: path => rmSync(path, { recursive: true }) },
  'a file where the folder should be': {
    codes: ['SEAL_NOT_A_FOLDER'],
    onDisk: path => {
      rmSync(path, { recursive: true })
      writeFileSync(path, '')
    },
  },
  'a link to the folder': {
    codes: ['SEAL_SYMLINK'],
    onDisk: path => {
      renameSync(path, `${path}.real`)
      symlinkSync(`${path}.real`, path)
    },
  },
  'a payload that is a link': { codes: ['SEAL_SYMLINK'], onDisk: path => linked(path, PAYLOAD) },
  'a run.json that is a link': { codes: ['SEAL_SYMLINK'], onDisk: path => linked(path, 'run.json') },
  'a manifest that is a link': { codes: ['SEAL_SYMLINK'], onDisk: path => linked(path, 'manifest.json') },
  'a hash list that is a link': { codes: ['SEAL_SYMLINK'], onDisk: path => linked(path, 'MANIFEST.sha256') },
  'an unlisted link to nothing': {
    codes: ['SEAL_SYMLINK'],
    onDisk: path => symlinkSync('nowhere', join(path, 'x')),
  },
  'a folder that is a link': {
    codes: ['SEAL_SYMLINK'],
    bends: { payload: { 'sub/a.txt': 'a\n' } },
    onDisk: path => linked(path, 'sub'),
  },
  'a fifo': {
    codes: ['SEAL_SPECIAL_FILE'],
    onDisk: path => void execFileSync('mkfifo', [join(path, 'pipe')]),
  },
  'a fifo for a payload': {
    codes: ['SEAL_SPECIAL_FILE'],
    onDisk: path => {
      rmSync(join(path, PAYLOAD))
      execFileSync('mkfifo', [join(path, PAYLOAD)])
    },
  },
  'a socket': { codes: ['SEAL_SPECIAL_FILE'], onDisk: path => renameSync(socketPath, join(path, 'socket')) },
  'a name that is not UTF-8': {
    codes: ['SEAL_NAME_NOT_UTF8'],
    onDisk: path => writeFileSync(Buffer.concat([bytes(`${path}/`), Buffer.from([0x61, 0xff])]), ''),
  },
  'a sparse file of ten gigabytes': {
    codes: ['SEAL_TOO_LARGE'],
    onDisk: path => truncateSync(join(path, PAYLOAD), 10 * 2 ** 30),
  },
  'a manifest over its cap': {
    codes: ['SEAL_TOO_LARGE'],
    onDisk: path => truncateSync(join(path, 'manifest.json'), 5 * 2 ** 20),
  },
  'folders nested too deeply': {
    codes: ['SEAL_TOO_DEEP'],
    onDisk: path => mkdirSync(join(path, 'd/'.repeat(20)), { recursive: true }),
  },
  'too many files': {
    codes: ['SEAL_TOO_MANY_FILES'],
    onDisk: path => {
      mkdirSync(join(path, 'many'))
      for (let index = 0; index < 10_000; index += 1) writeFileSync(join(path, 'many', String(index)), '')
    },
  },
  'a folder name outside the grammar': {
    codes: ['SEAL_BAD_FOLDER_NAME', 'SEAL_RUN_BAD_ID'],
    bends: { runId: '-run' },
  },
  // not a seal at all
  'an empty folder': { codes: ['SEAL_NOT_A_SEAL'], bends: files(all => all.clear()) },
  'only a run.json': {
    codes: ['SEAL_NOT_A_SEAL'],
    bends: files(all => ['manifest.json', 'MANIFEST.sha256'].forEach(name => void all.delete(name))),
  },
  'a bare hash list': {
    codes: ['SEAL_NOT_A_SEAL'],
    bends: {
      list: text => text.slice(0, text.indexOf('ROOT')),
      files: all => ['manifest.json', 'run.json'].forEach(name => void all.delete(name)),
    },
  },
  'another scheme': {
    codes: ['SEAL_NOT_A_SEAL'],
    bends: files(all => {
      all.set('MANIFEST.json', all.get('manifest.json')!).set('SEAL.json', bytes('{}\n'))
      all.delete('manifest.json')
    }),
  },
  // S2
  'no run.json': { codes: ['SEAL_RUN_MISSING'], bends: drop('run.json') },
  'run.json is empty': { codes: ['SEAL_RUN_NOT_JSON'], bends: { run: () => '' } },
  'run.json begins with a byte-order mark': {
    codes: ['SEAL_RUN_NOT_JSON'],
    bends: { run: text => `\ufeff${text}` },
  },
  'run.json holds two documents': { codes: ['SEAL_RUN_NOT_JSON'], bends: { run: text => text + text } },
  'run.json nests 100,000 deep': {
    codes: ['SEAL_RUN_NOT_JSON'],
    bends: { run: () => '['.repeat(100_000) + ']'.repeat(100_000) },
  },
  'run.json repeats a key': {
    codes: ['SEAL_RUN_DUPLICATE_KEY'],
    bends: { run: text => text.replace('{', '{ "run_id": "evil",') },
  },
  'run.json repeats a key below the top': {
    codes: ['SEAL_RUN_DUPLICATE_KEY'],
    bends: { run: text => text.replace('{', '{ "inputs": { "a": 1, "a": 2 },') },
  },
  'run.json is a string': { codes: ['SEAL_RUN_NOT_OBJECT'], bends: run('run_id created_utc') },
  'run.json is a number': { codes: ['SEAL_RUN_NOT_OBJECT'], bends: run(7) },
  'run.json is null': { codes: ['SEAL_RUN_NOT_OBJECT'], bends: run(null) },
  'run.json is an array': { codes: ['SEAL_RUN_NOT_OBJECT'], bends: run([RUN_ID]) },
  'run_id is missing': { codes: ['SEAL_RUN_BAD_ID'], bends: run({ created_utc: '2026-08-09T10:15:00Z' }) },
  'run_id is a number': {
    codes: ['SEAL_RUN_BAD_ID'],
    bends: run({ run_id: 1, created_utc: '2026-08-09T10:15:00Z' }),
  },
  'run_id is another': {
    codes: ['SEAL_RUN_ID_MISMATCH'],
    bends: run({ run_id: `${RUN_ID}x`, created_utc: '2026-08-09T10:15:00Z' }),
  },
  'created_utc is null': { codes: ['SEAL_RUN_BAD_TIME'], bends: run({ run_id: RUN_ID, created_utc: null }) },
  'created_utc has no zone': {
    codes: ['SEAL_RUN_BAD_TIME'],
    bends: run({ run_id: RUN_ID, created_utc: '2026-08-09T10:15:00' }),
  },
  'created_utc is no day': {
    codes: ['SEAL_RUN_BAD_TIME'],
    bends: run({ run_id: RUN_ID, created_utc: '2026-02-30T10:15:00Z' }),
  },
  // S3
  'no manifest': { codes: ['SEAL_MANIFEST_MISSING'], bends: drop('manifest.json') },
  'a manifest that is cut short': {
    codes: ['SEAL_MANIFEST_NOT_JSON'],
    bends: { manifest: text => text.slice(0, -4) },
  },
  'a manifest that is not UTF-8': {
    codes: ['SEAL_DIGEST_MISMATCH', 'SEAL_MANIFEST_NOT_JSON'],
    bends: files(all => void all.set('manifest.json', Buffer.from([0x5b, 0xff, 0x5d]))),
  },
  'a manifest with a comment': {
    codes: ['SEAL_MANIFEST_NOT_JSON'],
    bends: { manifest: text => `// x\n${text}` },
  },
  'a manifest that repeats a key': {
    codes: ['SEAL_MANIFEST_DUPLICATE_KEY'],
    bends: { manifest: text => text.replace('"bytes"', `"sha256": "${zeros}", "bytes"`) },
  },
  'a manifest that is an object': {
    codes: ['SEAL_MANIFEST_NOT_ARRAY'],
    bends: { entries: all => ({ files: all }) },
  },
  'an empty manifest': {
    codes: ['SEAL_MANIFEST_EMPTY', 'SEAL_UNLISTED_FILE'],
    bends: { entries: () => [] },
  },
  'a manifest of too many entries': {
    codes: ['SEAL_LIST_TOO_MANY', 'SEAL_MANIFEST_TOO_MANY'],
    bends: {
      entries: () =>
        Array.from({ length: 10_010 }, (_, index) => ({ ...entry(String(index)), sha256: zeros })),
    },
  },
  'an entry that is a string': {
    codes: ['SEAL_MANIFEST_BAD_ENTRY'],
    bends: { entries: all => ['x', ...all] },
  },
  'an entry that is null': { codes: ['SEAL_MANIFEST_BAD_ENTRY'], bends: { entries: all => [null, ...all] } },
  'an entry without a digest': {
    codes: ['SEAL_MANIFEST_BAD_ENTRY'],
    bends: { manifest: text => text.replace(/,\s*"sha256": "[0-9a-f]+"/, '') },
  },
  'an entry with another key': { codes: ['SEAL_MANIFEST_UNKNOWN_KEY'], bends: first({ mode: 420 }) },
  'an entry named __proto__ beside its keys': {
    codes: ['SEAL_MANIFEST_UNKNOWN_KEY'],
    bends: { manifest: text => text.replace('"bytes"', '"__proto__": {}, "bytes"') },
  },
  'a path that climbs': badPath('../outside.txt'),
  'a path that climbs from within': badPath('sub/../../outside.txt'),
  'an absolute path': badPath('/etc/hostname'),
  'a path with a backslash': badPath('sub\\a.txt'),
  'a path with an empty part': badPath('sub//a.txt'),
  'a path with a dot part': badPath('./a.txt'),
  'a path that ends in a slash': badPath('sub/'),
  'an empty path': { codes: ['SEAL_LIST_BAD_LINE', 'SEAL_MANIFEST_BAD_RELPATH'], bends: named('') },
  'a path with a line feed': {
    codes: ['SEAL_LIST_BAD_LINE', 'SEAL_LIST_UNKNOWN_LINE', 'SEAL_MANIFEST_BAD_RELPATH'],
    bends: named('a\nb'),
  },
  'a path with a null byte': badPath('a\u0000b'),
  'a path with a drive letter': badPath('C:/a.txt'),
  'a path with half a surrogate pair': badPath('\ud800'),
  'a path that is too long': {
    codes: ['SEAL_LIST_BAD_LINE', 'SEAL_MANIFEST_BAD_RELPATH'],
    bends: named('a'.repeat(1025)),
  },
  'a path that is a number': badPath(7),
  'bytes as a float': { codes: ['SEAL_MANIFEST_BAD_BYTES'], bends: spelled('12.0') },
  'bytes with an exponent': { codes: ['SEAL_MANIFEST_BAD_BYTES'], bends: spelled('12e0') },
  'bytes below zero': { codes: ['SEAL_MANIFEST_BAD_BYTES'], bends: spelled('-1') },
  'bytes as minus zero': { codes: ['SEAL_MANIFEST_BAD_BYTES'], bends: spelled('-0') },
  'bytes beyond 2^53': { codes: ['SEAL_MANIFEST_BAD_BYTES'], bends: spelled('9007199254740993') },
  'bytes as a string': { codes: ['SEAL_MANIFEST_BAD_BYTES'], bends: spelled('"12"') },
  'a digest in upper case': {
    codes: ['SEAL_LIST_BAD_LINE', 'SEAL_LIST_MISSING_LINE', 'SEAL_MANIFEST_BAD_DIGEST'],
    bends: {
      entries: all =>
        all.map((one, index) => (index === 0 ? { ...one, sha256: one.sha256.toUpperCase() } : one)),
    },
  },
  'an entry that stands twice': {
    codes: ['SEAL_LIST_DUPLICATE_LINE', 'SEAL_MANIFEST_DUPLICATE_ENTRY'],
    bends: { entries: all => [all[0], ...all] },
  },
  'two names that differ in case': {
    codes: ['SEAL_MANIFEST_CASE_COLLISION'],
    bends: { payload: { 'A.txt': 'a', 'a.txt': 'b' } },
  },
  'a name that differs from the manifest in case': {
    codes: ['SEAL_MANIFEST_CASE_COLLISION'],
    bends: { payload: { 'Manifest.json': '[]' } },
  },
  'a manifest that is not sorted': {
    codes: ['SEAL_MANIFEST_UNSORTED'],
    bends: { entries: all => all.toReversed() },
  },
  'a manifest that lists itself': {
    codes: ['SEAL_DIGEST_MISMATCH', 'SEAL_LIST_DUPLICATE_LINE', 'SEAL_MANIFEST_LISTS_ITSELF'],
    bends: { entries: all => all.toSpliced(1, 0, entry('manifest.json')) },
  },
  'a manifest that lists the hash list': {
    codes: ['SEAL_LIST_UNKNOWN_LINE', 'SEAL_MANIFEST_LISTS_ITSELF'],
    bends: { entries: all => [entry('MANIFEST.sha256'), ...all] },
  },
  // S4, S5
  'no hash list': { codes: ['SEAL_LIST_MISSING'], bends: drop('MANIFEST.sha256') },
  'an empty hash list': { codes: ['SEAL_LIST_EMPTY', 'SEAL_ROOT_MISSING'], bends: { list: () => '' } },
  'a hash list with a root only': { codes: ['SEAL_LIST_EMPTY'], bends: { lines: () => [] } },
  'a hash list that is not UTF-8': {
    codes: ['SEAL_LIST_NOT_UTF8'],
    bends: files(
      all =>
        void all.set('MANIFEST.sha256', Buffer.concat([all.get('MANIFEST.sha256')!, Buffer.from([0xff])])),
    ),
  },
  'a hash list without its last byte': {
    codes: ['SEAL_LIST_TRUNCATED'],
    bends: { list: text => text.slice(0, -1) },
  },
  'a hash list with a blank line': {
    codes: ['SEAL_LIST_BAD_LINE'],
    bends: { list: text => text.replace('ROOT', '\nROOT') },
  },
  'a hash list with one space': {
    codes: ['SEAL_LIST_BAD_LINE', 'SEAL_LIST_MISSING_LINE'],
    bends: { lines: ([one, ...rest]) => [one!.replace('  ', ' '), ...rest] },
  },
  'a hash list of which one line ends in CRLF': {
    codes: ['SEAL_LIST_BAD_LINE', 'SEAL_LIST_MISSING_LINE'],
    bends: { list: text => text.replace('\n', '\r\n') },
  },
  'a line that stands twice': {
    codes: ['SEAL_LIST_DUPLICATE_LINE'],
    bends: { list: text => `${text.slice(0, text.indexOf('\n') + 1)}${text}` },
  },
  'a line less': { codes: ['SEAL_LIST_MISSING_LINE'], bends: { lines: ([, ...rest]) => rest } },
  'no line for the manifest': {
    codes: ['SEAL_LIST_MISSING_LINE'],
    bends: { lines: lines => lines.slice(0, -1) },
  },
  'a line more': {
    codes: ['SEAL_LIST_UNKNOWN_LINE'],
    bends: { lines: lines => [...lines, `${zeros}  ghost.txt`] },
  },
  'a line with another digest': {
    codes: ['SEAL_LIST_DISAGREES'],
    bends: { lines: ([one, ...rest]) => [zeros + one!.slice(64), ...rest] },
  },
  'no root': { codes: ['SEAL_ROOT_MISSING'], bends: { list: text => text.slice(0, text.indexOf('ROOT')) } },
  'a root in upper case': { codes: ['SEAL_ROOT_BAD'], bends: { root: root => root.toUpperCase() } },
  'a root of 63 digits': { codes: ['SEAL_ROOT_BAD'], bends: { root: root => root.slice(1) } },
  'a root after one space': {
    codes: ['SEAL_ROOT_BAD'],
    bends: { list: text => text.replace('ROOT_SHA256  ', 'ROOT_SHA256 ') },
  },
  'two roots, the right one last': {
    codes: ['SEAL_ROOT_TWICE'],
    bends: { list: text => `ROOT_SHA256  ${zeros}\n${text}` },
  },
  'two roots, both right': {
    codes: ['SEAL_ROOT_TWICE'],
    bends: { list: text => text + text.slice(text.indexOf('ROOT')) },
  },
  'a root that is not last': {
    codes: ['SEAL_ROOT_NOT_LAST'],
    bends: { list: text => text.slice(text.indexOf('ROOT')) + text.slice(0, text.indexOf('ROOT')) },
  },
  'another root': { codes: ['SEAL_ROOT_MISMATCH'], bends: { root: () => zeros } },
  // S6, S7
  'a payload byte changed': {
    codes: ['SEAL_DIGEST_MISMATCH'],
    bends: files(all => void all.set(PAYLOAD, bytes('{\n  "a": 2\n}\n'))),
  },
  'a payload that grew': {
    codes: ['SEAL_DIGEST_MISMATCH', 'SEAL_SIZE_MISMATCH'],
    bends: files(all => void all.set(PAYLOAD, bytes('{\n  "a": 1\n}\n\n'))),
  },
  'an emptied payload': {
    codes: ['SEAL_DIGEST_MISMATCH', 'SEAL_SIZE_MISMATCH'],
    bends: files(all => void all.set(PAYLOAD, bytes(''))),
  },
  'a size that is wrong in the manifest': { codes: ['SEAL_SIZE_MISMATCH'], bends: spelled('11') },
  'two payloads swapped': {
    codes: ['SEAL_DIGEST_MISMATCH'],
    bends: {
      payload: { 'a.txt': 'a\n', 'b.txt': 'b\n' },
      files: all => void all.set('a.txt', bytes('b\n')).set('b.txt', bytes('a\n')),
    },
  },
  'a changed manifest': {
    codes: ['SEAL_DIGEST_MISMATCH'],
    bends: files(
      all => void all.set('manifest.json', Buffer.concat([all.get('manifest.json')!, bytes('\n')])),
    ),
  },
  'a missing payload': { codes: ['SEAL_MISSING_FILE'], bends: drop(PAYLOAD) },
  'a folder where a file is listed': {
    codes: ['SEAL_FILE_IS_FOLDER', 'SEAL_UNLISTED_FILE'],
    bends: files(all => {
      all.delete(PAYLOAD)
      all.set(`${PAYLOAD}/x`, bytes(''))
    }),
  },
  'an unlisted file': { codes: ['SEAL_UNLISTED_FILE'], bends: files(all => void all.set('x', bytes(''))) },
  'an unlisted hidden file': {
    codes: ['SEAL_UNLISTED_FILE'],
    bends: files(all => void all.set('.x', bytes(''))),
  },
  'an unlisted file four folders down': {
    codes: ['SEAL_UNLISTED_FILE'],
    bends: files(all => void all.set('a/b/c/d/x', bytes(''))),
  },
  'an unlisted nested manifest.json': {
    codes: ['SEAL_UNLISTED_FILE'],
    bends: files(all => void all.set('sub/manifest.json', bytes('[]\n'))),
  },
  'an unlisted nested MANIFEST.sha256': {
    codes: ['SEAL_UNLISTED_FILE'],
    bends: files(all => void all.set('sub/MANIFEST.sha256', bytes(''))),
  },
}

/** The codes that need a disk that fails or a file that changes at the right moment; run-folder.ts meets them. */
const ELSEWHERE = ['SEAL_UNREADABLE', 'SEAL_CHANGED_WHILE_READ']

t.test('no broken folder is accepted, and each is named', async t => {
  await new Promise<void>(resolve => void socket.listen(socketPath, resolve))
  t.teardown(() => socket.close())
  const parent = t.testdir()
  const met = new Set<string>()
  let accepted = 0
  for (const [index, [name, { codes, bends, onDisk }]] of Object.entries(corpus).entries()) {
    const path = join(parent, String(index), bends?.runId ?? RUN_ID)
    writeFolder(path, sealFiles(bends))
    onDisk?.(path)
    const { seal, faults } = checkSeal(readRunFolder(path))
    if (seal !== undefined) accepted += 1
    t.strictSame(codesOf(faults), codes, name)
    for (const fault of faults) {
      met.add(fault.code)
      if (typeof fault.path !== 'string' || fault.message === '')
        t.fail(`${name}: a fault without a place or a text`)
    }
  }
  t.equal(accepted, 0)
  const size = Object.keys(corpus).length
  t.ok(size >= 40)
  t.strictSame(
    SEAL_CODES.filter(code => !met.has(code)),
    ELSEWHERE,
    'every code is met',
  )
  t.comment(`${size} broken folders, ${met.size} codes, ${accepted} accepted`)
})

t.test('the set they are made from is valid', async t => {
  const path = join(t.testdir(), RUN_ID)
  writeFolder(path, sealFiles())
  t.strictSame(checkSeal(readRunFolder(path)).faults, [])
})

function linked(path: string, name: string): void {
  const elsewhere = `${path}.${name}`
  renameSync(join(path, name), elsewhere)
  symlinkSync(elsewhere, join(path, name))
}
