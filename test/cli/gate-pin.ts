// What is pinned: a pin that cannot be verified is told and never passes, and neither does one that services would refuse.

import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { type PinWanted, readPin } from '../../src/cli/gate-pin.ts'
import { type Gate, runGates } from '../../src/cli/gates.ts'
import type { Source } from '../../src/cli/source.ts'
import { MAX_SERIAL_JUMP } from '../../src/seal/pointer-entry.ts'
import { PointerError, pointerFault } from '../../src/seal/pointer-fault.ts'
import { commitAll, editEntry, type Home, seal, sealAndPin, writeEntries } from '../fixtures/home-world.ts'
import { makeRepo, type Repo } from '../fixtures/repo-world.ts'

const againstGate = async (repo: Repo, against: string, pin: PinWanted): Promise<Gate> =>
  (await runGates({ home: repo.path, top: repo.top, pin, against })).at(-1)!

function pinByHand(home: Home, { runId, root }: { runId: string; root: string }, serial: number): void {
  editEntry(home, entry => {
    Object.assign(entry.active_ref, { run_id: runId, manifest_sha256: root })
    entry.serial = serial
  })
}

t.test('a pin that cannot be verified is told, and a mistake of ours is none', async t => {
  const source = (verifyPin: () => Promise<unknown>) =>
    ({ verifyPin, nameOf: (name: string) => name }) as unknown as Source
  const seal = { payload: 'bytes' }
  t.strictSame(await readPin(source(async () => seal)), { seal })
  const refuse = (error: Error) => () => Promise.reject(error)
  const missing = new PointerError([pointerFault('POINTER_MISSING', '#', 'x')])
  t.match(await readPin(source(refuse(missing))), { seal: undefined, faults: [{ code: 'POINTER_MISSING' }] })
  await t.rejects(readPin(source(refuse(new Error('a mistake of ours')))), { message: 'a mistake of ours' })
})

t.test('a pin that takes much away from the one before has to say so', async t => {
  const repo = makeRepo(t)
  const working = readFileSync(repo.working)
  writeEntries(repo, 20)
  const few = await seal(repo)
  const meant = await seal(repo, { massChange: true })
  writeEntries(repo, 40)
  await sealAndPin(repo)
  writeFileSync(repo.working, working)
  commitAll(repo.top, 'many')
  repo.git('branch', 'many')
  const against = async (run: typeof few, pin: PinWanted) => {
    pinByHand(repo, run, 9)
    const { ok, faults } = await againstGate(repo, 'many', pin)
    return [ok, ...faults.map(({ code }) => code)]
  }
  t.strictSame(await against(few, 'required'), [false, 'GATE_MASS_CHANGE'])
  t.strictSame(
    await against(few, 'optional'),
    [true, 'GATE_MASS_CHANGE'],
    'a warning, before it is finalized',
  )
  t.strictSame(await against(meant, 'required'), [true])
})

t.test('a pin has to have a higher serial than the one before it', async t => {
  const repo = makeRepo(t)
  const one = await sealAndPin(repo)
  const two = await sealAndPin(repo)
  commitAll(repo.top, 'two')
  repo.git('branch', 'two')
  const against = async (run: typeof one, serial: number) => {
    pinByHand(repo, run, serial)
    const { ok, faults } = await againstGate(repo, 'two', 'optional')
    return [ok, ...faults.map(({ code, message }) => `${code} ${message}`)]
  }
  const next = `services refuse it; next: infra activate ${one.runId} --serial 3 --reason '<why>'`
  t.strictSame(await against(one, 1), [
    false,
    `GATE_SERIAL_REFUSED the pin has serial 1, and that of two has 2: ${next}`,
  ])
  t.strictSame(await against(one, 2), [
    false,
    `GATE_SERIAL_REFUSED the pin has serial 2, and that of two has 2: ${next}`,
  ])
  t.strictSame(await against(two, 2), [true], 'the same pin')
  t.strictSame(await against(one, 3), [true])
  const far = 2 + MAX_SERIAL_JUMP
  t.strictSame(await against(one, far), [true])
  t.strictSame(await against(one, far + 1), [
    false,
    `GATE_SERIAL_REFUSED the pin has serial ${far + 1}, and that of two has 2: services refuse it (want at most ${MAX_SERIAL_JUMP} more)`,
  ])
})
