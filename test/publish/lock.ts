// One writer per home, and no lock that outlives its holder: the holder is killed, and of those who race for its
// place never two are in at once.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { withLock } from '../../src/publish/lock.ts'
import { type Said, saidBy } from '../fixtures/home-world.ts'

const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 3)
const RACERS = 12

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

const LOCK_URL = pathToFileURL(join(import.meta.dirname, '../../src/publish/lock.ts')).href

/** Holds the lock until it is killed. */
const HOLDER = `
import { withLock } from ${JSON.stringify(LOCK_URL)}
await withLock(process.argv[1], () => { console.log('held'); return new Promise(() => setInterval(() => {}, 1e6)) })
`

/** Tries for the lock until it has had it once; a folder that can be made once shows that nobody else is in. */
const RACER = `
import { appendFileSync, mkdirSync, rmdirSync, existsSync } from 'node:fs'
import { withLock } from ${JSON.stringify(LOCK_URL)}
const [home, file] = process.argv.slice(1)
process.stdin.resume()
console.log('ready')
await new Promise(resolve => process.stdin.once('end', resolve))
let refused = 0
for (let done = false; !done; ) {
  try {
    await withLock(home, async () => {
      mkdirSync(file + '.in')
      appendFileSync(file, process.pid + ' in\\n')
      for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve))
      appendFileSync(file, process.pid + ' out\\n')
      rmdirSync(file + '.in')
    })
    done = true
  } catch (error) {
    if (error.code !== 'PUBLISH_LOCKED') throw error
    refused += 1
    await new Promise(resolve => setImmediate(resolve))
  }
}
console.log('refused ' + refused)
`

function script(text: string, args: readonly string[]) {
  const words = ['-u', 'NODE_OPTIONS', process.execPath, '--input-type=module', '--eval', text, ...args]
  return spawn('/usr/bin/env', words, { stdio: ['pipe', 'pipe', 'inherit'] })
}

t.test('a holder that is killed', { skip: process.platform !== 'linux' && 'Linux only' }, async t => {
  let refusals = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const dir = t.testdir({ home: {} })
    const home = join(dir, 'home')
    const log = join(dir, 'log')
    const holder = script(HOLDER, [home])
    await once(holder.stdout, 'data')
    const racers = Array.from({ length: RACERS }, () => script(RACER, [home, log]))
    const ends: Promise<Said>[] = racers.map(saidBy)
    await Promise.all(racers.map(racer => once(racer.stdout, 'data')))
    await t.rejects(
      withLock(home, () => t.fail('the holder is not holding')),
      { code: 'PUBLISH_LOCKED' },
    )
    for (const racer of racers) racer.stdin.end()
    holder.kill('SIGKILL')
    const said = await Promise.all(ends)
    t.strictSame(
      said.map(({ code }) => code),
      said.map(() => 0),
      'every racer got in once, and found nobody there',
    )
    refusals += said.reduce((sum, { stdout }) => sum + Number(/refused (\d+)/.exec(stdout)?.[1]), 0)
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    t.equal(lines.length, 2 * RACERS)
    for (let at = 0; at < lines.length; at += 2) {
      const pid = lines[at]!.split(' ')[0]
      t.strictSame(lines.slice(at, at + 2), [`${pid} in`, `${pid} out`])
    }
    t.notOk(existsSync(`${log}.in`))
  }
  t.ok(refusals > 0, 'they did race')
  t.comment(`${ROUNDS} rounds, ${RACERS} racers, ${refusals} refusals, never two holders`)
})
