// One file, read once, within its cap.

import { spawnSync } from 'node:child_process'
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileHolds, readFileOnce } from '../../src/seal/read-file.ts'

t.test('a file', async t => {
  const dir = t.testdir({ full: 'x'.repeat(100), empty: '' })
  const outcome = readFileOnce(join(dir, 'full'), 100)
  t.ok(outcome.ok && outcome.bytes.toString() === 'x'.repeat(100))
  t.ok(outcome.ok && outcome.bytes.buffer.byteLength === 100, 'a buffer of its own')
  t.match(readFileOnce(join(dir, 'empty'), 0), { ok: true })
  t.match(readFileOnce(join(dir, 'full'), 99), { ok: false, reason: 'too_large', size: 100 })
})

t.test('what is no file is named', async t => {
  const dir = t.testdir({ file: 'x', folder: {} })
  symlinkSync('file', join(dir, 'link'))
  t.equal(spawnSync('mkfifo', [join(dir, 'fifo')]).status, 0)
  const reason = (name: string, options = {}): string => {
    const outcome = readFileOnce(join(dir, name), 10, options)
    return outcome.ok ? outcome.bytes.toString() : outcome.reason
  }
  t.equal(reason('none'), 'missing')
  t.equal(reason('file/x'), 'missing')
  t.equal(reason('folder'), 'not_a_file')
  t.equal(reason('fifo'), 'not_a_file')
  t.equal(reason('link'), 'symlink')
  t.equal(reason('link', { followLinks: true }), 'x')
  t.equal(reason('x'.repeat(300)), 'unreadable', 'a name no disk can hold')
})

t.test('a file holds some bytes, or it does not', async t => {
  const bytes = Buffer.from('some bytes')
  const dir = t.testdir({
    same: 'some bytes',
    other: 'some bytez',
    longer: 'some bytes ',
    empty: '',
    folder: {},
  })
  symlinkSync('same', join(dir, 'link'))
  t.equal(spawnSync('mkfifo', [join(dir, 'fifo')]).status, 0)
  t.ok(fileHolds(join(dir, 'same'), bytes))
  t.ok(fileHolds(join(dir, 'empty'), Buffer.alloc(0)))
  for (const name of ['other', 'longer', 'empty', 'folder', 'link', 'fifo', 'none', 'same/x', '\0']) {
    t.notOk(fileHolds(join(dir, name), bytes), name)
  }
})

t.test('huge and endless things cost nothing', async t => {
  const dir = t.testdir({ sparse: '' })
  truncateSync(join(dir, 'sparse'), 10 * 2 ** 30)
  const before = process.memoryUsage().rss
  const start = performance.now()
  t.match(readFileOnce(join(dir, 'sparse'), 2 ** 28), { ok: false, reason: 'too_large' })
  t.match(readFileOnce('/dev/zero', 2 ** 28), { ok: false, reason: 'not_a_file' })
  t.ok(performance.now() - start < 100)
  t.ok(process.memoryUsage().rss - before < 5 * 2 ** 20)
})

t.test(
  'a file whose size is not what is read has changed',
  { skip: process.platform !== 'linux' },
  async t => {
    // The kernel states a size of 0 for what it makes up while it is read, as it would for a file that grows.
    t.match(readFileOnce('/proc/self/status', 1000), { ok: false, reason: 'changed' })
    const dir = t.testdir()
    writeFileSync(join(dir, 'x'), 'x')
    t.match(readFileOnce(join(dir, 'x'), 1), { ok: true })
  },
)
