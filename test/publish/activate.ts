// P4: what is active changes only whole, only verified, only from the state that was seen, and only upwards.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Digest } from '../../src/core/digest.ts'
import { planActivation, previousRun } from '../../src/publish/activate.ts'
import { verifyPin } from '../../src/seal/pin.ts'
import {
  damage,
  editEntry,
  type Home,
  makeHome,
  nextSecond,
  pin,
  pointerEntry,
  REGISTRY_ID,
  seal,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'
import { putSealed } from '../fixtures/layer-world.ts'
import { bytesOf, registryOf } from '../fixtures/registry-world.ts'
import { PAYLOAD, sealFiles, thrownCode, writeFolder } from '../fixtures/seal-world.ts'

const plan = (home: Home, runId: string, expect?: Digest | 'none') =>
  planActivation({
    home: home.path,
    runId,
    reason: 'a test',
    now: nextSecond,
    ...(expect !== undefined && { expect }),
  })

t.test('an activation', async t => {
  const home = makeHome(t)
  const { runId, root } = await seal(home)
  t.test('begins the pointer with serial 1', async t => {
    const before = treeOf(home.top)
    t.match(plan(home, runId), { changed: true, before: null, after: { runId, root, serial: 1 } })
    t.strictSame(treeOf(home.top), before, 'the plan writes nothing')
    const now = () => new Date('2026-08-09T11:00:00.5Z')
    t.strictSame(await pin(home, runId, { now, reason: 'because' }), {
      changed: true,
      before: null,
      after: { runId, root, serial: 1 },
    })
    t.strictSame(pointerEntry(home), {
      registry_id: 'telemetry_registry',
      active_ref: { run_id: runId, run_root: '.codex/RUNS', relpath: PAYLOAD, manifest_sha256: root },
      active_ref_known: true,
      active_asof_utc: '2026-08-09T11:00:00Z',
      notes: 'because',
      serial: 1,
    })
  })
  t.test('of the active run changes nothing', async t => {
    const before = treeOf(home.top)
    const { changed, after } = await pin(home, runId)
    t.strictSame([changed, after.serial], [false, 1])
    t.strictSame(treeOf(home.top), before)
  })
  t.test('of another run takes the next serial, and so does a rollback', async t => {
    const second = await seal(home)
    t.match(await pin(home, second.runId), { before: { runId, serial: 1 }, after: { serial: 2 } })
    t.match(await pin(home, runId), {
      before: { runId: second.runId, serial: 2 },
      after: { runId, serial: 3 },
    })
    t.equal(verifyPin(home.path, REGISTRY_ID).seal.root, root)
  })
})

t.test('a pin that only looks like the run is written anew', async t => {
  for (const [name, edit] of [
    [
      'of another file of it',
      (entry: ReturnType<typeof pointerEntry>) => (entry.active_ref.relpath = 'run.json'),
    ],
    ['of the whole of it', (entry: ReturnType<typeof pointerEntry>) => (entry.active_ref.relpath = null)],
    ['under another name', (entry: ReturnType<typeof pointerEntry>) => (entry.active_ref.run_id = 'other')],
    [
      'in another root',
      (entry: ReturnType<typeof pointerEntry>) => (entry.active_ref.run_root = 'reports/runs'),
    ],
    ['without a serial', (entry: ReturnType<typeof pointerEntry>) => delete entry.serial],
  ] as const) {
    t.test(name, async t => {
      const home = makeHome(t)
      const { runId, root } = await sealAndPin(home)
      editEntry(home, edit)
      t.equal((await pin(home, runId)).changed, true)
      t.equal(verifyPin(home.path, REGISTRY_ID).seal.root, root)
      t.equal(pointerEntry(home).active_ref.relpath, PAYLOAD)
    })
  }
})

t.test('an activation is refused, and the tree stays as it was, when', async t => {
  const refuses = async (t: Test, home: Home, runId: string, code: string, kind?: string) => {
    const before = treeOf(home.top)
    await t.rejects(pin(home, runId), { code, ...(kind && { kind }) })
    t.strictSame(treeOf(home.top), before)
  }
  t.test('the name is a path', async t => {
    for (const name of ['../runs/x', 'a/b', '', '.', '..', 'x\n', '-n'])
      await refuses(t, makeHome(t), name, 'PUBLISH_BAD_RUN')
  })
  t.test('the run is not there', async t => refuses(t, makeHome(t), 'nothing', 'POINTER_RUN_MISSING'))
  t.test('the run is unsealed', async t => {
    const home = makeHome(t)
    const { runId } = await seal(home)
    for (const name of ['manifest.json', 'MANIFEST.sha256']) rmSync(join(home.runs, runId, name))
    await refuses(t, home, runId, 'SEAL_NOT_A_SEAL')
  })
  t.test('the run is damaged', async t => {
    const home = makeHome(t)
    const { runId } = await seal(home)
    damage(home, runId)
    await refuses(t, home, runId, 'SEAL_DIGEST_MISMATCH')
  })
  t.test('the run has another name than its folder', async t => {
    const home = makeHome(t)
    const { runId } = await seal(home)
    renameSync(join(home.runs, runId), join(home.runs, 'renamed'))
    await refuses(t, home, 'renamed', 'SEAL_RUN_ID_MISMATCH')
  })
  t.test('the set is no registry', async t => {
    const home = makeHome(t)
    writeFolder(join(home.runs, 'other'), sealFiles({ runId: 'other', payload: { x: '' } }))
    await refuses(t, home, 'other', 'PUBLISH_NOT_A_REGISTRY', 'refused')
  })
  t.test('the registry breaks the rules', async t => {
    const home = makeHome(t)
    writeFolder(join(home.runs, 'broken'), sealFiles({ runId: 'broken' }))
    await refuses(t, home, 'broken', 'REGISTRY_VERSION_UNSUPPORTED')
  })
  t.test('the pointer is broken', async t => {
    const home = makeHome(t)
    const { runId } = await seal(home)
    writeFileSync(home.pointer, '{"pointer_contract_version":"0.1","pointers":[')
    await refuses(t, home, runId, 'POINTER_NOT_JSON')
  })
  t.test('there is no serial left', async t => {
    const home = makeHome(t)
    const first = await sealAndPin(home)
    const { runId } = await seal(home)
    editEntry(home, entry => {
      entry.serial = Number.MAX_SAFE_INTEGER - 1
    })
    t.match(await pin(home, runId), { after: { serial: Number.MAX_SAFE_INTEGER } })
    await refuses(t, home, first.runId, 'PUBLISH_SERIALS_SPENT', 'refused')
  })
})

t.test('P5', async t => {
  const home = makeHome(t, { count: 40 })
  const full = await seal(home)
  writeEntries(home, 10)
  const small = await seal(home)
  writeEntries(home, 11)
  const meant = await seal(home, { massChange: true })
  writeFileSync(home.working, bytesOf(registryOf({})))
  const empty = await seal(home, { massChange: true })
  await pin(home, full.runId)
  t.test('a run that takes too much away is refused', async t => {
    await t.rejects(pin(home, small.runId), {
      code: 'PUBLISH_MASS_CHANGE',
      message: /30 of 40 entries would go.*; if this is meant: infra rollback --to .* --mass-change/,
    })
  })
  t.test('an empty one too, whatever it says of itself', async t => {
    await t.rejects(pin(home, empty.runId), {
      code: 'PUBLISH_MASS_CHANGE',
      message: /an empty registry never replaces one of 40 entries$/,
    })
  })
  t.test('one that was meant to is not', async t => {
    t.match(await pin(home, meant.runId), { changed: true })
    t.match(await pin(home, full.runId), { changed: true }, 'and growing is no such change')
  })
  t.test('with the active run damaged there is nothing to compare with, and a way out', async t => {
    damage(home, full.runId)
    t.match(await pin(home, small.runId), { changed: true })
  })
})

t.test('compare and set', async t => {
  const home = makeHome(t)
  const one = await seal(home)
  const two = await seal(home)
  const expect = (root: string) => ({ expect: root as Digest })
  await t.rejects(pin(home, one.runId, expect(two.root)), { code: 'PUBLISH_CONFLICT', kind: 'conflict' })
  t.match(await pin(home, one.runId, expect('none')), { changed: true })
  await t.rejects(pin(home, two.runId, expect('none')), {
    code: 'PUBLISH_CONFLICT',
    message: `got ${one.root}`,
  })
  t.match(await pin(home, two.runId, expect(one.root)), { changed: true })
  await t.rejects(
    pin(home, two.runId, expect(one.root)),
    { code: 'PUBLISH_CONFLICT' },
    'even to what is active',
  )
  editEntry(home, entry => {
    entry.active_ref_known = false
  })
  t.match(
    await pin(home, one.runId, expect('none')),
    { before: null, after: { serial: 3 } },
    'withdrawn is none',
  )
})

t.test('serials', async t => {
  t.test('go on over entries that are withdrawn or unknown', async t => {
    const home = makeHome(t)
    const one = await sealAndPin(home)
    const two = await seal(home)
    await pin(home, two.runId)
    editEntry(home, entry => {
      entry.active_ref_known = false
    })
    t.match(await pin(home, two.runId), { changed: true, after: { serial: 3 } })
    editEntry(home, entry => {
      entry.active_ref_known = 'unknown'
      entry.active_asof_utc = 'unknown'
      for (const key of Object.keys(entry.active_ref)) entry.active_ref[key] = null
    })
    t.match(await pin(home, one.runId), { before: null, after: { serial: 4 } })
  })
  t.test('only rise, over every history', async t => {
    const home = makeHome(t)
    const runs = [await seal(home), await seal(home), await seal(home)]
    const known = fc.constantFrom(true, false)
    const step = fc.tuple(fc.nat(2), known, fc.boolean())
    const numRuns = Number(process.env.CHAOS_RUNS ?? 10)
    let serial = 0
    let moves = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async steps => {
        for (const [index, keep, rollback] of steps) {
          if (!keep && serial > 0)
            editEntry(home, entry => {
              entry.active_ref_known = false
            })
          const { runId } = runs[rollback ? 0 : index]!
          const { changed, after } = await pin(home, runId)
          if (changed ? after.serial !== serial + 1 : after.serial !== serial)
            throw new Error(`${after.serial}`)
          serial = after.serial
          moves += 1
          if (verifyPin(home.path, REGISTRY_ID).pin.runId !== runId) throw new Error('another run is active')
        }
      }),
      { numRuns },
    )
    t.ok(moves >= numRuns, `${moves} moves`)
  })
})

t.test('only the bytes of the addressed entry change', async t => {
  const home = makeHome(t)
  const { runId } = await seal(home)
  const other = (id: string) =>
    `{ "registry_id":"${id}" ,\r\n\t"active_ref":{"run_id":null,"run_root":null,"relpath":null,"manifest_sha256":null},"active_ref_known" : "unknown", "active_asof_utc":"unknown","notes":"é\\u00e9"}`
  const head = `{"pointer_contract_version" : "0.1",\r\n  "prose": "kept  \\t",\r\n  "pointers": [ ${other('a')},\r\n    `
  const own = other('telemetry_registry').replace('"notes"', '"serial":41,"notes"')
  const tail = `,${other('z')} ]\r\n}\r\n\r\n`
  writeFileSync(home.pointer, head + own + tail)
  t.match(await pin(home, runId), { after: { serial: 42 } })
  const text = readFileSync(home.pointer, 'utf8')
  t.ok(text.startsWith(head))
  t.ok(text.endsWith(tail))
  t.equal(verifyPin(home.path, REGISTRY_ID).pin.runId, runId)
})

t.test('previousRun', async t => {
  t.test('is the run that was active when the active one was sealed', async t => {
    const home = makeHome(t)
    t.equal(
      thrownCode(() => previousRun(home.path)),
      'PUBLISH_NO_PREVIOUS',
    )
    const one = await sealAndPin(home)
    t.throws(() => previousRun(home.path), { code: 'PUBLISH_NO_PREVIOUS', message: /names no run before it/ })
    const two = await sealAndPin(home)
    t.strictSame(previousRun(home.path), { runId: one.runId, active: two.root })
  })
  t.test('cannot be told when the active run cannot be verified', async t => {
    const home = makeHome(t)
    await sealAndPin(home)
    damage(home, (await sealAndPin(home)).runId)
    t.throws(() => previousRun(home.path), { code: 'PUBLISH_NO_PREVIOUS', message: /infra rollback --to/ })
  })
})

t.test('a serial that is asked for', async t => {
  const home = makeHome(t)
  const { runId } = await seal(home)
  await pin(home, runId)

  await t.test('lifts the pin above what services have seen, even for the run that is active', async t => {
    t.match(await pin(home, runId, { serial: 40 }), { changed: true, after: { runId, serial: 40 } })
    writeEntries(home, 4)
    const next = await seal(home)
    t.match(await pin(home, next.runId), { after: { serial: 41 } }, 'and the next one goes on from there')
  })
  await t.test('never falls, and never leaps', async t => {
    for (const serial of [1, 41])
      await t.rejects(pin(home, runId, { serial }), { code: 'PUBLISH_BAD_SERIAL' })
  })
})

t.test(
  'a pointer that moves between the plan and the rename is a conflict, and stays as it was put',
  async t => {
    const home = makeHome(t)
    await sealAndPin(home)
    const { runId } = await seal(home)
    // The clock is read after the pointer; a writer that the lock does not reach comes at that moment.
    const now = () => {
      editEntry(home, entry => (entry.notes = 'somebody was here'))
      return nextSecond()
    }
    await t.rejects(pin(home, runId, { now }), { code: 'PUBLISH_CONFLICT', message: /infra status/ })
    t.match(pointerEntry(home), { serial: 1, notes: 'somebody was here' })
    t.match(await pin(home, runId), { after: { serial: 2 } })
  },
)
t.test('another registry of the layer', async t => {
  const home = makeHome(t)
  await sealAndPin(home)
  const telemetry = readFileSync(home.pointer, 'utf8')
  const expected = (version: string) => ({
    'EXPECTED_VERSIONS_v0_1_snapshot.json': {
      version: '0.1',
      expected: { schema_version: version, threshold_pack_version: null },
    },
  })
  const set = (runId: string, registryId: 'expected_versions' | 'threshold_packs_file') =>
    pin(home, runId, { registryId })
  t.test('has an entry and serials of its own', async t => {
    putSealed(home.path, 'one', expected('1'))
    putSealed(home.path, 'two', expected('2'))
    t.match(await set('one', 'expected_versions'), { before: null, after: { runId: 'one', serial: 1 } })
    t.match(await set('two', 'expected_versions'), {
      before: { runId: 'one', serial: 1 },
      after: { serial: 2 },
    })
    t.match(await set('two', 'expected_versions'), { changed: false })
    t.match(pointerEntry(home, 'expected_versions'), {
      active_ref: { run_id: 'two', relpath: 'EXPECTED_VERSIONS_v0_1_snapshot.json' },
    })
    const entry = telemetry.slice(telemetry.indexOf('    {'), telemetry.lastIndexOf('}\n  ]'))
    t.ok(readFileSync(home.pointer, 'utf8').includes(entry), 'and the bytes of the other are as they were')
  })
  t.test('is pinned whole where it has no first file', async t => {
    const pack = { lookback: 1, min_range_bp: 1, min_direction_ratio_bp: 1, min_hh_ll_count: 1 }
    const extra = { source_registry: 'threshold_packs_file' }
    putSealed(home.path, 'packs', { 'pack.json': pack }, { extra })
    await set('packs', 'threshold_packs_file')
    t.equal(pointerEntry(home, 'threshold_packs_file').active_ref.relpath, null)
  })
  t.test('takes no run of another registry, and none that its schemas refuse', async t => {
    const before = treeOf(home.path)
    await t.rejects(set('packs', 'expected_versions'), { code: 'LAYER_INPUT_WRONG' })
    await t.rejects(set('one', 'threshold_packs_file'), { code: 'LAYER_INPUT_WRONG' })
    await t.rejects(pin(home, 'one', { registryId: 'telemetry_registry' }), {
      code: 'PUBLISH_NOT_A_REGISTRY',
    })
    t.strictSame(treeOf(home.path), before)
    putSealed(home.path, 'odd', { 'EXPECTED_VERSIONS_v0_1_snapshot.json': { version: 1 } })
    await t.rejects(set('odd', 'expected_versions'), { code: 'LAYER_INPUT_INVALID' })
  })
})
