// Small files into one buffer: whatever their size and kind, what is returned is what is there.

import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readControlFile } from '../../src/layer/control-file.ts'

t.test('a file of any size is read whole', async t => {
  const folder = t.testdir()
  const path = join(folder, 'file')
  for (const size of [0, 1, 65_535, 65_536, 65_537, 1_000_000]) {
    const bytes = Buffer.alloc(size, String(size))
    writeFileSync(path, bytes)
    const read = readControlFile(path)
    t.ok(read.ok && read.bytes.equals(bytes), `${size} bytes`)
  }
  symlinkSync('file', join(folder, 'link'))
  t.ok(readControlFile(join(folder, 'link')).ok, 'through a link too')
  t.ok(readControlFile(Buffer.from(path)).ok, 'by the bytes of its name')
  writeFileSync(path, Buffer.alloc(16 * 1024 * 1024 + 1))
  t.strictSame(readControlFile(path), { ok: false, why: 'larger than 16777216 bytes' })
})

t.test('what is no file is not read, and not waited for', async t => {
  const folder = t.testdir({ sub: {} })
  spawnSync('mkfifo', [join(folder, 'pipe')])
  for (const name of ['sub', 'pipe', 'gone'])
    t.strictSame(readControlFile(join(folder, name)), { ok: false, why: 'cannot be read' }, name)
})
