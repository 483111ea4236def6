import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { MEMORY_FILE, openMemory, parseMemory, renderMemory } from '../../src/live/memory.ts'
import type { Pin } from '../../src/seal/pointer.ts'

const pin: Pin = {
  registryId: 'telemetry_registry',
  runId: '2026-08-09__101500__seal_telemetry_registry',
  runRoot: '.codex/RUNS',
  relpath: 'telemetry-registry.v2_snapshot.json',
  root: sha256('root'),
  asofUtc: '2026-08-09T10:16:00Z',
  notes: 'why — with a dash',
  serial: 7,
}

t.test('what is remembered is recalled, by another that opens the same folder', async t => {
  const folder = join(t.testdir(), 'not/there/yet')
  t.strictSame(await openMemory(folder).recall(), { pin: null, fault: null }, 'nothing at first')
  t.equal(await openMemory(folder).remember(pin), null)
  t.equal(await openMemory(folder).remember({ ...pin, serial: 8 }), null)
  t.strictSame(await openMemory(folder).recall(), { pin: { ...pin, serial: 8 }, fault: null })
  t.strictSame(readdirSync(folder), [MEMORY_FILE], 'nothing else is left there')
})

t.test('a memory that has rotted is told and not relied on', async t => {
  const good = renderMemory(pin)
  t.strictSame(parseMemory(Buffer.from(good)), { pin, fault: null })
  let refused = 0
  for (let at = 0; at < good.length; at++) {
    const bytes = Buffer.from(good)
    bytes[at]! ^= 1
    const recalled = parseMemory(bytes)
    if (recalled.pin === null) refused += 1
    else t.strictSame(recalled.pin, pin, `a flip of byte ${at} that is read changes nothing`)
  }
  t.ok(refused > good.length / 2, `${refused} flips were refused`)
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"pin":null}',
    good.replace('.codex/RUNS', '../elsewhere'),
  ]) {
    t.match(
      parseMemory(Buffer.from(text)),
      { pin: null, fault: /damaged/ },
      JSON.stringify(text.slice(0, 20)),
    )
  }
})

t.test('no bytes make it throw', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      t.ok(parseMemory(bytes).pin === null)
    }),
    { numRuns: 200 },
  )
  fc.assert(
    fc.property(fc.json(), text => parseMemory(Buffer.from(text)).pin === null),
    { numRuns: 200 },
  )
})

t.test('a folder that cannot be written is told, and nothing is thrown', async t => {
  const folder = t.testdir({ file: '' })
  t.match(await openMemory(join(folder, 'file')).remember(pin), /last-good-pin\.json: /)
  mkdirSync(join(folder, 'taken', MEMORY_FILE), { recursive: true })
  writeFileSync(join(folder, 'taken', MEMORY_FILE, 'x'), '')
  t.match(await openMemory(join(folder, 'taken')).remember(pin), /last-good-pin\.json: /)
  t.match(await openMemory(join(folder, 'taken')).recall(), { pin: null, fault: /last-good-pin\.json: / })
  t.strictSame(readdirSync(join(folder, 'taken')), [MEMORY_FILE], 'no temporary file is left')
  t.equal(readFileSync(join(folder, 'file'), 'utf8'), '')
})

t.test('what is kept is on the disk before it has its name, and the name before that is told', async t => {
  const folder = t.testdir()
  const told: string[] = []
  const open: typeof fs.open = async (path, ...rest) => {
    const what = path === folder ? 'folder' : 'file'
    const handle = await fs.open(path, ...rest)
    const sync = handle.sync.bind(handle)
    t.intercept(handle, 'sync', { value: () => sync().then(() => told.push(`${what} flushed`)) })
    return handle
  }
  const rename: typeof fs.rename = async (from, to) => {
    told.push(`renamed to ${to}`)
    await fs.rename(from, to)
  }
  const memory = await t.mockImport<typeof import('../../src/live/memory.ts')>('../../src/live/memory.ts', {
    'node:fs/promises': { ...fs, open, rename },
  })
  t.equal(await memory.openMemory(folder).remember(pin), null)
  told.push('remembered')
  t.strictSame(told, [
    'file flushed',
    `renamed to ${join(folder, MEMORY_FILE)}`,
    'folder flushed',
    'remembered',
  ])
})
