// One writer per home, by the lock of each kind; that a holder who is killed leaves nothing behind is in racers.ts.

import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withLock } from '../../src/publish/lock.ts'

function lockRules(t: Test): void {
  t.test('what is done under the lock is returned, and the lock is free again', async t => {
    const home = t.testdir()
    t.equal(await withLock(home, () => 1), 1)
    t.equal(await withLock(home, async () => 2), 2)
  })
  t.test('what is thrown under the lock is thrown, and the lock is free again', async t => {
    const home = t.testdir()
    const failing = () => {
      throw new Error('inside')
    }
    await t.rejects(withLock(home, failing), { message: 'inside' })
    t.equal(await withLock(home, () => 1), 1)
  })
  t.test('a second writer is refused at once', async t => {
    const home = t.testdir()
    await withLock(home, async () => {
      await t.rejects(
        withLock(home, () => t.fail('two are in')),
        { code: 'PUBLISH_LOCKED', kind: 'conflict' },
      )
    })
  })
  t.test('by whatever path it comes', async t => {
    const dir = t.testdir({ home: {}, link: t.fixture('symlink', 'home') })
    await withLock(join(dir, 'home'), async () => {
      await t.rejects(
        withLock(join(dir, 'link/'), () => t.fail('two are in')),
        { code: 'PUBLISH_LOCKED' },
      )
    })
  })
  t.test('another home has its own lock', async t => {
    const dir = t.testdir({ one: {}, two: {} })
    t.equal(await withLock(join(dir, 'one'), () => withLock(join(dir, 'two'), () => 'both')), 'both')
  })
  t.test('a home that is not there cannot be locked', async t => {
    const gone = join(t.testdir({ file: '' }), 'file/gone')
    await t.rejects(
      withLock(gone, () => t.fail('in')),
      { code: 'PUBLISH_LOCK_FAILED', kind: 'world' },
    )
  })
}

t.test('the lock by socket', { skip: process.platform !== 'linux' && 'Linux only' }, async t => lockRules(t))

t.test('the lock by file, where there are no such sockets', async t => {
  t.beforeEach(t => t.intercept(process, 'platform', { value: 'darwin' }))
  lockRules(t)
  t.test('leaves no file behind', async t => {
    const home = t.testdir()
    await withLock(home, () => t.strictSame(readdirSync(join(home, '.codex')), ['LOCK']))
    t.strictSame(readdirSync(join(home, '.codex')), [])
  })
  t.test('names its holder, and is never broken', async t => {
    const home = t.testdir({ '.codex': { LOCK: 'pid 1, since yesterday\n' } })
    await t.rejects(
      withLock(home, () => t.fail('in')),
      { code: 'PUBLISH_LOCKED', message: /pid 1, since yesterday; when that process is gone, remove .*LOCK/ },
    )
    t.strictSame(readdirSync(join(home, '.codex')), ['LOCK'])
  })
  t.test('is refused although its holder cannot be read any more', async t => {
    const home = t.testdir({ '.codex': {} })
    symlinkSync('gone', join(home, '.codex/LOCK'))
    await t.rejects(
      withLock(home, () => t.fail('in')),
      { code: 'PUBLISH_LOCKED', message: /gone since/ },
    )
  })
  t.test('fails as the world does when it cannot be linked', async t => {
    const home = t.testdir({ '.codex': {} })
    const fs = await import('node:fs')
    const linkSync = () => {
      throw Object.assign(new Error('EPERM: no links here'), { code: 'EPERM' })
    }
    const mocked = await t.mockImport<typeof import('../../src/publish/lock.ts')>(
      '../../src/publish/lock.ts',
      {
        'node:fs': { ...fs, linkSync },
      },
    )
    await t.rejects(
      mocked.withLock(home, () => t.fail('in')),
      { code: 'PUBLISH_LOCK_FAILED' },
    )
    t.strictSame(readdirSync(join(home, '.codex')), [])
  })
})
