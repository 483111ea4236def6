// No lock outlives its holder: the holder is killed, and of those who race for its place never two are in at once.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { withLock } from '../../src/publish/lock.ts'
import { type Said, saidBy } from '../fixtures/home-world.ts'
import { chaos, dose, figures } from '../fixtures/service.ts'

const ROUNDS = dose('RACER_ROUNDS', 3, 40)
const RACERS = 12

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
  let together = 0
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
      if (lines[at] !== `${pid} in` || lines[at + 1] !== `${pid} out`) together += 1
    }
    t.notOk(existsSync(`${log}.in`))
  }
  t.equal(together, 0, 'never two holders')
  t.ok(refusals > 0, 'they did race')
  figures(t, 'racers for a dead holder', {
    racers: RACERS,
    rounds: ROUNDS,
    refusals,
    'two at once': together,
  })
})
t.setTimeout(chaos ? 600_000 : 60_000)
