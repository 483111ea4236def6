import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { startLoader } from '../../src/live/loader.ts'
import { MEMORY_FILE } from '../../src/live/memory.ts'
import type { LiveStatus } from '../../src/live/status.ts'
import { activate } from '../../src/publish/activate.ts'
import {
  damage,
  editEntry,
  type Home,
  homeAt,
  makeHome,
  nextSecond,
  pin,
  seal,
  sealAndPin,
  writeEntries,
} from '../fixtures/home-world.ts'
import { pinned, pointerText } from '../fixtures/pinned-world.ts'
import { bytesOf } from '../fixtures/registry-world.ts'
import { chaos, dose, figures, LOAD_WORKER } from '../fixtures/service.ts'

t.setTimeout(chaos ? 600_000 : 120_000)

/** What a cell of the matrix must come to: which run is served, how, and why not the one on disk. */
interface Cell {
  readonly serves: 'new' | 'old' | null
  readonly state: LiveStatus['state']
  readonly error: string | null
}

const POINTERS = ['good', 'bad', 'absent'] as const
const MEMORIES = ['good', 'corrupt', 'absent'] as const

/** At start: the pointer's run if it is good, else the remembered one if it can be verified, else nothing. */
const START: Record<(typeof POINTERS)[number], Record<(typeof MEMORIES)[number], Cell>> = {
  good: {
    good: { serves: 'new', state: 'ok', error: null },
    corrupt: { serves: 'new', state: 'ok', error: null },
    absent: { serves: 'new', state: 'ok', error: null },
  },
  bad: {
    good: { serves: 'old', state: 'degraded', error: 'seal_invalid' },
    corrupt: { serves: null, state: 'unavailable', error: 'seal_invalid' },
    absent: { serves: null, state: 'unavailable', error: 'seal_invalid' },
  },
  absent: {
    good: { serves: 'old', state: 'degraded', error: 'pointer_missing' },
    corrupt: { serves: null, state: 'unavailable', error: 'pointer_missing' },
    absent: { serves: null, state: 'unavailable', error: 'pointer_missing' },
  },
}

/** At reload: the pointer's run if it is good, else what is served already; the memory has no say. */
const RELOAD: Record<(typeof POINTERS)[number], Cell> = {
  good: { serves: 'new', state: 'ok', error: null },
  bad: { serves: 'old', state: 'degraded', error: 'seal_invalid' },
  absent: { serves: 'old', state: 'degraded', error: 'pointer_missing' },
}

/** A home whose first run has been served with a memory, and whose second run is sealed and not yet pinned. */
async function twoRuns(t: Test) {
  const home = makeHome(t)
  const stateDir = join(home.top, 'state')
  const old = await sealAndPin(home)
  const { live } = pinned(t, home, { stateDir })
  await live.start()
  t.equal(live.current()?.info.runId, old.runId, 'the old run is served first')
  writeEntries(home, 5)
  const next = await seal(home)
  return { home, stateDir, live, old, next }
}

async function spoilPointer(home: Home, runId: string, pointer: (typeof POINTERS)[number]): Promise<void> {
  await pin(home, runId)
  if (pointer === 'bad') damage(home, runId)
  if (pointer === 'absent') rmSync(home.pointer)
}

function spoilMemory(stateDir: string, memory: (typeof MEMORIES)[number]): void {
  const path = join(stateDir, MEMORY_FILE)
  if (memory === 'absent') rmSync(path)
  if (memory === 'corrupt') writeFileSync(path, '{"pin":')
}

t.test('18 cells: start or reload, by what the pointer and the memory are worth', async t => {
  let cells = 0
  for (const pointer of POINTERS) {
    for (const memory of MEMORIES) {
      await t.test(`start, pointer ${pointer}, memory ${memory}`, async t => {
        const { home, stateDir, live, old, next } = await twoRuns(t)
        await live.close()
        await spoilPointer(home, next.runId, pointer)
        spoilMemory(stateDir, memory)
        const again = pinned(t, home, { stateDir })
        await again.live.start()
        check(t, again.live.status(), START[pointer][memory], { old: old.runId, new: next.runId })
        t.equal(
          again.events.some(event => event.kind === 'memory'),
          memory === 'corrupt',
          'rot is told',
        )
        cells += 1
      })
      await t.test(`reload, pointer ${pointer}, memory ${memory}`, async t => {
        const { home, stateDir, live, old, next } = await twoRuns(t)
        spoilMemory(stateDir, memory)
        await spoilPointer(home, next.runId, pointer)
        await live.check()
        check(t, live.status(), RELOAD[pointer], { old: old.runId, new: next.runId })
        cells += 1
      })
    }
  }
  t.equal(cells, 18)
})

function check(t: Test, status: LiveStatus, want: Cell, runs: { old: string; new: string }): void {
  t.equal(status.active?.runId ?? null, want.serves === null ? null : runs[want.serves])
  t.equal(status.state, want.state)
  t.equal(status.lastError?.code ?? null, want.error)
}

t.test('what was wrong is mended without a restart', async t => {
  const { home, live, old, next } = await twoRuns(t)
  const before = pointerText(home)
  await spoilPointer(home, next.runId, 'bad')
  await live.check()
  t.match(live.status(), { state: 'degraded', active: { runId: old.runId } })
  damage(home, next.runId) // the same bit again: as it was
  await live.check()
  t.match(live.status(), { state: 'ok', active: { runId: next.runId }, lastError: null })
  writeFileSync(home.pointer, before)
  await live.check()
  t.match(live.status(), {
    state: 'degraded',
    active: { runId: next.runId },
    lastError: { code: 'rollback_refused' },
  })
})

t.test('damage to the active run shows in the status and in no answer', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  const { live } = pinned(t, home, { reverifyMs: 0 })
  await live.start()
  const served = live.current()
  damage(home, runId)
  await live.check()
  t.match(live.status(), { state: 'degraded', lastError: { code: 'seal_invalid' } })
  t.equal(live.current(), served, 'the very same snapshot')
  damage(home, runId)
  await live.check()
  t.match(live.status(), { state: 'ok', lastError: null })
  t.equal(live.current(), served)
})

t.test('a set that takes much away is not taken, unless it says that it means to', async t => {
  const home = makeHome(t, { count: 40 })
  const first = await sealAndPin(home)
  const { live } = pinned(t, home)
  await live.start()
  const served = live.current()
  const firstPointer = pointerText(home)

  // Sealed where nothing is active, so that neither seal nor activation sees what it takes away.
  const elsewhere = homeAt(join(home.top, 'elsewhere'))
  mkdirSync(join(elsewhere.path, 'changelog'), { recursive: true })
  writeFileSync(elsewhere.changelog, '')
  writeEntries(elsewhere, 20)
  const silent = await seal(elsewhere)
  cpSync(join(elsewhere.runs, silent.runId), join(home.runs, silent.runId), { recursive: true })
  editEntry(home, entry => {
    entry.active_ref.run_id = silent.runId
    entry.active_ref.manifest_sha256 = silent.root
    entry.serial += 1
  })
  await live.check()
  t.match(live.status(), { state: 'degraded', lastError: { code: 'mass_change_refused' } })
  t.equal(live.current(), served)

  const silentPointer = pointerText(home)
  writeFileSync(home.pointer, firstPointer)
  await live.check()
  t.match(live.status(), { state: 'ok', lastError: null }, 'the pointer goes back')
  writeFileSync(home.pointer, silentPointer)
  await live.check()
  t.match(live.status(), { state: 'degraded', lastError: { code: 'mass_change_refused' } }, 'and comes again')
  writeFileSync(home.pointer, '{')
  await live.check()
  t.match(live.status(), { lastError: { code: 'pin_invalid' } })
  writeFileSync(home.pointer, silentPointer)
  await live.check()
  t.match(live.status(), { lastError: { code: 'mass_change_refused' } }, 'whatever was there between')

  writeEntries(home, 20)
  editEntry(home, entry => {
    entry.active_ref.run_id = first.runId
    entry.active_ref.manifest_sha256 = first.root
  })
  const meant = await seal(home, { massChange: true })
  await pin(home, meant.runId)
  await live.check()
  t.match(live.status(), { state: 'ok', active: { runId: meant.runId } }, 'it says so in its sealed run.json')
})

t.test(
  'an empty registry is not taken by a restart either: the memory knows what it would replace',
  async t => {
    const home = makeHome(t, { count: 40 })
    const stateDir = join(home.top, 'state')
    const first = await sealAndPin(home)
    const before = pinned(t, home, { stateDir })
    await before.live.start()
    await before.live.close()

    const elsewhere = homeAt(join(home.top, 'elsewhere'))
    mkdirSync(join(elsewhere.path, 'changelog'), { recursive: true })
    writeFileSync(elsewhere.changelog, '')
    writeFileSync(elsewhere.working, bytesOf({ schema_version: '2.0', orgs: {} }))
    const empty = await seal(elsewhere)
    cpSync(join(elsewhere.runs, empty.runId), join(home.runs, empty.runId), { recursive: true })
    editEntry(home, entry => {
      entry.active_ref.run_id = empty.runId
      entry.active_ref.manifest_sha256 = empty.root
      entry.serial += 1
    })
    for (const restart of [1, 2]) {
      const { live } = pinned(t, home, { stateDir })
      await live.start()
      t.match(
        live.status(),
        { state: 'degraded', lastError: { code: 'mass_change_refused', count: 1 } },
        `${restart}`,
      )
      t.equal(live.current()?.info.runId, first.runId)
      t.equal(live.current()?.counts.total, 40)
      t.ok(live.age() >= 0 && live.status().lastSuccess === null, 'no check of this process has succeeded')
      await live.check()
      t.match(
        live.status(),
        { lastError: { code: 'mass_change_refused', count: 2 } },
        'and it is refused each time',
      )
      await live.close()
    }
  },
)

t.test('a memory that could not be written is written when it can be', async t => {
  const home = makeHome(t)
  await sealAndPin(home)
  const stateDir = join(home.top, 'state')
  writeFileSync(stateDir, 'in the way')
  const { live, events } = pinned(t, home, { stateDir })
  await live.start()
  await live.check()
  const told = () => events.flatMap(event => (event.kind === 'memory' ? event.state : []))
  t.strictSame(told(), ['degraded'], 'that it cannot be written is told once')
  t.match(live.status(), { state: 'ok', memory: 'degraded' }, 'and stays to be seen, whatever is served')
  rmSync(stateDir)
  await live.check()
  await live.check()
  t.strictSame(told(), ['degraded', 'ok'])
  t.equal(live.status().memory, 'ok')
  t.ok(existsSync(join(stateDir, MEMORY_FILE)))
})

t.test('a home that arrives piece by piece after a restart leaves no doubt of the memory', async t => {
  const home = makeHome(t)
  const stateDir = join(home.top, 'state')
  const { runId } = await sealAndPin(home)
  const before = pinned(t, home, { stateDir })
  await before.live.start()
  await before.live.close()
  const away = (path: string): string => `${path}.away`
  const pieces = [home.runs, home.pointer]
  for (const piece of pieces) renameSync(piece, away(piece))

  const { live, events } = pinned(t, home, { stateDir })
  const stands = async (what: object, memory: string): Promise<void> => {
    await live.check()
    // What is kept is kept beside the checks.
    while (live.status().memory !== memory) await nextTurn()
    t.match(live.status(), what)
  }
  await live.start()
  await stands({ state: 'unavailable' }, 'degraded')
  renameSync(away(home.runs), home.runs)
  await stands({ state: 'degraded', active: { runId }, lastError: { code: 'pointer_missing' } }, 'ok')
  renameSync(away(home.pointer), home.pointer)
  await stands({ state: 'ok', active: { runId } }, 'ok')
  const told = events.flatMap(event => (event.kind === 'memory' ? event.state : []))
  t.strictSame(told, ['degraded', 'ok'])
})

t.test('a process swaps the payload in a loop: nothing unverified is ever served', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  const payload = join(home.runs, runId, 'telemetry-registry.v2_snapshot.json')
  const good = readFileSync(payload)
  writeEntries(home, 4)
  const evil = join(home.top, 'evil.json')
  cpSync(home.working, evil)
  cpSync(payload, join(home.top, 'good.json'))
  const { live } = pinned(t, home, { loader: startLoader(LOAD_WORKER) })
  await live.start()

  const swapper = spawn(process.execPath, ['-e', SWAP, payload, join(home.top, 'good.json'), evil], {
    stdio: 'pipe',
  })
  t.teardown(() => swapper.kill('SIGKILL'))
  await once(swapper.stdout, 'data')
  const began = performance.now()
  const seen = { loaded: 0, refused: 0, unverified: 0 }
  const dosed = (): boolean => seen.loaded >= 20 && seen.refused >= 20
  for (let ms = 0; ms < 3_000 || (!dosed() && ms < 60_000); ms = performance.now() - began) {
    // A new serial each time, so that each look reads, verifies and serves anew.
    editEntry(home, entry => (entry.serial += 1))
    const before = live.current()
    await live.check()
    if (live.current() === before) seen.refused += 1
    else seen.loaded += 1
    if (live.current()?.counts.total !== 3 || live.current()?.info.blobSha !== blobSha(good))
      seen.unverified += 1
  }
  figures(t, 'payload swapped in a loop', seen)
  t.equal(seen.unverified, 0)
  t.ok(dosed(), 'the dose: both happened')
})

/** Puts the good and the evil file in the place of the payload, in turns, by rename. */
const SWAP = `
  const { copyFileSync, renameSync } = require('node:fs')
  const [payload, ...files] = process.argv.slice(1)
  for (let turn = 0; ; turn++) {
    copyFileSync(files[turn % 2], files[0] + '.new')
    renameSync(files[0] + '.new', payload)
    if (turn === 1) process.stdout.write('swapping')
  }`

/** One step of a pointer's history. */
type Step =
  | { readonly kind: 'activate' | 'rollback'; readonly run: number }
  | { readonly kind: 'stale' | 'forge' | 'restart' | 'damage' }

t.test(
  'whatever happens to the pointer, serials never fall and an explicit activation is always taken',
  async t => {
    const home = makeHome(t)
    const runs: { runId: string; root: string }[] = []
    for (let count = 3; count < 7; count++) {
      writeEntries(home, count)
      runs.push(await seal(home))
    }
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constantFrom('activate', 'rollback'), run: fc.nat(runs.length - 1) }),
      fc.record({ kind: fc.constantFrom('stale', 'forge', 'restart', 'damage') }),
    ) as fc.Arbitrary<Step>
    const counts: Record<string, number> = {}

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async steps => {
        rmSync(home.pointer, { force: true })
        const stateDir = join(home.top, 'state', String(Math.random()).slice(2))
        mkdirSync(stateDir, { recursive: true })
        const history: string[] = []
        let highest = 0
        let { live } = pinned(t, home, { stateDir })
        await live.start()
        for (const { kind, ...rest } of steps) {
          counts[kind] = (counts[kind] ?? 0) + 1
          const before = live.status().active?.serial ?? 0
          let wanted: string | undefined
          if (kind === 'activate' || kind === 'rollback') {
            const { runId } = runs[(rest as { run: number }).run]!
            rmSync(home.pointer, { force: true })
            if (history.length > 0) writeFileSync(home.pointer, history.at(-1)!)
            const { after } = await activate({ home: home.path, runId, reason: 'a step', now: nextSecond })
            highest = Math.max(highest, after.serial)
            history.push(pointerText(home))
            wanted = runId
          } else if (kind === 'stale' && history.length > 0) writeFileSync(home.pointer, history[0]!)
          else if (kind === 'forge' && history.length > 0) {
            writeFileSync(home.pointer, history.at(-1)!)
            const other = runs.find(run => !history.at(-1)!.includes(run.runId))!
            editEntry(home, entry => {
              entry.active_ref.run_id = other.runId
              entry.active_ref.manifest_sha256 = other.root
            })
          } else if (kind === 'damage') writeFileSync(home.pointer, '{')
          else if (kind === 'restart') {
            await live.close()
            live = pinned(t, home, { stateDir }).live
            await live.start()
          }
          await live.check()
          const { active } = live.status()
          if ((active?.serial ?? 0) < before)
            throw new Error(`the serial fell from ${before} to ${active?.serial}`)
          if (wanted !== undefined && active?.runId !== wanted) {
            throw new Error(`${kind} of ${wanted} was not taken: ${JSON.stringify(live.status().lastError)}`)
          }
        }
        await live.close()
      }),
      { numRuns: dose('HISTORIES', 60, 1_000) },
    )
    figures(t, 'histories of a pointer', counts)
    t.ok(
      Object.values(counts).every(count => count > 10),
      'every kind of step was taken',
    )
  },
)
