// Reading a source: what is there comes out, byte for byte, and whatever is not a plain file in a plain folder is refused
// by its own code.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { PROMOTION_CODES, PromotionError } from '../../src/layer/promotion-error.ts'
import { readFileSource, readFolderSource } from '../../src/layer/promotion-source.ts'
import { notRun } from '../fixtures/home-world.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

const PATTERN = '*/out/**'

interface World {
  readonly home: string
  readonly at: (path: string) => string
  readonly folder: () => Record<string, string>
  readonly code: (pattern?: string) => string | undefined
}

function world(t: Test): World {
  const home = t.testdir()
  const at = (path: string) => join(home, path)
  for (const path of [
    'top/src/a/out/one.txt',
    'top/src/a/out/deep/manifest.json',
    'top/src/b/out/two.txt',
    'top/src/a/other.txt',
  ]) {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), path)
  }
  const read = (pattern = PATTERN) => readFolderSource(home, 'top/src', pattern)
  const folder = () =>
    Object.fromEntries([...read()].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))
  return { home, at, folder, code: pattern => thrownCode(() => read(pattern)) }
}

t.test('the members of a folder, by their paths in it, sorted', async t => {
  const { folder, home } = world(t)
  t.strictSame(folder(), {
    'a/out/deep/manifest.json': 'top/src/a/out/deep/manifest.json',
    'a/out/one.txt': 'top/src/a/out/one.txt',
    'b/out/two.txt': 'top/src/b/out/two.txt',
  })
  t.strictSame([...readFolderSource(home, 'top/src', '**').keys()].length, 4)
})

t.test('one file, under another name', async t => {
  const { home } = world(t)
  const payload = readFileSource(home, 'top/src/a/other.txt', 'x_snapshot.txt')
  t.strictSame(
    [...payload].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
    [['x_snapshot.txt', 'top/src/a/other.txt']],
  )
})

const BROKEN: Readonly<
  Record<string, readonly [code: string, act: (world: World) => void, pattern?: string]>
> = {
  'no folder': ['PROMOTE_SOURCE_MISSING', ({ at }) => rmSync(at('top/src'), { recursive: true })],
  'a file for a folder': [
    'PROMOTE_SOURCE_NOT_PLAIN',
    ({ at }) => {
      rmSync(at('top/src'), { recursive: true })
      writeFileSync(at('top/src'), '')
    },
  ],
  'a link for the folder': [
    'PROMOTE_SOURCE_NOT_PLAIN',
    ({ at }) => {
      renameSync(at('top/src'), at('top/real'))
      symlinkSync('real', at('top/src'))
    },
  ],
  'a link on the way': [
    'PROMOTE_SOURCE_NOT_PLAIN',
    ({ at }) => {
      renameSync(at('top'), at('real'))
      symlinkSync('real', at('top'))
    },
  ],
  'a link to a member': [
    'PROMOTE_SOURCE_NOT_PLAIN',
    ({ at }) => symlinkSync('one.txt', at('top/src/a/out/link')),
  ],
  'a link to a folder': ['PROMOTE_SOURCE_NOT_PLAIN', ({ at }) => symlinkSync('a', at('top/src/c'))],
  'a link to nowhere': [
    'PROMOTE_SOURCE_NOT_PLAIN',
    ({ at }) => symlinkSync('nowhere', at('top/src/a/out/link')),
  ],
  'a fifo': ['PROMOTE_SOURCE_NOT_PLAIN', ({ at }) => void execFileSync('mkfifo', [at('top/src/a/out/fifo')])],
  'no member': ['PROMOTE_SOURCE_EMPTY', () => {}, '*.json'],
  'an empty folder': [
    'PROMOTE_SOURCE_EMPTY',
    ({ at }) => {
      rmSync(at('top/src'), { recursive: true })
      mkdirSync(at('top/src'))
    },
  ],
  'a line feed in a name': [
    'PROMOTE_SOURCE_BAD_NAME',
    ({ at }) => writeFileSync(at('top/src/a/out/x\ny'), ''),
  ],
  'a backslash in a name': [
    'PROMOTE_SOURCE_BAD_NAME',
    ({ at }) => writeFileSync(at('top/src/a/out/x\\y'), ''),
  ],
  'names that differ in case': [
    'PROMOTE_SOURCE_CASE_COLLISION',
    ({ at }) => writeFileSync(at('top/src/a/out/ONE.txt'), ''),
  ],
  'names that differ in form': [
    'PROMOTE_SOURCE_CASE_COLLISION',
    ({ at }) => {
      writeFileSync(at('top/src/a/out/\u00e9'), '')
      writeFileSync(at('top/src/a/out/e\u0301'), '')
    },
  ],
  'a name of the seal': [
    'PROMOTE_SOURCE_RESERVED_NAME',
    ({ at }) => writeFileSync(at('top/src/run.json'), '{}'),
    '*',
  ],
  'a name of the seal in capitals': [
    'PROMOTE_SOURCE_RESERVED_NAME',
    ({ at }) => writeFileSync(at('top/src/MANIFEST.JSON'), '{}'),
    '*',
  ],
  'a file that is too large': [
    'PROMOTE_SOURCE_TOO_LARGE',
    ({ at }) => truncateSync(at('top/src/a/out/one.txt'), 256 * 1024 * 1024 + 1),
  ],
  'folders without end': [
    'PROMOTE_SOURCE_TOO_LARGE',
    ({ at }) => mkdirSync(at(`top/src/a/out${'/d'.repeat(20)}`), { recursive: true }),
  ],
}

t.test('what is refused, and by which code', async t => {
  for (const [what, [code, act, pattern]] of Object.entries(BROKEN)) {
    t.test(what, async t => {
      const own = world(t)
      act(own)
      t.equal(own.code(pattern), code)
    })
  }
  t.test('a socket', async t => {
    const { at, code } = world(t)
    const server = createServer()
    // The name of a socket is short: it is made from where it lies.
    const before = process.cwd()
    t.teardown(() => process.chdir(before))
    process.chdir(at('top/src/a/out'))
    await new Promise<void>(resolve => server.listen('socket', resolve))
    t.teardown(() => server.close())
    t.equal(code(), 'PROMOTE_SOURCE_NOT_PLAIN')
  })
  t.test('a name that is not UTF-8', async t => {
    const { at, code } = world(t)
    writeFileSync(Buffer.concat([Buffer.from(at('top/src/a/out/x')), Buffer.of(0xff)]), '')
    t.equal(code(), 'PROMOTE_SOURCE_BAD_NAME')
  })
  t.test('what may not be read', async t => {
    if (process.getuid?.() === 0) return notRun(t, 'root reads everything')
    const { at, code } = world(t)
    chmodSync(at('top/src/a/out/one.txt'), 0)
    t.equal(code(), 'PROMOTE_SOURCE_UNREADABLE')
  })
})

t.test('a name that a terminal would obey is quoted', async t => {
  const { home, at } = world(t)
  symlinkSync('nowhere', at('top/src/a/out/\u001b[31m'))
  t.throws(() => readFolderSource(home, 'top/src', PATTERN), {
    message: /^"top\/src\/a\/out\/\\u001b\[31m": is a symbolic link/,
  })
})

t.test('one file that is none', async t => {
  const { home, at } = world(t)
  const code = (path: string) => thrownCode(() => readFileSource(home, path, 'x'))
  t.equal(code('top/nothing'), 'PROMOTE_SOURCE_MISSING')
  t.equal(code('nothing/at/all'), 'PROMOTE_SOURCE_MISSING')
  t.equal(code('top/src'), 'PROMOTE_SOURCE_NOT_PLAIN')
  t.equal(code('top/src/a/other.txt/x'), 'PROMOTE_SOURCE_NOT_PLAIN')
  symlinkSync('src/a/other.txt', at('top/link'))
  t.equal(code('top/link'), 'PROMOTE_SOURCE_NOT_PLAIN')
  symlinkSync('src', at('top/folder'))
  t.equal(code('top/folder/a/other.txt'), 'PROMOTE_SOURCE_NOT_PLAIN')
})

t.test('a disk that fails is the world, and a writer is a conflict', async t => {
  const fs = await import('node:fs')
  const { home } = world(t)
  const eio = () => {
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
  }
  for (const name of ['readdirSync', 'lstatSync', 'readSync'] as const) {
    const { readFolderSource } = await t.mockImport<typeof import('../../src/layer/promotion-source.ts')>(
      '../../src/layer/promotion-source.ts',
      { 'node:fs': { ...fs, [name]: eio } },
    )
    t.equal(
      thrownCode(() => readFolderSource(home, 'top/src', PATTERN)),
      'PROMOTE_SOURCE_UNREADABLE',
      name,
    )
  }
  t.equal(new PromotionError('PROMOTE_SOURCE_UNREADABLE', '').kind, 'world')
  t.equal(new PromotionError('PROMOTE_SOURCE_CHANGED', '').kind, 'conflict')
  const others = Object.entries(PROMOTION_CODES).filter(([, kind]) => kind === 'refused')
  t.equal(others.length, Object.keys(PROMOTION_CODES).length - 2)
})
