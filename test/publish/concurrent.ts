// Writers at the same time, in processes of their own, and a reader who never stops: nothing that was acknowledged is
// lost, no serial means two things, and whoever reads the pointer finds a pin that verifies.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { verifyPin } from '../../src/seal/pin.ts'
import {
  makeHome,
  pin,
  pointerEntry,
  REGISTRY_ID,
  type Said,
  saidBy,
  seal,
  sealAndPin,
  startInfra,
} from '../fixtures/home-world.ts'

const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 10)
const FLIPS = Number(process.env.CHAOS_FLIPS ?? 400)

const SRC = pathToFileURL(join(import.meta.dirname, '../../src/')).href

/** A process that waits to be let go, so that several begin together. */
function gated(text: string, args: readonly string[]) {
  const gate = `process.stdin.resume(); console.error('ready'); await new Promise(r => process.stdin.once('end', r));`
  const words = [
    '-u',
    'NODE_OPTIONS',
    process.execPath,
    '--input-type=module',
    '--eval',
    `${gate}\n${text}`,
    ...args,
  ]
  const child = spawn('/usr/bin/env', words, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ready = new Promise<void>(resolve => child.stderr.once('data', () => resolve()))
  return { ready, go: () => child.stdin.end(), said: saidBy(child) }
}

/** The command line, loaded and waiting at its door. */
const ACTIVATE = `
const { runCli } = await import(${JSON.stringify(`${SRC}cli/program.ts`)})
process.exitCode = await runCli(process.argv.slice(1), '0', {
  out: text => process.stdout.write(text), err: text => process.stderr.write(text),
  env: {}, cwd: '/', now: () => new Date(),
})
`

async function together(lines: readonly (readonly string[])[]): Promise<Said[]> {
  const racers = lines.map(words => gated(ACTIVATE, words))
  await Promise.all(racers.map(racer => racer.ready))
  for (const racer of racers) racer.go()
  return Promise.all(racers.map(racer => racer.said))
}

t.test('two activations at once', async t => {
  const home = makeHome(t)
  let active = await sealAndPin(home)
  const others = [await seal(home), await seal(home)] as const
  const words = (runId: string) => ['activate', runId, '--home', home.path, '--reason', 'a race', '--json']
  const count = { won: 0, refused: 0 }

  await t.test('that expect the same ROOT: one wins, the other exits 4', async t => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { serial } = pointerEntry(home)
      const said = await together(others.map(({ runId }) => [...words(runId), '--expect', active.root]))
      t.strictSame(said.map(({ code }) => code).sort(), [0, 4], `round ${round}`)
      const winner = others[said.findIndex(({ code }) => code === 0)]!
      const entry = pointerEntry(home)
      t.strictSame([entry.active_ref.run_id, entry.serial], [winner.runId, serial + 1])
      t.equal(verifyPin(home.path, REGISTRY_ID).seal.root, winner.root)
      await pin(home, active.runId)
    }
    t.comment(`${ROUNDS} rounds, ${ROUNDS} winners, ${ROUNDS} exits 4`)
  })

  await t.test('that expect nothing: each success has its own serial, and none is lost', async t => {
    for (let round = 0; round < ROUNDS / 2; round += 1) {
      const { serial } = pointerEntry(home)
      const said = await together(others.map(({ runId }) => words(runId)))
      const won = said.filter(({ code }) => code === 0).map(({ stdout }) => JSON.parse(stdout))
      for (const { code, stderr } of said)
        if (code !== 0) t.match({ code, stderr }, { code: 4, stderr: /PUBLISH_LOCKED/ })
      const serials = won.map(({ after }) => after.serial).sort((a, b) => a - b)
      t.strictSame(
        serials,
        serials.map((_, index) => serial + 1 + index),
        `round ${round}`,
      )
      const last = won.find(({ after }) => after.serial === serials.at(-1))
      t.match(pointerEntry(home), { serial: serials.at(-1), active_ref: { run_id: last.after.run_id } })
      if (serials.length === 2) t.equal(last.before.serial, serials[0], 'the later one saw the earlier one')
      t.equal(verifyPin(home.path, REGISTRY_ID).seal.root, last.after.root_sha256)
      count.won += serials.length
      count.refused += 2 - serials.length
      active = await seal(home)
      await pin(home, active.runId)
    }
    t.ok(count.won >= ROUNDS / 2)
    t.comment(`${count.won} successes, ${count.refused} exits 4`)
  })
})

t.test('two rollbacks at once go back once', async t => {
  for (let round = 0; round < Math.ceil(ROUNDS / 5); round += 1) {
    const home = makeHome(t)
    const one = await sealAndPin(home)
    await sealAndPin(home)
    const words = ['rollback', '--home', home.path, '--reason', 'a race', '--json']
    const codes = (await together([words, words])).map(({ code }) => code).sort()
    // The second may come so late that it finds the first run active, with none before it.
    t.ok(codes[0] === 0 && (codes[1] === 4 || codes[1] === 1), `${codes}`)
    t.match(pointerEntry(home), { serial: 3, active_ref: { run_id: one.runId } })
  }
})

t.test('two seals at once, and two within a second, are two runs or one refusal', async t => {
  const home = makeHome(t)
  const words = ['seal', '--home', home.path, '--json']
  const said = await Promise.all([startInfra(words), startInfra(words)])
  const ids = said.filter(({ code }) => code === 0).map(({ stdout }) => JSON.parse(stdout).run_id)
  for (const { code, stderr } of said)
    if (code !== 0) t.match({ code, stderr }, { code: 4, stderr: /PUBLISH_LOCKED/ })
  t.ok(ids.length >= 1)
  t.equal(new Set(ids).size, ids.length)
})

const FLIPPER = `
const { activate } = await import(${JSON.stringify(`${SRC}publish/activate.ts`)})
const [home, flips, ...runs] = process.argv.slice(1)
for (let flip = 0; flip < Number(flips); flip += 1) {
  await activate({ home, runId: runs[flip % runs.length], reason: 'flip ' + flip, now: () => new Date() })
}
`

const READER = `
const { verifyPin } = await import(${JSON.stringify(`${SRC}seal/pin.ts`)})
const [home, ...runs] = process.argv.slice(1)
const seen = { reads: 0, flips: 0, serial: 0, faults: [] }
let last = ''
let stop = false
process.stdin.resume().once('end', () => { stop = true })
while (!stop) {
  for (let turn = 0; turn < 20; turn += 1) {
    try {
      const { pin, seal } = verifyPin(home, 'telemetry_registry')
      seen.reads += 1
      if (pin.serial < seen.serial) seen.faults.push('the serial fell')
      if (!runs.includes(seal.runId)) seen.faults.push('an unknown run ' + seal.runId)
      seen.serial = pin.serial
      if (seal.runId !== last) seen.flips += 1
      last = seal.runId
    } catch (error) { seen.faults.push(String(error)) }
  }
  await new Promise(resolve => setImmediate(resolve))
}
console.log(JSON.stringify(seen))
`

t.test('a reader sees a pin that verifies, whatever the writer is doing', async t => {
  const home = makeHome(t)
  const runs = [(await sealAndPin(home)).runId, (await seal(home)).runId]
  const plain = (text: string, args: readonly string[]) =>
    spawn(
      '/usr/bin/env',
      ['-u', 'NODE_OPTIONS', process.execPath, '--input-type=module', '--eval', text, ...args],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    )
  const reader = plain(READER, [home.path, ...runs])
  const read = saidBy(reader)
  const flipped = await saidBy(plain(FLIPPER, [home.path, String(FLIPS), ...runs.toReversed()]))
  reader.stdin.end()
  t.strictSame(flipped, { code: 0, stdout: '', stderr: '' })
  const seen = JSON.parse((await read).stdout)
  t.strictSame(seen.faults.slice(0, 3), [])
  t.equal(pointerEntry(home).serial, FLIPS + 1)
  t.ok(seen.flips > FLIPS / 10, 'it read while the pointer moved')
  t.comment(`${FLIPS} flips, ${seen.reads} reads, ${seen.flips} moves seen, ${seen.faults.length} faults`)
})
