import {
  chmodSync,
  linkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { type Look, lookOf, type Stamp, stampFile, stampFolder, stands } from '../../src/live/look.ts'

const disk = sha256('a')
const stamp: Stamp = { text: 'a', changedMs: 100_000 }

t.test('a reading stands while its stamp does, for fifty times as long as it took', async t => {
  const look: Look = { stamp: 'a', disk, at: 200_000, tookMs: 100 }
  t.ok(stands(look, stamp, 200_000))
  t.ok(stands(look, stamp, 204_999))
  t.notOk(stands(look, stamp, 205_000), 'then it is made again')
  t.notOk(stands(look, { ...stamp, text: 'b' }, 200_001), 'another stamp')
  t.notOk(stands(look, undefined, 200_001), 'no stamp')
  t.notOk(stands(null, stamp, 200_001), 'no reading')
  t.notOk(stands(look, stamp, 199_999), 'a clock that was set back')
  t.ok(stands({ ...look, tookMs: 60_000 }, stamp, 209_999))
  t.notOk(stands({ ...look, tookMs: 60_000 }, stamp, 210_000), 'and never for more than ten seconds')
  t.notOk(stands({ ...look, tookMs: 2 }, stamp, 200_100), 'what is read in no time is read at every poll')
})

t.test('a reading of what had just changed does not count', async t => {
  t.equal(lookOf(stamp, disk, 102_499), null)
  t.match(lookOf(stamp, disk, 102_500), { stamp: 'a', disk, at: 102_500 })
  t.equal(lookOf({ ...stamp, changedMs: 200_000 }, disk, 102_500), null, 'nor one from the future')
  t.equal(lookOf(undefined, disk, 102_500), null)
})

const waysToChange: Readonly<Record<string, (file: string) => void>> = {
  'in place, same size, its time put back': file => {
    const { atime, mtime } = statSync(file)
    writeFileSync(file, 'b', { flag: 'r+' })
    utimesSync(file, atime, mtime)
  },
  'by rename, same size and time': file => {
    const { atime, mtime } = statSync(file)
    writeFileSync(`${file}.new`, 'b')
    utimesSync(`${file}.new`, atime, mtime)
    renameSync(`${file}.new`, file)
  },
  'by rename of an older file': file => renameSync(`${file}.older`, file),
  'by another link': file => {
    rmSync(file)
    symlinkSync('other', file)
  },
  'by what may read it': file => chmodSync(file, 0o600),
  'by its going': file => rmSync(file),
}

for (const [name, change] of Object.entries(waysToChange)) {
  t.test(`a change ${name} changes the stamp`, async t => {
    const dir = t.testdir({ run: { file: 'a', 'file.older': 'b', other: 'b' } })
    const file = join(dir, 'run', 'file')
    utimesSync(`${file}.older`, 1, 1)
    const before = [stampFile(file), stampFolder(join(dir, 'run'))]
    t.strictSame([stampFile(file), stampFolder(join(dir, 'run'))], before, 'and nothing else does')
    change(file)
    t.not(stampFile(file)?.text, before[0]?.text, 'of the file')
    t.not(stampFolder(join(dir, 'run'))?.text, before[1]?.text, 'of its folder')
  })
}

t.test('a link to a folder is stamped and not followed, wherever it leads', async t => {
  const run = t.testdir({ sub: { file: 'a' } })
  symlinkSync('.', join(run, 'self'))
  symlinkSync('..', join(run, 'sub', 'up'))
  const names = stampFolder(run)
    ?.text.split('\n')
    .map(line => line.split(' ')[0])
  t.strictSame(names, ['', 'self', 'sub', 'sub/file', 'sub/up'])
})

t.test('a folder of very many files has no stamp', async t => {
  const run = t.testdir({ few: {}, many: {} })
  for (let i = 0; i < 1_000; i++) writeFileSync(join(run, 'many', String(i)), '')
  t.equal(stampFolder(join(run, 'many')), undefined)
  rmSync(join(run, 'many', '0'))
  t.not(stampFolder(join(run, 'many')), undefined)
})

t.test('a folder is stamped with all that is in it, at any depth', async t => {
  const dir = t.testdir({ run: { sub: { file: 'a' } } })
  const run = join(dir, 'run')
  const stamps = [stampFolder(run)?.text]
  writeFileSync(join(run, 'sub', 'more'), '')
  stamps.push(stampFolder(run)?.text)
  linkSync(join(run, 'sub', 'more'), join(run, 'sub', 'same'))
  stamps.push(stampFolder(run)?.text)
  writeFileSync(join(run, 'sub', 'file'), 'ab')
  stamps.push(stampFolder(run)?.text)
  t.equal(new Set(stamps).size, 4)
  t.notOk(stamps.includes(undefined))
  t.equal(stampFolder(join(run, 'nowhere')), undefined)
  t.equal(stampFile(join(run, 'nowhere')), undefined)
  t.ok((stampFolder(run)?.changedMs ?? 0) <= Date.now())
})
