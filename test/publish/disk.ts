// The hands that touch the disk: whole or not at all, never over something, and honest about what is not known.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import * as disk from '../../src/publish/disk.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

const bytes = Buffer.from('new content\n')

/** The disk with some calls of `node:fs` replaced. */
async function diskWith(t: Test, over: Record<string, unknown>): Promise<typeof disk> {
  const fs = await import('node:fs')
  return t.mockImport<typeof disk>('../../src/publish/disk.ts', { 'node:fs': { ...fs, ...over } })
}

const failing = (code: string) => () => {
  throw Object.assign(new Error(`${code}: made to fail`), { code })
}

t.test('writeNewFile', async t => {
  t.test('writes the bytes with the mode', async t => {
    const path = join(t.testdir(), 'new')
    disk.writeNewFile(path, bytes, 0o444)
    t.strictSame(readFileSync(path), bytes)
    t.equal(statSync(path).mode & 0o777, 0o444)
  })
  t.test('writes nothing at all when there is nothing to write', async t => {
    const path = join(t.testdir(), 'empty')
    disk.writeNewFile(path, Buffer.alloc(0), 0o644)
    t.equal(statSync(path).size, 0)
  })
  t.test('never writes over a file, nor through a link', async t => {
    const dir = t.testdir({ there: 'old' })
    symlinkSync('nowhere', join(dir, 'link'))
    for (const name of ['there', 'link']) {
      t.equal(
        thrownCode(() => disk.writeNewFile(join(dir, name), bytes, 0o644)),
        'PUBLISH_WRITE_FAILED',
      )
    }
    t.equal(readFileSync(join(dir, 'there'), 'utf8'), 'old')
    t.notOk(existsSync(join(dir, 'nowhere')))
  })
  t.test('goes on after a short write', async t => {
    const { writeSync } = await import('node:fs')
    let calls = 0
    const short = await diskWith(t, {
      writeSync: (fd: number, from: Uint8Array, at: number) => {
        calls += 1
        return writeSync(fd, from, at, 1)
      },
    })
    const path = join(t.testdir(), 'new')
    short.writeNewFile(path, bytes, 0o644)
    t.strictSame(readFileSync(path), bytes)
    t.equal(calls, bytes.length)
  })
  t.test('refuses a file that came out shorter than what was written', async t => {
    const lying = await diskWith(t, { writeSync: (_: number, from: Uint8Array) => from.byteLength })
    t.throws(() => lying.writeNewFile(join(t.testdir(), 'new'), bytes, 0o644), {
      code: 'PUBLISH_WRITE_FAILED',
      message: /want 12 bytes, got 0/,
    })
  })
})

t.test('replaceFile', async t => {
  t.test('replaces the content and leaves nothing beside it', async t => {
    const dir = t.testdir({ file: 'old' })
    disk.replaceFile(join(dir, 'file'), bytes, join(dir, 'staged'))
    t.strictSame(readFileSync(join(dir, 'file')), bytes)
    t.strictSame(readdirSync(dir), ['file'])
    t.equal(statSync(join(dir, 'file')).mode & 0o777, 0o644 & ~process.umask())
  })
  for (const call of ['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync']) {
    t.test(`leaves the old content when ${call} fails, and nothing beside it`, async t => {
      const dir = t.testdir({ file: 'old' })
      const broken = await diskWith(t, { [call]: failing('EIO') })
      t.throws(() => broken.replaceFile(join(dir, 'file'), bytes, join(dir, 'staged')), {
        code: 'PUBLISH_WRITE_FAILED',
        kind: 'world',
        message: /EIO.*nothing was changed/,
      })
      t.equal(readFileSync(join(dir, 'file'), 'utf8'), 'old')
      t.strictSame(readdirSync(dir), ['file'])
    })
  }
  t.test('takes one last look before the rename, and changes nothing where that throws', async t => {
    const dir = t.testdir({ file: 'old' })
    const verify = () => {
      t.strictSame(readdirSync(dir), ['file', 'staged'], 'all is written by then')
      throw new Error('not any more')
    }
    t.throws(() => disk.replaceFile(join(dir, 'file'), bytes, join(dir, 'staged'), verify), {
      message: 'not any more',
    })
    t.equal(readFileSync(join(dir, 'file'), 'utf8'), 'old')
    t.strictSame(readdirSync(dir), ['file'])
  })
  t.test('says so when the change is made and its durability is unknown', async t => {
    const { fsyncSync, fstatSync } = await import('node:fs')
    const broken = await diskWith(t, {
      fsyncSync: (fd: number) => (fstatSync(fd).isDirectory() ? failing('EIO')() : fsyncSync(fd)),
    })
    const dir = t.testdir({ file: 'old' })
    t.throws(() => broken.replaceFile(join(dir, 'file'), bytes, join(dir, 'staged')), {
      code: 'PUBLISH_NOT_DURABLE',
      kind: 'world',
      message: /the change is made, but it is not known whether it survives/,
    })
    t.strictSame(readFileSync(join(dir, 'file')), bytes)
  })
})

t.test('moveFolder', async t => {
  t.test('moves a folder to where nothing is', async t => {
    const dir = t.testdir({ staged: { file: 'x' }, runs: {} })
    disk.moveFolder(join(dir, 'staged'), join(dir, 'runs/run'))
    t.strictSame(readdirSync(dir), ['runs'])
    t.equal(readFileSync(join(dir, 'runs/run/file'), 'utf8'), 'x')
  })
  t.test('never over a folder, be it empty, where POSIX would let it', async t => {
    const dir = t.testdir({ staged: { file: 'x' }, runs: { run: {} } })
    t.equal(
      thrownCode(() => disk.moveFolder(join(dir, 'staged'), join(dir, 'runs/run'))),
      'PUBLISH_RUN_EXISTS',
    )
    t.strictSame(readdirSync(join(dir, 'runs/run')), [])
  })
  t.test('fails as the world does when the place is not there', async t => {
    const dir = t.testdir({ staged: {} })
    t.equal(
      thrownCode(() => disk.moveFolder(join(dir, 'staged'), join(dir, 'runs/run'))),
      'PUBLISH_WRITE_FAILED',
    )
  })
})

t.test('folders', async t => {
  t.test('are made with those above them, and flushed from the first that was made', async t => {
    const { openSync } = await import('node:fs')
    const opened: string[] = []
    const watched = await diskWith(t, {
      openSync: (path: string, ...rest: [number]) => {
        opened.push(path)
        return openSync(path, ...rest)
      },
    })
    const dir = t.testdir()
    watched.makeFolder(join(dir, 'a/b/c'))
    t.ok(statSync(join(dir, 'a/b/c')).isDirectory())
    t.strictSame(opened, [dir, join(dir, 'a'), join(dir, 'a/b')])
    opened.length = 0
    watched.makeFolder(join(dir, 'a/b/c'))
    t.strictSame(opened, [], 'a folder that is there is left alone')
  })
  t.test('fail with a code', async t => {
    const dir = t.testdir({ file: '' })
    for (const make of [disk.makeFolder, disk.makeUnflushedFolder]) {
      t.equal(
        thrownCode(() => make(join(dir, 'file/below'))),
        'PUBLISH_WRITE_FAILED',
      )
    }
    t.equal(
      thrownCode(() => disk.flushFolder(join(dir, 'nowhere'))),
      'PUBLISH_WRITE_FAILED',
    )
  })
})

t.test('remove', async t => {
  t.test('takes files and folders, read-only ones too, and what is not there', async t => {
    const dir = t.testdir({ folder: { file: '' }, file: '' })
    chmodSync(join(dir, 'folder/file'), 0o444)
    for (const name of ['folder', 'file', 'nothing']) disk.remove(join(dir, name))
    t.strictSame(readdirSync(dir), [])
  })
  t.test('never fails for it', async t => {
    const broken = await diskWith(t, { rmSync: failing('EIO') })
    const dir = t.testdir()
    mkdirSync(join(dir, 'kept'))
    writeFileSync(join(dir, 'kept/file'), '')
    broken.remove(join(dir, 'kept'))
    t.ok(existsSync(join(dir, 'kept/file')))
  })
})
