// Pins kept between two starts: in the order of the swaps, tried again until it goes well, and told of once.

import t from 'tap'
import type { Digest } from '../../src/core/digest.ts'
import type { Memory } from '../../src/live/memory.ts'
import { PinKeeper } from '../../src/live/pin-keeper.ts'
import type { Pin } from '../../src/seal/pointer.ts'

const pinOf = (serial: number): Pin => ({
  registryId: 'telemetry_registry',
  runRoot: '.codex/RUNS',
  runId: `run-${serial}`,
  relpath: 'registry.json',
  root: 'a'.repeat(64) as Digest,
  asofUtc: '2026-03-01T00:00:00Z',
  serial,
})

/** A memory that keeps in a list, and fails while `fault` says why. */
function world(recalled: Awaited<ReturnType<Memory['recall']>> = { pin: null, fault: null }) {
  const state = { fault: null as string | null, kept: [] as (number | undefined)[], told: [] as string[] }
  const memory: Memory = {
    recall: async () => recalled,
    remember: async pin => {
      // The first is the slowest: what is not kept in order ends in disorder.
      for (let turn = 0; turn < 5 - (pin.serial ?? 0); turn++) await null
      if (state.fault === null) state.kept.push(pin.serial)
      return state.fault
    },
  }
  return { state, keeper: new PinKeeper(memory, (word, detail) => state.told.push(`${word}: ${detail}`)) }
}

t.test('pins are kept in the order of the swaps', async t => {
  const { state, keeper } = world()
  for (const serial of [1, 2, 3]) keeper.keep(pinOf(serial))
  await keeper.settled
  t.strictSame(state.kept, [1, 2, 3])
})

t.test('what could not be kept is tried again, and told of once', async t => {
  const { state, keeper } = world()
  state.fault = 'the disk is full'
  keeper.keep(pinOf(1))
  await keeper.settled
  keeper.retry()
  await keeper.settled
  t.strictSame([state.kept, state.told], [[], ['degraded: the disk is full']])
  state.fault = null
  keeper.retry()
  await keeper.settled
  keeper.retry()
  await keeper.settled
  t.strictSame(state.kept, [1], 'and not once more after it went well')
  t.strictSame(state.told.splice(0), ['degraded: the disk is full', 'ok: run-1 is kept'])
  state.fault = 'again'
  keeper.keep(pinOf(2))
  await keeper.settled
  t.strictSame(state.told, ['degraded: again'])
})

t.test('an earlier start is recalled, and its fault is told', async t => {
  const good = world({ pin: pinOf(7), fault: null }).keeper
  t.equal(good.recalled, null)
  t.match(await good.recall(), { serial: 7 })
  t.match(good.recalled, { serial: 7 })
  const { keeper, state } = world({ pin: null, fault: 'no JSON' })
  t.equal(await keeper.recall(), null)
  t.strictSame(state.told, ['degraded: no JSON'])
  keeper.keep(pinOf(8))
  keeper.keep(pinOf(9))
  await keeper.settled
  t.strictSame(state.told, ['degraded: no JSON', 'ok: run-8 is kept'], 'and that it is over, once')
})

t.test('a pin that was in doubt is kept anew when it turns out to be good', async t => {
  const { keeper, state } = world({ pin: pinOf(7), fault: null })
  await keeper.recall()
  keeper.vouch(pinOf(7))
  await keeper.settled
  t.strictSame([state.kept, state.told], [[], []], 'where nobody doubted, nothing is to be done')
  keeper.doubt('its run is not there')
  keeper.doubt('its run is not there')
  t.strictSame(state.told, ['degraded: its run is not there'], 'the same doubt is told once')
  keeper.doubt('its run is damaged')
  keeper.vouch(pinOf(7))
  await keeper.settled
  t.strictSame(state.kept, [7])
  t.strictSame(state.told.slice(1), ['degraded: its run is damaged', 'ok: run-7 is kept'])
})

t.test('without a memory nothing is kept and nothing is told', async t => {
  const told: string[] = []
  const keeper = new PinKeeper(null, (_, detail) => told.push(detail))
  t.equal(await keeper.recall(), null)
  keeper.keep(pinOf(1))
  keeper.retry()
  await keeper.settled
  t.strictSame(told, [])
})
