// Reading a run folder: once, within its caps, following nothing.

import * as fs from 'node:fs'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FOLDER_LIMITS, type FolderLimits, readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { codesOf, PAYLOAD, RUN_ID, sealFiles, sealWorld, writeFolder } from '../fixtures/seal-world.ts'

t.test('a folder is its files, by relative path', async t => {
  const path = t.testdir({ [RUN_ID]: { 'a.txt': 'a', sub: { deeper: { 'b.txt': 'b' } }, empty: {} } })
  const folder = readRunFolder(`${path}/${RUN_ID}/`)
  t.equal(folder.runId, RUN_ID, 'whatever the spelling of the path')
  t.strictSame([...folder.files.keys()].sort(), ['a.txt', 'sub/deeper/b.txt'])
  t.strictSame([...folder.folders].sort(), ['empty', 'sub', 'sub/deeper'])
  t.strictSame([folder.faults, folder.complete], [[], true])
})

t.test('a staged folder is verified under the name it will have', async t => {
  const path = join(t.testdir(), 'staging')
  writeFolder(path, sealFiles())
  t.strictSame(codesOf(checkSeal(readRunFolder(path)).faults), ['SEAL_RUN_ID_MISMATCH'])
  t.equal(checkSeal(readRunFolder(path, { runId: RUN_ID })).seal?.runId, RUN_ID)
})

t.test('what is verified is what was read, whatever becomes of the disk', async t => {
  const { folder, files } = sealWorld(t)
  const read = readRunFolder(folder)
  writeFileSync(join(folder, PAYLOAD), 'evil')
  rmSync(join(folder, 'run.json'))
  const { seal } = checkSeal(read)
  t.ok(files.get(PAYLOAD)!.equals(seal!.files.get(PAYLOAD)!))
  t.equal(seal!.files.get(PAYLOAD), read.files.get(PAYLOAD), 'the very buffer')
})

t.test('caps', async t => {
  const { folder } = sealWorld(t)
  const codes = (limits: Partial<FolderLimits>): string[] => codesOf(readRunFolder(folder, { limits }).faults)
  t.strictSame(codes({}), [])
  t.strictSame(codes({ fileBytes: 5 }), ['SEAL_TOO_LARGE'])
  t.strictSame(codes({ controlFileBytes: 50 }), ['SEAL_TOO_LARGE'])
  t.strictSame(codes({ totalBytes: 100 }), ['SEAL_TOO_LARGE'])
  t.strictSame(codes({ files: 4 }), ['SEAL_TOO_MANY_FILES'])
  t.strictSame(codes({ depth: 0 }), ['SEAL_TOO_DEEP'])
  t.match(FOLDER_LIMITS, { fileBytes: 268_435_456, controlFileBytes: 4_194_304 })
})

t.test('a folder that was not read whole is not said to lack anything', async t => {
  const { folder } = sealWorld(t)
  t.strictSame(codesOf(checkSeal(readRunFolder(folder, { limits: { files: 1 } })).faults), [
    'SEAL_TOO_MANY_FILES',
  ])
})

t.test(
  'what may not be read is named',
  { skip: process.getuid?.() === 0 && 'root may read everything' },
  async t => {
    const { folder } = sealWorld(t)
    chmodSync(join(folder, PAYLOAD), 0)
    t.strictSame(codesOf(checkSeal(readRunFolder(folder)).faults), ['SEAL_UNREADABLE'])
  },
)

t.test('of a folder that may not be listed nothing else is said', async t => {
  const { folder } = sealWorld(t)
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
  const { readRunFolder: read } = await t.mockImport<typeof import('../../src/seal/run-folder.ts')>(
    '../../src/seal/run-folder.ts',
    {
      'node:fs': {
        ...fs,
        readdirSync: () => {
          throw denied
        },
      },
    },
  )
  t.strictSame(codesOf(checkSeal(read(folder)).faults), ['SEAL_UNREADABLE'])
})

t.test('a path that no disk can hold is named', async t => {
  t.strictSame(codesOf(readRunFolder(`/${'x'.repeat(300)}`).faults), ['SEAL_UNREADABLE'])
  t.strictSame(codesOf(readRunFolder('a\0b').faults), ['SEAL_UNREADABLE'])
})
