// One file, changed whole or not at all, and a new one that never replaces another.

import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withLock } from '../../src/publish/lock.ts'
import * as plainFile from '../../src/publish/plain-file.ts'

const { changePlainFile, createPlainFile, readPlainFile } = plainFile
const bytes = Buffer.from('new\n')
const toNew = () => ({ bytes })

/** The same with some calls of `node:fs` replaced. */
async function plainFileWith(t: Test, over: Record<string, unknown>): Promise<typeof plainFile> {
  const fs = await import('node:fs')
  return t.mockImport<typeof plainFile>('../../src/publish/plain-file.ts', { 'node:fs': { ...fs, ...over } })
}

const failing = (code: string) => () => {
  throw Object.assign(new Error(`${code}: made to fail`), { code })
}

t.test('readPlainFile', async t => {
  const folder = t.testdir({ file: 'old\n' })
  t.equal(readPlainFile(join(folder, 'file')).toString(), 'old\n')
  t.throws(() => readPlainFile(join(folder, 'none')), { code: 'PUBLISH_SOURCE_MISSING' })
  t.throws(() => readPlainFile(folder), { code: 'PUBLISH_SOURCE_UNREADABLE' })
})

t.test('changePlainFile', async t => {
  t.test('replaces the bytes and keeps the mode', async t => {
    const folder = t.testdir({ file: 'old\n' })
    const path = join(folder, 'file')
    chmodSync(path, 0o662)
    const decision = await changePlainFile(path, old => ({ bytes, was: old.toString() }))
    t.equal(decision.was, 'old\n')
    t.strictSame(readFileSync(path), bytes)
    t.equal(statSync(path).mode & 0o7777, 0o662)
    t.strictSame(readdirSync(folder), ['file'])
  })
  t.test('does not write the same bytes', async t => {
    const path = join(t.testdir({ file: 'new\n' }), 'file')
    const { ino } = statSync(path)
    await changePlainFile(path, toNew)
    t.equal(statSync(path).ino, ino)
  })
  t.test('leaves everything as it was where the decision throws', async t => {
    const folder = t.testdir({ file: 'old\n' })
    const path = join(folder, 'file')
    const refuse = () => {
      throw new TypeError('no')
    }
    await t.rejects(changePlainFile(path, refuse), TypeError)
    t.equal(readFileSync(path, 'utf8'), 'old\n')
    t.strictSame(readdirSync(folder), ['file'])
  })
  t.test('changes what a link leads to', async t => {
    const folder = t.testdir({ real: { file: 'old\n' } })
    symlinkSync('real/file', join(folder, 'link'))
    await changePlainFile(join(folder, 'link'), toNew)
    t.equal(readlinkSync(join(folder, 'link')), 'real/file')
    t.strictSame(readFileSync(join(folder, 'real/file')), bytes)
  })
  t.test('is the only writer of the folder', async t => {
    const folder = t.testdir({ file: 'old\n' })
    await withLock(folder, () =>
      t.rejects(changePlainFile(join(folder, 'file'), toNew), { code: 'PUBLISH_LOCKED' }),
    )
    t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'old\n')
  })
  t.test('is not stopped by what a killed run left', async t => {
    const folder = t.testdir({ file: 'old\n', '.file.staged': 'half' })
    await changePlainFile(join(folder, 'file'), toNew)
    t.strictSame(readdirSync(folder), ['file'])
  })
  t.test('fails with a code, and leaves the old content', async t => {
    const folder = t.testdir({ file: 'old\n' })
    for (const call of ['renameSync', 'chmodSync', 'realpathSync']) {
      const { changePlainFile: change } = await plainFileWith(t, { [call]: failing('EIO') })
      chmodSync(join(folder, 'file'), 0o666)
      await t.rejects(change(join(folder, 'file'), toNew), { code: 'PUBLISH_WRITE_FAILED' }, call)
      t.strictSame(readdirSync(folder), ['file'])
      t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'old\n')
    }
  })
  t.test('refuses what is not there', async t => {
    await t.rejects(changePlainFile(join(t.testdir(), 'none'), toNew), { code: 'PUBLISH_SOURCE_MISSING' })
  })
})

t.test('createPlainFile', async t => {
  t.test('writes a file that was not there', async t => {
    const folder = t.testdir({})
    createPlainFile(join(folder, 'file'), bytes)
    t.strictSame(readFileSync(join(folder, 'file')), bytes)
    t.strictSame(readdirSync(folder), ['file'])
  })
  t.test('never replaces one, a folder, or a link to nowhere', async t => {
    const folder = t.testdir({ file: 'old\n' })
    mkdirSync(join(folder, 'folder'))
    symlinkSync('nowhere', join(folder, 'link'))
    for (const name of ['file', 'folder', 'link']) {
      t.throws(() => createPlainFile(join(folder, name), bytes), { code: 'PUBLISH_FILE_EXISTS' }, name)
    }
    t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'old\n')
    t.strictSame(readdirSync(folder).sort(), ['file', 'folder', 'link'])
  })
  t.test('leaves nothing behind where it fails', async t => {
    const folder = t.testdir({})
    const { createPlainFile: create } = await plainFileWith(t, { linkSync: failing('EPERM') })
    t.throws(() => create(join(folder, 'file'), bytes), { code: 'PUBLISH_WRITE_FAILED' })
    t.strictSame(readdirSync(folder), [])
    t.throws(() => createPlainFile(join(folder, 'none/file'), bytes), { code: 'PUBLISH_WRITE_FAILED' })
    t.strictSame(readdirSync(folder), [])
  })
})
