import fs, { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openHistory } from '../../src/changelog/history.ts'
import { sha256 } from '../../src/core/digest.ts'
import { loadPin, loadRemembered, type PinRequest } from '../../src/live/load-pin.ts'
import type { LoadCode, PinMark } from '../../src/live/load-result.ts'
import { findPin, parsePointers, readPointer } from '../../src/seal/pointer.ts'
import {
  damage,
  editEntry,
  type Home,
  makeHome,
  pin,
  seal,
  sealAndPin,
  writeEntries,
} from '../fixtures/home-world.ts'

const ask = (home: Home, over: Partial<PinRequest> = {}) => loadPin(requestOf(home, over))

function requestOf(home: Home, over: Partial<PinRequest> = {}): PinRequest {
  return {
    home: home.path,
    pointer: null,
    known: null,
    active: null,
    serving: false,
    skip: null,
    look: null,
    reverify: false,
    ...over,
  }
}

const RELPATH = 'telemetry-registry.v2_snapshot.json'
const markOf = ({ runId, root }: { runId: string; root: string }, serial: number): PinMark =>
  ({ runId, relpath: RELPATH, root, serial }) as PinMark

t.test('what the pointer pins is loaded, with the pin', async t => {
  const home = makeHome(t)
  const { runId, root } = await sealAndPin(home)
  const result = ask(home)
  t.match(result, { kind: 'loaded', revision: root, pin: { runId, root, serial: 1 }, massChange: false })
  t.equal(result.kind === 'loaded' && result.pointer, sha256(readPointer(home.path)))
})

t.test(
  'the changelog of the set comes with it, and what is wrong with one keeps no registry back',
  async t => {
    const home = makeHome(t)
    const line =
      '{"timestamp":"2026-02-04T02:19:02Z","action":"disable","owner":"acme","repo":"r0","process":"infra-cli","schema_version":"2.0"}'
    const load = async (log: string) => {
      writeFileSync(home.changelog, log)
      await sealAndPin(home)
      const result = ask(home)
      if (result.kind !== 'loaded' || result.history === null) throw new Error('no history')
      return openHistory(result.history)
    }
    const good = await load(`${line}\n`)
    t.equal(good.of('acme', 'r0', { limit: 1 }).lines[0]?.change?.action, 'disable')
    t.match((await load(line)).fault, /LOG_TORN/)
  },
)

t.test('while the pointer has not moved, the run is not read', async t => {
  const home = makeHome(t)
  const run = await sealAndPin(home)
  const { runId, root } = run
  const pointer = sha256(readPointer(home.path))
  damage(home, runId)
  const served = { pointer, known: markOf(run, 1), serving: true }
  t.match(ask(home, served), { kind: 'unchanged', disk: root, verified: false })
  t.match(
    ask(home, { ...served, reverify: true }),
    { kind: 'refused', code: 'seal_invalid' },
    'unless it has to be',
  )
})

t.test('a pointer that moved and pins the same is verified and no news', async t => {
  const home = makeHome(t)
  const run = await sealAndPin(home)
  const { root } = run
  editEntry(home, entry => {
    entry.notes = 'another word'
  })
  t.match(ask(home, { known: markOf(run, 1), serving: true }), {
    kind: 'unchanged',
    disk: root,
    verified: true,
  })
})

t.test('what cannot be served is refused with a code of its own', async t => {
  const cases: [string, LoadCode, (home: Home, runId: string) => void][] = [
    ['no pointer file', 'pointer_missing', home => rmSync(home.pointer)],
    ['no home', 'pointer_missing', home => rmSync(home.path, { recursive: true })],
    [
      'no entry for the registry',
      'pointer_missing',
      home => editEntry(home, entry => (entry.registry_id = 'other')),
    ],
    ['a pointer that is no JSON', 'pin_invalid', home => writeFileSync(home.pointer, '{')],
    ['an undecided pin', 'pin_unknown', home => editEntry(home, undecide)],
    ['a withdrawn pin', 'pin_invalid', home => editEntry(home, entry => (entry.active_ref_known = false))],
    ['a pin to no file', 'pin_invalid', home => editEntry(home, entry => (entry.active_ref.relpath = null))],
    [
      'another root',
      'seal_invalid',
      home => editEntry(home, entry => (entry.active_ref.manifest_sha256 = sha256(''))),
    ],
    [
      'a file that is not in the run',
      'seal_invalid',
      home => editEntry(home, entry => (entry.active_ref.relpath = 'x')),
    ],
    ['no run', 'seal_invalid', (home, runId) => rmSync(join(home.runs, runId), { recursive: true })],
    ['a damaged run', 'seal_invalid', (home, runId) => damage(home, runId)],
    ['a damaged envelope', 'seal_invalid', (home, runId) => damage(home, runId, 'run.json')],
  ]
  for (const [name, code, spoil] of cases) {
    await t.test(name, async t => {
      const home = makeHome(t)
      const { runId } = await sealAndPin(home)
      spoil(home, runId)
      const result = ask(home)
      t.match(result, { kind: 'refused', code })
      t.notOk(
        result.kind === 'refused' && result.detail.includes(`${home.path}/`),
        'the detail holds no absolute path',
      )
    })
  }
})

t.test('serials', async t => {
  const home = makeHome(t)
  const run = await sealAndPin(home)
  const { root } = run

  await t.test('a lower one is a rollback that nobody asked for', async t => {
    t.match(ask(home, { known: markOf(run, 2) }), { kind: 'refused', code: 'rollback_refused', disk: root })
  })
  await t.test('the same one with another root is a conflict', async t => {
    t.match(ask(home, { known: markOf({ ...run, root: sha256('another') }, 1) }), {
      kind: 'refused',
      code: 'pointer_conflict',
    })
  })
  await t.test('the same one with the same root loads where nothing is served yet', async t => {
    t.match(ask(home, { known: markOf(run, 1) }), { kind: 'loaded' })
  })
  await t.test('the same one with another file of the same run is a conflict too', async t => {
    const known = { ...markOf(run, 1), relpath: 'infra-changelog_snapshot.jsonl' }
    t.match(ask(home, { known, active: null, serving: true, reverify: true }), {
      kind: 'refused',
      code: 'pointer_conflict',
    })
  })
  await t.test(
    'one that is far above is not believed: it would leave none for those that follow',
    async t => {
      editEntry(home, entry => (entry.serial = 2_000_000))
      t.match(ask(home, { known: markOf(run, 1) }), { kind: 'refused', code: 'pointer_conflict' })
      t.match(ask(home, { known: markOf(run, 1_000_000) }), { kind: 'loaded' })
      editEntry(home, entry => (entry.serial = 1))
    },
  )
  await t.test('where the one before is only remembered, it may be that of another home', async t => {
    const another = markOf({ ...run, root: sha256('another') }, 1)
    for (const [known, serial] of [
      [another, 1],
      [markOf(run, 2), 2],
    ] as const) {
      const asked = { known, reverify: true }
      t.match(ask(home, asked), { kind: 'refused', detail: /INFRA_STATE_DIR/ }, `remembered: ${serial}`)
      t.notMatch(ask(home, { ...asked, serving: true }), { detail: /INFRA_STATE_DIR/ }, `served: ${serial}`)
      t.match(ask(home, { ...asked, serving: true }), { kind: 'refused' })
    }
  })
  await t.test('none counts as 0', async t => {
    editEntry(home, entry => delete entry.serial)
    t.match(ask(home, { known: markOf(run, 1) }), { kind: 'refused', code: 'rollback_refused' })
    t.match(ask(home, { known: markOf(run, 0) }), { kind: 'loaded' })
  })
})

t.test('what the pin takes away from what is served is measured', async t => {
  const home = makeHome(t, { count: 20 })
  await sealAndPin(home)
  const first = ask(home)
  const active = first.kind === 'loaded' ? first.compiled : null
  t.match(first, { change: null }, 'nothing is served')
  writeEntries(home, 5)
  await pin(home, (await seal(home, { massChange: true })).runId)
  t.match(ask(home, { active }), { change: { entries: 20, removed: 15, retargeted: 0, verdict: 'mass' } })
})

t.test('a pointer that was refused after it was loaded is not loaded again', async t => {
  const home = makeHome(t)
  await sealAndPin(home)
  t.match(ask(home, { skip: sha256(readPointer(home.path)) }), { kind: 'skipped' })
  t.match(ask(home, { skip: sha256('another pointer') }), { kind: 'loaded' })
})

t.test('what cannot be read is another answer than what cannot be trusted', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  const payload = join(home.runs, runId, RELPATH)
  rmSync(home.pointer)
  mkdirSync(home.pointer)
  t.match(ask(home), { kind: 'refused', code: 'registry_unreadable' }, 'the pointer')
  rmSync(payload)
  symlinkSync(payload, payload)
  rmSync(home.pointer, { recursive: true })
  t.match(ask(home), { kind: 'refused', code: 'pointer_missing' })
})

t.test('what has been tampered with is told, also beside what cannot be read', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  // Root may read everything.
  const openSync: typeof fs.openSync = (path, ...rest) => {
    if (`${path}`.endsWith('infra-changelog_snapshot.jsonl'))
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    return fs.openSync(path, ...rest)
  }
  const { loadPin: load } = await t.mockImport<typeof import('../../src/live/load-pin.ts')>(
    '../../src/live/load-pin.ts',
    { 'node:fs': { ...fs, openSync } },
  )
  t.match(load(requestOf(home)), { kind: 'refused', code: 'registry_unreadable', detail: /SEAL_UNREADABLE/ })
  damage(home, runId)
  t.match(load(requestOf(home)), { kind: 'refused', code: 'seal_invalid', detail: /SEAL_UNREADABLE/ })
})

t.test('a pin that was good is loaded whatever the pointer says now', async t => {
  const home = makeHome(t)
  const first = await sealAndPin(home)
  const remembered = findPin(parsePointers(readPointer(home.path)), 'telemetry_registry')
  writeEntries(home, 5)
  const second = await seal(home)
  await pin(home, second.runId)
  rmSync(home.pointer)
  t.match(loadRemembered(home.path, remembered), { kind: 'loaded', revision: first.root })
  damage(home, first.runId)
  t.match(loadRemembered(home.path, remembered), { kind: 'refused', code: 'seal_invalid' })
})

// biome-ignore lint/suspicious/noExplicitAny: a test writes whatever it likes
function undecide(entry: any): void {
  entry.active_ref_known = 'unknown'
  entry.active_asof_utc = 'unknown'
  entry.active_ref = { run_id: null, run_root: null, relpath: null, manifest_sha256: null }
}

t.test('a run that breaks the rules is refused for good: nothing but another pin can mend it', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  editEntry(home, entry => (entry.active_ref.relpath = null))
  const pointer = sha256(readPointer(home.path))
  t.match(ask(home), { kind: 'refused', code: 'pin_invalid', final: pointer })
  t.strictSame(ask(home, { skip: pointer }), { kind: 'skipped' })
  damage(home, runId)
  t.match(ask(home), { kind: 'refused', code: 'seal_invalid', final: null }, 'what is damaged can be mended')
})

t.test('a damaged run is not read again while nothing in it has changed', async t => {
  const home = makeHome(t)
  const run = await sealAndPin(home)
  const served = { known: markOf(run, 1), serving: true, reverify: true }
  damage(home, run.runId)
  const now = Date.now
  t.teardown(() => {
    Date.now = now
  })
  t.equal(ask(home, served).look, null, 'unless it has only just been written')
  Date.now = () => now() + 3_600_000
  const refusal = ask(home, served)
  t.match(refusal, { kind: 'refused', code: 'seal_invalid', final: null, look: { stamp: String } })
  const look = { ...refusal.look!, tookMs: 1_000 }
  t.strictSame(ask(home, { ...served, look }), { kind: 'skipped', look })
  damage(home, run.runId, 'run.json')
  t.match(ask(home, { ...served, look }), { kind: 'refused', code: 'seal_invalid' }, 'another fault')
  editEntry(home, entry => {
    entry.notes = 'another word'
  })
  t.match(ask(home, { ...served, look }), { kind: 'refused' }, 'another pointer')
})

t.test('a damaged run that changes while it is read is read again', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  damage(home, runId)
  const real = Date.now
  t.intercept(Date, 'now', { value: () => real() + 3_600_000 })
  const read = (giveWay: () => void) => loadPin(requestOf(home), giveWay)
  t.match(
    read(() => {}),
    { code: 'seal_invalid', look: { stamp: String } },
  )
  const touch = () => utimesSync(join(home.runs, runId, RELPATH), 1, 1)
  t.match(read(touch), { code: 'seal_invalid', look: null }, 'its stamp is not that of what was read')
})

t.test('a home that is not there is told as that, and not where it would be', async t => {
  const home = makeHome(t)
  await sealAndPin(home)
  rmSync(home.path, { recursive: true })
  t.match(ask(home), { detail: /^INFRA_HOME: POINTER_HOME_MISSING / })
  t.notMatch(ask(home), { detail: new RegExp(home.path) })
})
