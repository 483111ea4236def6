import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { load } from '../../src/live/load.ts'
import { findPin, parsePointers, readPointer } from '../../src/seal/pointer.ts'
import { makeHome, sealAndPin } from '../fixtures/home-world.ts'

t.test('each kind of request goes to its loader', async t => {
  const home = makeHome(t)
  const { root } = await sealAndPin(home)
  const pin = findPin(parsePointers(readPointer(home.path)), 'telemetry_registry')

  t.match(load({ kind: 'file', file: home.working, sha256: null, active: null, skip: null, look: null }), {
    kind: 'loaded',
    pin: null,
  })
  const pinned = {
    home: home.path,
    pointer: null,
    known: null,
    active: null,
    serving: false,
    skip: null,
    look: null,
    reverify: false,
  }
  t.match(load({ kind: 'pin', ...pinned }), { kind: 'loaded', revision: root })
  t.match(load({ kind: 'remembered', home: home.path, pin }), {
    kind: 'loaded',
    revision: root,
    pointer: null,
  })
})

t.test('each loader gives way', async t => {
  const home = makeHome(t, { count: 2_000 })
  await sealAndPin(home)
  const pin = findPin(parsePointers(readPointer(home.path)), 'telemetry_registry')
  const known = { active: null, skip: null, look: null }
  const bytes = statSync(home.working).size
  for (const request of [
    { kind: 'file', file: home.working, sha256: null, ...known },
    { kind: 'pin', home: home.path, pointer: null, known: null, serving: false, reverify: false, ...known },
    { kind: 'remembered', home: home.path, pin },
  ] as const) {
    let pauses = 0
    const result = load(request, () => {
      pauses += 1
    })
    t.equal(result.kind, 'loaded')
    t.ok(pauses > bytes / 50_000, `${request.kind}: ${pauses} pauses for ${bytes} bytes`)
  }
})

t.test('what no loader foresaw is a refusal too', async t => {
  const home = join(t.testdir(), 'absent')
  const request = { kind: 'pin', home: 7 as unknown as string } as const
  const pinned = {
    pointer: null,
    known: null,
    active: null,
    serving: false,
    skip: null,
    look: null,
    reverify: false,
  }
  t.match(load({ ...request, ...pinned }), { kind: 'refused', code: 'load_failed', disk: null })
  t.match(load({ ...request, ...pinned, home }), { kind: 'refused', code: 'pointer_missing' })
})
