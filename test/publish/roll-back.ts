// A rollback that takes much away: what is activated says that this is meant, whatever is pinned here; and of what is
// refused, nothing is sealed.

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { type MassRollbackRequest, planMassRollback, rollBackMass } from '../../src/publish/roll-back.ts'
import {
  damage,
  editEntry,
  type Home,
  makeHome,
  nextSecond,
  pin,
  pointerEntry,
  seal,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

const requestOf = (
  home: Home,
  runId: string,
  over: Partial<MassRollbackRequest> = {},
): MassRollbackRequest => ({
  ...{ home: home.path, runId, reason: 'a test', now: nextSecond },
  ...{ git_commit: null, working_tree_state: null },
  ...over,
})

const runOf = (home: Home, runId: string) =>
  JSON.parse(readFileSync(`${home.runs}/${runId}/run.json`, 'utf8'))

async function fewThenMany(t: Parameters<typeof makeHome>[0]) {
  const home = makeHome(t)
  const few = await sealAndPin(home)
  writeEntries(home, 60)
  return { home, few, many: await sealAndPin(home) }
}

t.test('what the run holds is sealed anew, and activated', async t => {
  const { home, few, many } = await fewThenMany(t)
  const before = treeOf(home.top)
  const planned = planMassRollback(requestOf(home, few.runId))
  t.match(planned, {
    changed: true,
    before: { runId: many.runId, serial: 2 },
    after: { serial: 3 },
    sealedFrom: few.runId,
  })
  t.strictSame(treeOf(home.top), before, 'a plan writes nothing')
  const { after, sealedFrom } = await rollBackMass(requestOf(home, few.runId))
  t.equal(sealedFrom, few.runId)
  t.match(pointerEntry(home), { serial: 3, active_ref: { run_id: after.runId, manifest_sha256: after.root } })
  t.equal(runOf(home, after.runId).mass_change, true)
})

t.test('it is not asked what is pinned here: services may have another', async t => {
  type World = Awaited<ReturnType<typeof fewThenMany>>
  const pinned = (what: string, bend: (world: World) => unknown) =>
    t.test(what, async t => {
      const world = await fewThenMany(t)
      bend(world)
      const { after } = await rollBackMass(requestOf(world.home, world.few.runId))
      t.not(after.runId, world.few.runId)
      t.equal(runOf(world.home, after.runId).mass_change, true)
    })
  pinned('a pin that is withdrawn', ({ home }) =>
    editEntry(home, entry => {
      entry.active_ref_known = false
    }),
  )
  pinned('a run that is damaged', ({ home, many }) => damage(home, many.runId))
  pinned('the older one already', ({ home, few }) =>
    editEntry(home, entry => {
      Object.assign(entry.active_ref, { run_id: few.runId, manifest_sha256: few.root })
    }),
  )
})

t.test('a run that says it itself is activated as it is', async t => {
  const { home, many } = await fewThenMany(t)
  writeEntries(home, 20)
  const meant = await seal(home, { massChange: true })
  const runs = readdirSync(home.runs)
  t.match(await rollBackMass(requestOf(home, meant.runId)), {
    after: { runId: meant.runId },
    sealedFrom: null,
  })
  await t.test('and what is active already stays', async t => {
    const now = treeOf(home.top)
    t.match(await rollBackMass(requestOf(home, meant.runId)), { changed: false, after: { serial: 3 } })
    t.strictSame(treeOf(home.top), now)
  })
  t.strictSame(readdirSync(home.runs), runs)
  const { after } = await rollBackMass(requestOf(home, many.runId))
  t.match(await rollBackMass(requestOf(home, many.runId)), { changed: false, after })
  t.match(await rollBackMass(requestOf(home, many.runId, { serial: 9 })), {
    changed: true,
    after: { runId: after.runId, serial: 9 },
  })
})

t.test('where it is refused nothing is sealed', async t => {
  const { home, few, many } = await fewThenMany(t)
  const refuses = async (code: string, request: MassRollbackRequest) => {
    const before = treeOf(home.top)
    t.equal(
      thrownCode(() => planMassRollback(request)),
      code,
    )
    await t.rejects(rollBackMass(request), { code })
    t.strictSame(treeOf(home.top), before)
  }
  await refuses('PUBLISH_CONFLICT', requestOf(home, few.runId, { expect: 'none' }))
  await refuses('PUBLISH_BAD_SERIAL', requestOf(home, few.runId, { serial: 1 }))
  await refuses('POINTER_RUN_MISSING', requestOf(home, '2026-08-09__101500__nothing'))
  t.match(pointerEntry(home), { serial: 2, active_ref: { run_id: many.runId } })
  damage(home, few.runId)
  await refuses('SEAL_DIGEST_MISMATCH', requestOf(home, few.runId))

  const empty = makeHome(t, { count: 0 })
  const none = await seal(empty)
  writeEntries(empty, 60)
  await pin(empty, (await seal(empty)).runId)
  const before = treeOf(empty.top)
  await t.rejects(rollBackMass(requestOf(empty, none.runId)), {
    code: 'PUBLISH_MASS_CHANGE',
    message: /an empty registry never replaces one of 60 entries$/,
  })
  t.strictSame(treeOf(empty.top), before)
})
